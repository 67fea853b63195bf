import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LikelihoodMixture } from '../../../src/domain/stats/likelihood-mixture.ts';

const hour = 3_600_000;

/** ln of the e-value of `events` in `requests`, all at once. */
function logE(mixture: LikelihoodMixture, requests: number, events: number, start = 0): number {
  mixture.add(start, { requests, events });
  return mixture.logE;
}

/** Expectation of the e-value over the binomial law, summed up exactly. */
function expectation(of: () => LikelihoodMixture, n: number, p: number): number {
  let chance = (1 - p) ** n;
  let total = 0;
  for (let k = 0; k <= n; k += 1) {
    total += chance * Math.exp(logE(of(), n, k));
    chance *= ((n - k) / (k + 1)) * (p / (1 - p));
  }
  return total;
}

describe('evidence on a probability', () => {
  it('is expected to be at most 1 wherever its null holds, and 1 on the boundary', () => {
    for (const n of [1, 7, 60]) {
      expect(expectation(() => LikelihoodMixture.above(0.01), n, 0.01)).toBeCloseTo(1, 9);
      expect(expectation(() => LikelihoodMixture.below(0.01), n, 0.01)).toBeCloseTo(1, 9);
      for (const p of [0.0001, 0.005]) {
        expect(expectation(() => LikelihoodMixture.above(0.01), n, p)).toBeLessThan(1);
      }
      for (const p of [0.02, 0.3])
        expect(expectation(() => LikelihoodMixture.below(0.01), n, p)).toBeLessThan(1);
    }
  });

  it('is the mean of its likelihood ratios', () => {
    const ratio = (q: number, k: number, n: number) => (q / 0.1) ** k * ((1 - q) / 0.9) ** (n - k);
    const aboveBets: [number, number][] = [
      [0.12, 0.1],
      [0.15, 0.15],
      [0.2, 0.15],
      [0.4, 0.12],
      [0.9, 0.48],
    ];
    const above = aboveBets.reduce((sum, [q, weight]) => sum + weight * ratio(q, 3, 9), 0);
    expect(logE(LikelihoodMixture.above(0.1), 9, 3)).toBeCloseTo(Math.log(0.8 * above + 0.2), 12);
    const bets: [number, number][] = [
      [0.0001, 0.4],
      [0.01, 0.2],
      [0.03, 0.2],
      [0.06, 0.2],
    ];
    const below = bets.reduce((sum, [q, weight]) => sum + weight * ratio(q, 1, 40), 0);
    expect(logE(LikelihoodMixture.below(0.1), 40, 1)).toBeCloseTo(Math.log(below), 12);
  });

  it('is nothing before the first request', () => {
    expect(logE(LikelihoodMixture.above(0.01), 0, 0)).toBe(0);
    expect(LikelihoodMixture.below(0.01).logE).toBe(0);
  });

  it('sees a late onset sooner than it would from the start alone', () => {
    const requestsUntilSeen = (hours: number) => {
      const mixture = LikelihoodMixture.above(0.001);
      for (let h = 0; h < hours; h += 1) mixture.add(h * hour, { requests: 20_000, events: 0 });
      let seen = 0;
      for (; mixture.logE < Math.log(100); seen += 100)
        mixture.add(hours * hour, { requests: 100, events: 1 });
      return seen;
    };
    expect(requestsUntilSeen(4)).toBeLessThan(1_000);
    expect(requestsUntilSeen(100)).toBeLessThan(2 * requestsUntilSeen(4));
  });

  it('rises with each event and falls with each request without one, and stays finite', () => {
    const count = fc.nat({ max: 1_000_000_000 });
    fc.assert(
      fc.property(count, count, fc.double({ min: 1e-6, max: 0.9, noNaN: true }), (a, b, p0) => {
        const [events, requests] = [Math.min(a, b), Math.max(a, b)];
        const above = logE(LikelihoodMixture.above(p0), requests, events);
        const below = logE(LikelihoodMixture.below(p0), requests, events);
        expect(Number.isFinite(above) && Number.isFinite(below)).toBe(true);
        if (events === requests) return;
        expect(logE(LikelihoodMixture.above(p0), requests, events + 1)).toBeGreaterThanOrEqual(
          above - 1e-9 * Math.abs(above),
        );
        expect(logE(LikelihoodMixture.below(p0), requests, events + 1)).toBeLessThanOrEqual(
          below + 1e-9 * Math.abs(below),
        );
      }),
    );
  });

  it('refuses what cannot be', () => {
    expect(() => LikelihoodMixture.above(0)).toThrow(RangeError);
    expect(() => LikelihoodMixture.below(1)).toThrow(RangeError);
    expect(() => logE(LikelihoodMixture.above(0.1), 1, 2)).toThrow(RangeError);
  });
});
