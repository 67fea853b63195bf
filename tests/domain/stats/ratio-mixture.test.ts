import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  RatioMixture,
  type RatioTest,
  testAgainst,
  testFor,
  type Window,
} from '../../../src/domain/stats/ratio-mixture.ts';
import cases from '../../oracles/ratio-mixture.json' with { type: 'json' };

const QUARTER = 900_000;
const window = (start: number, baseline: [number, number], candidate: [number, number]): Window => ({
  start,
  baseline: { requests: baseline[0], events: baseline[1] },
  candidate: { requests: candidate[0], events: candidate[1] },
});

/** Windows as the oracle writes them: start:baseline requests,events:candidate requests,events. */
const read = (written: string): Window[] =>
  [...written.matchAll(/(\d+):(\d+),(\d+):(\d+),(\d+)/g)].map((match) => {
    const [start = 0, nb = 0, yb = 0, nc = 0, yc = 0] = match.slice(1).map(Number);
    return window(start, [nb, yb], [nc, yc]);
  });

const counts = (max: number) =>
  fc
    .tuple(fc.nat({ max }), fc.nat({ max: 20 }))
    .map(([requests, events]) => ({ requests, events: Math.min(requests, events) }));
const windows = fc
  .array(fc.record({ baseline: counts(2000), candidate: counts(200) }), { minLength: 1, maxLength: 30 })
  .map((sides) => sides.map((side, i): Window => ({ start: i * 600_000, ...side })));
/** ln of the e-value after each of the windows. */
function looks(test: RatioTest, seen: readonly Window[]): number[] {
  const mixture = new RatioMixture(test);
  return seen.map(({ start, baseline, candidate }) => {
    mixture.add(start, baseline, candidate);
    return mixture.logE;
  });
}
const evidenceAgainst = (seen: readonly Window[], tolerated: number) =>
  looks(testAgainst(tolerated), seen).at(-1) ?? 0;
const evidenceFor = (seen: readonly Window[], harmful: number) => looks(testFor(harmful), seen).at(-1) ?? 0;

const slack = (logE: number) => 1e-10 * Math.max(1, Math.abs(logE));

describe('the ratio mixture', () => {
  it.each(cases)('agrees with exact rational arithmetic: $name', (oracle) => {
    const seen = read(oracle.windows);
    const near = (logE: number, exact: number) => expect(Math.abs(logE - exact)).toBeLessThan(slack(exact));
    near(evidenceAgainst(seen, 1), oracle.against['1']);
    near(evidenceAgainst(seen, 1.1), oracle.against['1.1']);
    near(evidenceFor(seen, 2.25), oracle.for['2.25']);
    near(evidenceFor(seen, 4), oracle.for['4']);
  });

  it('spends exactly one unit of prior weight', () => {
    for (const test of [testAgainst(1.1), testFor(3)]) {
      expect(test.weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 14);
      expect(test.weights).toHaveLength(test.ratios.length);
    }
  });

  it('has no evidence before the first window', () => {
    expect(new RatioMixture(testAgainst(1.1)).logE).toBe(0);
    expect(new RatioMixture(testFor(2)).logE).toBe(0);
  });

  it('learns nothing from a window in which a side has no requests or nobody an error', () => {
    const silent = [window(0, [0, 0], [50, 50]), window(1, [900, 900], [0, 0]), window(2, [900, 0], [50, 0])];
    expect(evidenceAgainst(silent, 1)).toBe(0);
    expect(evidenceFor(silent, 2)).toBe(0);
  });

  it('does not care in which order the windows of a step come', () => {
    fc.assert(
      fc.property(windows, (all) => {
        const logE = evidenceFor(all, 2);
        expect(Math.abs(evidenceFor(all.toReversed(), 2) - logE)).toBeLessThan(slack(logE));
      }),
    );
  });

  it('never takes more candidate errors, or fewer baseline errors, for better news', () => {
    fc.assert(
      fc.property(windows, fc.nat(), fc.nat({ max: 5 }), fc.nat({ max: 5 }), (all, pick, more, fewer) => {
        const worse = all.map((w, i) =>
          i === pick % all.length
            ? {
                ...w,
                candidate: {
                  ...w.candidate,
                  events: Math.min(w.candidate.requests, w.candidate.events + more),
                },
                baseline: { ...w.baseline, events: Math.max(0, w.baseline.events - fewer) },
              }
            : w,
        );
        const against = evidenceAgainst(all, 1.1);
        const worseAgainst = evidenceAgainst(worse, 1.1);
        expect(worseAgainst).toBeGreaterThanOrEqual(against - slack(against));
        const logE = evidenceFor(all, 2);
        expect(evidenceFor(worse, 2)).toBeLessThanOrEqual(logE + slack(logE));
      }),
    );
  });

  it('stays finite for counts from nothing to a thousand million', () => {
    const sizes = [0, 1, 1_000_000_000];
    const sides = sizes.flatMap((requests) =>
      sizes.filter((events) => events <= requests).map((events): [number, number] => [requests, events]),
    );
    for (const baseline of sides) {
      for (const candidate of sides) {
        const seen = [window(0, baseline, candidate)];
        for (const logE of [evidenceAgainst(seen, 1.1), evidenceFor(seen, 2)]) {
          expect(logE).toSatisfy(Number.isFinite);
        }
      }
    }
  });

  it('gives each quarter of an hour a beginning of its own, however late it is', () => {
    const broken = (start: number) => window(start, [950, 5], [50, 8]);
    for (const k of [1, 2, 9, 400]) {
      const healthy = Array.from({ length: 120 }, (_, i) => window(i * 7_500, [950, 8], [50, 0]));
      const from = (start: number) => evidenceAgainst([...healthy, broken(start)], 1.1);
      expect(from(k * QUARTER)).toBeGreaterThan(from(k * QUARTER - 1));
      // What is left then is the weight of what begins between the healthy windows and now: nothing before it counts.
      const begun = 0.2 - 0.2 / Math.sqrt(k + 1);
      expect(from(k * QUARTER)).toBeGreaterThan(Math.log(begun) + evidenceAgainst([broken(0)], 1.1) - 0.3);
    }
  });

  it('loses no more by later beginnings than their weight', () => {
    fc.assert(
      fc.property(windows, (all) => {
        const hours = all.map((w, i) => ({ ...w, start: i * 1_500_000 }));
        const logE = evidenceAgainst(hours, 1.1);
        const fromStart = looks({ ...testAgainst(1.1), restarts: false }, hours).at(-1) ?? 0;
        expect(logE).toBeGreaterThanOrEqual(Math.log(0.8) + fromStart - slack(fromStart));
      }),
    );
  });

  it('refuses counts, times and ratios that cannot be', () => {
    const refused = (w: Window) => expect(() => evidenceAgainst([w], 1)).toThrow(RangeError);
    refused(window(0, [10, 11], [1, 0]));
    refused(window(0, [10, 1], [1, -1]));
    refused(window(0, [10, 1], [1.5, 1]));
    refused(window(-1, [10, 1], [1, 1]));
    refused(window(Number.NaN, [10, 1], [1, 1]));
    for (const ratio of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => testAgainst(ratio)).toThrow(RangeError);
      expect(() => testFor(ratio)).toThrow(RangeError);
    }
    expect(() => testFor(1)).toThrow(RangeError);
  });
});
