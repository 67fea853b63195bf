import { describe, expect, it } from 'vitest';
import { informationBound, upperBound } from '../../bench/judge/bounds.ts';
import { isProvenBelow } from '../domain/stats/clopper-pearson.ts';

describe('the upper bound of a rate', () => {
  // Zero of n: 1 - 0.025^(1/n) in closed form. 10 of 100: the textbook value of Clopper and Pearson's interval.
  it.each([
    [0, 2000, 1 - 0.025 ** (1 / 2000)],
    [0, 20_000, 1 - 0.025 ** (1 / 20_000)],
    [10, 100, 0.1762226],
    [100, 100, 1],
  ])('of %d in %d', (seen, runs, golden) => {
    expect(upperBound(seen, runs)).toBeCloseTo(golden, 6);
  });

  it.each([
    [11, 2000],
    [150, 20_000],
    [0, 100],
  ])('agrees with the test that others use: %d of %d', (seen, runs) => {
    const bound = upperBound(seen, runs);
    expect(isProvenBelow(bound * 1.0001, seen, runs)).toBe(true);
    expect(isProvenBelow(bound * 0.9999, seen, runs)).toBe(false);
  });

  it('does not sink where the terms of small counts underflow', () => {
    const bound = upperBound(1000, 20_000);
    expect(bound).toBeGreaterThan(0.05);
    expect(bound).toBeLessThan(0.0532);
  });
});

describe('the information bound', () => {
  it.each([
    [0.01, 2530],
    [0.02, 392],
    [0.05, 74],
  ])('for %d against 0.5 %% is the published number of canary requests', (candidate, golden) => {
    const bound = informationBound({ share: 0.05, baseline: 0.005, candidate }, 0.01);
    expect(Math.abs(bound - golden)).toBeLessThan(1);
  });
});
