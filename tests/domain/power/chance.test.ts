import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomial, chanceOf, Drawer } from '../../../src/domain/power/chance.ts';

/** Chi-squared of counts against probabilities; cells with an expectation below 5 go with the one before. */
function chiSquared(counts: readonly number[], probabilities: readonly number[], draws: number) {
  let [chi, cells, seen, due] = [0, 0, 0, 0];
  for (const [at, p] of probabilities.entries()) {
    seen += counts[at] ?? 0;
    due += p * draws;
    if (due < 5 && at < probabilities.length - 1) continue;
    chi += (seen - due) ** 2 / Math.max(due, 1e-9);
    [cells, seen, due] = [cells + 1, 0, 0];
  }
  return { chi, freedom: cells - 1 };
}

/** Within five standard deviations of what independent draws give. */
const plausible = ({ chi, freedom }: { chi: number; freedom: number }) =>
  Math.abs(chi - freedom) < 5 * Math.sqrt(2 * freedom);

function binomialProbabilities(n: number, p: number): number[] {
  const terms: number[] = [];
  let log = n * Math.log1p(-p);
  for (let k = 0; k <= n; k += 1) {
    terms.push(Math.exp(log));
    log += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p));
  }
  return terms;
}

describe('chance', () => {
  it('is the same for the same seed and number, and another for any other', () => {
    const first = (seed: number, number: number) => {
      const chance = chanceOf(seed, number);
      return [chance(), chance(), chance()];
    };
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, number) => {
        expect(first(seed, number)).toEqual(first(seed, number));
        expect(first(seed, number)).not.toEqual(first(seed, number + 1));
        expect(first(seed, number)).not.toEqual(first(seed + 1, number));
      }),
    );
  });

  it('lies evenly between 0 and 1, and its streams do not begin alike', () => {
    const tenths = new Array<number>(10).fill(0);
    for (let run = 0; run < 20_000; run += 1) {
      const at = Math.floor(10 * chanceOf(7, run)());
      tenths[at] = (tenths[at] ?? 0) + 1;
    }
    expect(plausible(chiSquared(tenths, new Array<number>(10).fill(0.1), 20_000))).toBe(true);
  });
});

describe('a binomial count', () => {
  it.each([
    [50, 0.005],
    [912, 0.005],
    [40, 0.3],
    [912, 0.05],
    [60, 0.95],
    [30, 0.5],
  ])('of %i at %f is distributed as it should be', (n, p) => {
    const draws = 20_000;
    const chance = chanceOf(11, n);
    const counts = new Array<number>(n + 1).fill(0);
    for (let i = 0; i < draws; i += 1) {
      const k = binomial(chance, n, p);
      counts[k] = (counts[k] ?? 0) + 1;
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(draws);
    expect(plausible(chiSquared(counts, binomialProbabilities(n, p), draws))).toBe(true);
  });

  it('is 0 or all where nothing is left to chance, and refuses what is no probability', () => {
    const chance = chanceOf(1, 1);
    expect(binomial(chance, 0, 0.5)).toBe(0);
    expect(binomial(chance, 9, 0)).toBe(0);
    expect(binomial(chance, 9, 1)).toBe(9);
    expect(() => binomial(chance, 9, 1.1)).toThrow(RangeError);
    expect(() => binomial(chance, 1.5, 0.1)).toThrow(RangeError);
  });
});

describe('counts by weight', () => {
  it.each([
    ['few, one by one', 40],
    ['many, bucket by bucket', 4_000],
  ])('%s, follow the weights and lose nothing', (_, each) => {
    const weights = [0.5, 0, 0.2, 0.25, 0.05];
    let upTo = 0;
    const drawer = new Drawer(weights.map((weight) => (upTo += weight)).with(-1, 1));
    const counts = weights.map(() => 0);
    const chance = chanceOf(5, each);
    for (let i = 0; i < 50; i += 1) drawer.count(chance, each, counts);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(50 * each);
    expect(counts[1]).toBe(0);
    expect(plausible(chiSquared(counts, weights, 50 * each))).toBe(true);
  });
});
