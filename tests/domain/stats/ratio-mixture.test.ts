import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evidenceAgainst,
  evidenceFor,
  extend,
  noProgress,
  testAgainst,
  testFor,
  type Window,
} from '../../../src/domain/stats/ratio-mixture.ts';
import cases from '../../oracles/ratio-mixture.json' with { type: 'json' };

const HOUR = 3_600_000;
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
const slack = (logE: number) => 1e-10 * Math.max(1, Math.abs(logE));

describe('the ratio mixture', () => {
  it.each(cases)('agrees with exact rational arithmetic: $name', (oracle) => {
    const seen = read(oracle.windows);
    const near = (logE: number, exact: number) => expect(Math.abs(logE - exact)).toBeLessThan(slack(exact));
    near(evidenceAgainst(seen, 1).logE, oracle.against['1']);
    near(evidenceAgainst(seen, 1.1).logE, oracle.against['1.1']);
    near(evidenceFor(seen, 2.25).logE, oracle.for['2.25']);
    near(evidenceFor(seen, 4).logE, oracle.for['4']);
  });

  it('spends exactly one unit of prior weight', () => {
    for (const test of [testAgainst(1.1), testFor(3)]) {
      expect(test.weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 14);
      expect(test.weights).toHaveLength(test.froms.length * test.ratios.length);
    }
  });

  it('has no evidence before the first window', () => {
    expect(evidenceAgainst([], 1.1)).toStrictEqual({ logE: 0, peakLogE: 0 });
    expect(evidenceFor([], 2)).toStrictEqual({ logE: 0, peakLogE: 0 });
  });

  it('learns nothing from a window in which a side has no requests or nobody an error', () => {
    const silent = [window(0, [0, 0], [50, 50]), window(1, [900, 900], [0, 0]), window(2, [900, 0], [50, 0])];
    expect(evidenceAgainst(silent, 1).logE).toBe(0);
    expect(evidenceFor(silent, 2).logE).toBe(0);
  });

  it('comes to the same number, bit for bit, window by window and from scratch', () => {
    fc.assert(
      fc.property(windows, fc.nat({ max: 30 }), (all, cut) => {
        for (const test of [testAgainst(1.1), testFor(2)]) {
          const whole = extend(test, noProgress(test), all);
          const first = extend(test, noProgress(test), all.slice(0, cut));
          expect(extend(test, first, all.slice(cut))).toStrictEqual(whole);
        }
      }),
    );
  });

  it('goes on from progress that was written down and read again', () => {
    const test = testAgainst(1.1);
    const [one, two] = [window(0, [900, 2], [50, 3]), window(HOUR, [900, 4], [50, 5])];
    const stored = JSON.parse(JSON.stringify(extend(test, noProgress(test), [one])));
    expect(extend(test, stored, [two])).toStrictEqual(extend(test, noProgress(test), [one, two]));
  });

  it('does not care in which order the windows of a step come', () => {
    fc.assert(
      fc.property(windows, (all) => {
        const { logE } = evidenceFor(all, 2);
        expect(Math.abs(evidenceFor(all.toReversed(), 2).logE - logE)).toBeLessThan(slack(logE));
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
        expect(worseAgainst.logE).toBeGreaterThanOrEqual(against.logE - slack(against.logE));
        const { logE } = evidenceFor(all, 2);
        expect(evidenceFor(worse, 2).logE).toBeLessThanOrEqual(logE + slack(logE));
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
        for (const { logE } of [evidenceAgainst(seen, 1.1), evidenceFor(seen, 2)]) {
          expect(logE).toSatisfy(Number.isFinite);
        }
      }
    }
  });

  it('remembers that the bound was crossed, though later windows look healthy', () => {
    const bad = window(0, [950, 4], [50, 10]);
    const healthy = Array.from({ length: 60 }, (_, i) => window((i + 1) * 60_000, [950, 5], [50, 0]));
    const { logE, peakLogE } = evidenceAgainst([bad, ...healthy], 1.1);
    expect(peakLogE).toBe(evidenceAgainst([bad], 1.1).logE);
    expect(logE).toBeLessThan(peakLogE);
  });

  it('gives hours 1 to 4 a beginning of their own', () => {
    const healthy = Array.from({ length: 120 }, (_, i) => window(i * 30_000, [950, 8], [50, 0]));
    const broken = (start: number) => window(start, [950, 5], [50, 8]);
    const fromHour = (start: number) => evidenceAgainst([...healthy, broken(start)], 1.1).logE;
    expect(fromHour(HOUR)).toBeGreaterThan(fromHour(HOUR - 1));
    // What is left then is the share of one restart: nothing before it counts.
    expect(fromHour(HOUR)).toBeGreaterThan(Math.log(0.05) + evidenceAgainst([broken(0)], 1.1).logE);
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
