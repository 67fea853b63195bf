import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logOneSided, logTwoSided } from '../../../src/domain/stats/beta-binomial.ts';
import { quantileEvidence, quantileInterval } from '../../../src/domain/stats/fixed-quantile.ts';
import type { Buckets, Latencies } from '../../../src/domain/stats/latencies.ts';
import { logBound } from '../../../src/domain/stats/sequential.ts';
import { random } from '../../support/random.ts';
import { isProvenBelow } from './clopper-pearson.ts';

const oneTo = (n: number, shift = 0) => Array.from({ length: n }, (_, i) => i + 1 + shift);
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
/** The histogram of values with the given edges. */
const bucketed = (values: readonly number[], edges: readonly number[]): Buckets => {
  const le = [...edges, null];
  const n = le.map((edge, i) => {
    const low = edges[i - 1] ?? Number.NEGATIVE_INFINITY;
    return values.filter((value) => value > low && value <= (edge ?? Number.POSITIVE_INFINITY)).length;
  });
  return { le, n };
};
const values = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 60 }).map(sorted);
const edges = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 8 }).map(sorted);
const quantiles = fc.constantFrom(0.5, 0.9, 0.95);

describe('evidence that a quantile is slower', () => {
  // confseq's published unit test: 1..1000 against the same shifted, two-sided, t_opt 100, alpha_opt 0.05.
  it.each([
    [0.5, 70, 0.814704],
    [0.5, 85, 0.0838055],
    [0.5, 100, 0.0054947],
    [0.9, 55, 0.0340463],
  ])('has the published two-sided p-value at p = %d, shift %d', (p, shift, golden) => {
    const sides = { baseline: oneTo(1000), candidate: oneTo(1000, shift) };
    const logE = quantileEvidence(sides, 0, { p, tOpt: 100 }, logTwoSided);
    expect(Math.abs(Math.exp(-logE) / golden - 1)).toBeLessThan(1e-5);
  });

  it('takes the margin off the shift', () => {
    const test = { p: 0.9 };
    const shifted = quantileEvidence({ baseline: oneTo(500), candidate: oneTo(500, 60) }, 20, test);
    expect(shifted).toBe(quantileEvidence({ baseline: oneTo(500, 20), candidate: oneTo(500, 60) }, 0, test));
    expect(shifted).toBeGreaterThan(0);
  });

  it('is the least product over every x, also between latencies, tied ones included', () => {
    fc.assert(
      fc.property(
        values,
        values,
        quantiles,
        fc.integer({ min: -3, max: 3 }),
        (baseline, candidate, p, margin) => {
          const tuning = { vOpt: 50 * Math.max(p, 1 - p), alphaOpt: 0.05 };
          let least = Number.POSITIVE_INFINITY;
          for (let x = -5; x <= 50; x += 0.25) {
            const above = candidate.filter((value) => value > x).length;
            const below = baseline.filter((value) => value < x - margin).length;
            const product =
              logOneSided({ requests: candidate.length, events: above }, 1 - p, tuning) +
              logOneSided({ requests: baseline.length, events: below }, p, tuning);
            least = Math.min(least, product);
          }
          const logE = quantileEvidence({ baseline, candidate }, margin, { p });
          expect(Math.abs(logE - least)).toBeLessThan(1e-9);
        },
      ),
    );
  });

  it('is never more from a histogram than from the latencies themselves, whatever the edges', () => {
    fc.assert(
      fc.property(
        values,
        values,
        edges,
        edges,
        quantiles,
        fc.integer({ min: -3, max: 3 }),
        (b, c, eb, ec, p, margin) => {
          const exact = quantileEvidence({ baseline: b, candidate: c }, margin, { p });
          for (const [baseline, candidate] of [
            [bucketed(b, eb), bucketed(c, ec)],
            [b, bucketed(c, ec)],
            [bucketed(b, eb), c],
          ] as [Latencies, Latencies][]) {
            expect(quantileEvidence({ baseline, candidate }, margin, { p })).toBeLessThanOrEqual(
              exact + 1e-12,
            );
          }
        },
      ),
    );
  });

  it('comes from fine buckets nearly as from the latencies, and not at all from one bucket', () => {
    const [b, c] = [oneTo(1000), oneTo(1000, 150)];
    const exact = quantileEvidence({ baseline: b, candidate: c }, 5, { p: 0.9 });
    const fine = oneTo(1200).filter((edge) => edge % 5 === 0);
    const near = quantileEvidence({ baseline: bucketed(b, fine), candidate: bucketed(c, fine) }, 5, {
      p: 0.9,
    });
    expect(near).toBeGreaterThan(0.8 * exact);
    expect(exact).toBeGreaterThan(logBound(0.01));
    const one = quantileEvidence({ baseline: bucketed(b, []), candidate: bucketed(c, []) }, 5, { p: 0.9 });
    expect(one).toBeLessThan(0);
  });

  it('is evidence of the contrary with the sides exchanged and the margin negated, and never for both', () => {
    const [b, c] = [oneTo(1000), oneTo(1000, 5)];
    const slower = quantileEvidence({ baseline: b, candidate: c }, 100, { p: 0.9 });
    const notSlower = quantileEvidence({ baseline: c, candidate: b }, -100, { p: 0.9 });
    expect(notSlower).toBeGreaterThan(logBound(0.05));
    expect(slower).toBeLessThan(0);
  });

  it('errs less often than alpha over 12 looks where the shift is exactly the margin', () => {
    const chance = random(149);
    const runs = 300;
    const draw = (n: number, shift: number) =>
      Array.from({ length: n }, () => shift + 50 * Math.exp(0.5 * chance.normal()));
    let [slower, notSlower] = [0, 0];
    for (let run = 0; run < runs; run += 1) {
      let [baseline, candidate]: [number[], number[]] = [[], []];
      let [isSlower, isNotSlower] = [false, false];
      for (let look = 0; look < 12; look += 1) {
        baseline = sorted([...baseline, ...draw(50, 0)]);
        candidate = sorted([...candidate, ...draw(25, 5)]);
        isSlower ||= quantileEvidence({ baseline, candidate }, 5, { p: 0.9 }) >= logBound(0.05);
        isNotSlower ||=
          quantileEvidence({ baseline: candidate, candidate: baseline }, -5, { p: 0.9 }) >= logBound(0.05);
      }
      if (isSlower) slower += 1;
      if (isNotSlower) notSlower += 1;
    }
    expect(isProvenBelow(0.05, slower, runs), `slower: ${slower}`).toBe(true);
    expect(isProvenBelow(0.05, notSlower, runs), `not slower: ${notSlower}`).toBe(true);
  });

  it('is none before the first request, and finite for counts up to a thousand million', () => {
    expect(quantileEvidence({ baseline: [], candidate: [] }, 5, { p: 0.95 })).toBe(0);
    const counts = [0, 1, 1e9];
    for (const p of [0.5, 0.95, 0.99]) {
      for (const low of counts) {
        for (const high of counts) {
          const [one, other]: Buckets[] = [
            { le: [100, 200, null], n: [low, 1, high] },
            { le: [100, 200, null], n: [high, 0, low] },
          ];
          if (!one || !other) continue;
          expect(quantileEvidence({ baseline: one, candidate: other }, 5, { p })).toSatisfy(Number.isFinite);
          const interval = quantileInterval(one, { p, alpha: 0.05 });
          expect(interval.low >= 0 && interval.low <= interval.high).toBe(true);
        }
      }
    }
  });

  it('refuses what are no latencies, no quantile and no margin', () => {
    const bad: Latencies[] = [
      [2, 1],
      [-1],
      [Number.NaN],
      [Number.POSITIVE_INFINITY],
      { le: [], n: [] },
      { le: [1], n: [1] },
      { le: [1, null], n: [1] },
      { le: [2, 1, null], n: [1, 1, 1] },
      { le: [null, null], n: [1, 1] },
      { le: [1, null], n: [-1, 1] },
      { le: [1, null], n: [0.5, 1] },
    ];
    for (const baseline of bad) {
      expect(() => quantileEvidence({ baseline, candidate: [1] }, 0, { p: 0.9 })).toThrow(RangeError);
      expect(() => quantileInterval(baseline, { p: 0.9, alpha: 0.05 })).toThrow(RangeError);
    }
    const sides = { baseline: [1], candidate: [1] };
    for (const p of [0, 1, Number.NaN]) expect(() => quantileEvidence(sides, 0, { p })).toThrow(RangeError);
    expect(() => quantileEvidence(sides, 0, { p: 0.5, tOpt: 0 })).toThrow(RangeError);
    expect(() => quantileEvidence(sides, Number.NaN, { p: 0.5 })).toThrow(RangeError);
  });
});

describe('the confidence sequence for a quantile', () => {
  it('knows nothing at first, then closes in on the quantile', () => {
    expect(quantileInterval([], { p: 0.95, alpha: 0.05 })).toEqual({
      low: 0,
      high: Number.POSITIVE_INFINITY,
    });
    expect(quantileInterval([7], { p: 0.95, alpha: 0.05 })).toEqual({
      low: 0,
      high: Number.POSITIVE_INFINITY,
    });
    const { low, high } = quantileInterval(oneTo(100_000), { p: 0.95, alpha: 0.05 });
    expect(low).toBeGreaterThan(94_600);
    expect(low).toBeLessThan(95_000);
    expect(high).toBeGreaterThan(95_000);
    expect(high).toBeLessThan(95_400);
  });

  it('leaves out only ranks that the mixture refutes, and goes out to the edges of a histogram', () => {
    fc.assert(
      fc.property(values, edges, quantiles, (all, marks, p) => {
        const { low, high } = quantileInterval(all, { p, alpha: 0.2 });
        const tuning = { vOpt: 50 * Math.max(p, 1 - p), alphaOpt: 0.05 };
        const isOpen = (events: number) =>
          logTwoSided({ requests: all.length, events }, p, tuning) < logBound(0.2);
        for (let x = 0; x <= 41; x += 0.5) {
          // x could be the quantile if some count between those below and those at most x is left open.
          const [from, to] = [all.filter((v) => v < x).length, all.filter((v) => v <= x).length];
          const couldBe = Array.from({ length: to - from + 1 }, (_, i) => isOpen(from + i)).some(Boolean);
          expect(couldBe, `${x} in ${low} to ${high}`).toBe(low <= x && x <= high);
        }
        const coarse = quantileInterval(bucketed(all, marks), { p, alpha: 0.2 });
        expect(coarse.low <= low && high <= coarse.high).toBe(true);
      }),
    );
  });

  it('covers the quantile at all of 50 looks, more often than 95 %, with ties', () => {
    const chance = random(151);
    const runs = 600;
    let missed = 0;
    for (let run = 0; run < runs; run += 1) {
      let all: number[] = [];
      for (let look = 0; look < 50; look += 1) {
        // Whole milliseconds 1..20: the 0.9-quantile is 18.
        all = sorted([...all, ...Array.from({ length: 10 }, () => 1 + Math.floor(20 * chance.uniform()))]);
        const { low, high } = quantileInterval(all, { p: 0.9, alpha: 0.05 });
        if (low > 18 || high < 18) {
          missed += 1;
          break;
        }
      }
    }
    expect(isProvenBelow(0.05, missed, runs), `${missed} of ${runs}`).toBe(true);
  });
});
