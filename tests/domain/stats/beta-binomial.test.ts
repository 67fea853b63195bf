import { describe, expect, it } from 'vitest';
import { bestRho, logOneSided, logTwoSided, type Tally } from '../../../src/domain/stats/beta-binomial.ts';

// Published values of confseq's test/uniform_boundaries_unittest.cpp ("from a reference implementation in R"):
// v_opt = 100, alpha = 0.05, g = 0.2, h = 0.8, that is Bernoulli(0.2), and v = 100 after 625 requests.
const tuning = { vOpt: 100, alphaOpt: 0.05 };
const P = 0.2;
const at = (s: number): Tally => ({ requests: 625, events: 125 + s });
const relative = (value: number, golden: number) => Math.abs(value / golden - 1);

/** The deviation s at which the mixture reaches ln(1 / 0.05). */
function bound(logM: typeof logOneSided): number {
  let [low, high] = [0, 400];
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (logM(at(middle), P, tuning) < Math.log(20)) low = middle;
    else high = middle;
  }
  return high;
}

describe('the beta-binomial mixture', () => {
  it('has the published scale', () => {
    expect(relative(bestRho(100, 0.05), 12.60056)).toBeLessThan(1e-6);
  });

  it('has the published one-sided evidence and bound', () => {
    expect(relative(logOneSided(at(10), P, tuning), -0.07134019)).toBeLessThan(1e-6);
    expect(relative(bound(logOneSided), 28.41238)).toBeLessThan(1e-6);
  });

  it('has the published two-sided evidence and bound', () => {
    expect(relative(logTwoSided(at(10), P, tuning), -0.6941012)).toBeLessThan(1e-6);
    expect(relative(bound(logTwoSided), 31.4308)).toBeLessThan(1e-6);
  });

  it('starts at E = 1 and is a martingale under its null', () => {
    for (const logM of [logOneSided, logTwoSided]) {
      expect(logM({ requests: 0, events: 0 }, P, tuning)).toBe(0);
      // One more request, given 9 events in 30: the mean of E is unchanged at the boundary of the null.
      const seen = { requests: 30, events: 9 };
      const factor = (event: 0 | 1) =>
        Math.exp(logM({ requests: 31, events: seen.events + event }, P, tuning) - logM(seen, P, tuning));
      expect(P * factor(1) + (1 - P) * factor(0)).toBeCloseTo(1, 12);
    }
  });
});
