import { describe, expect, it } from 'vitest';
import { type Random, stream } from '../../bench/judge/random.ts';
import { aliasOf, binomial, countsOf, poisson } from '../../bench/judge/sampling.ts';

const DRAWS = 200_000;

/** Chi-square of draws against a law on 0, 1, 2, ..., cells of less than 10 expected draws taken together, in sds. */
function misfit(draw: () => number, probability: (k: number) => number, upTo: number): number {
  const seen = new Map<number, number>();
  for (let i = 0; i < DRAWS; i += 1) {
    const k = draw();
    seen.set(k, (seen.get(k) ?? 0) + 1);
  }
  let [square, cells, expected, observed] = [0, 0, 0, 0];
  for (let k = 0; k <= upTo; k += 1) {
    expected += DRAWS * probability(k);
    observed += seen.get(k) ?? 0;
    if (expected < 10) continue;
    square += (observed - expected) ** 2 / expected;
    cells += 1;
    [expected, observed] = [0, 0];
  }
  return (square - (cells - 1)) / Math.sqrt(2 * (cells - 1));
}

function logGamma(n: number): number {
  let sum = 0;
  for (let k = 2; k < n; k += 1) sum += Math.log(k);
  return sum;
}
const poissonLaw = (mean: number) => (k: number) => Math.exp(k * Math.log(mean) - mean - logGamma(k + 1));
const binomialLaw = (n: number, p: number) => (k: number) =>
  k > n
    ? 0
    : Math.exp(
        logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p),
      );

describe('the streams', () => {
  it('are the same for the same seed, label and number', () => {
    const draws = () => Array.from({ length: 5 }, (_, i) => stream(7, 'a', i).uniform());
    expect(draws()).toEqual(draws());
  });

  it('differ wherever seed, label or number differ', () => {
    const first = (seed: number, label: string, number: number) => stream(seed, label, number).uniform();
    const all = [
      first(1, 'a', 0),
      first(2, 'a', 0),
      first(1, 'b', 0),
      first(1, 'a', 1),
      first(2 ** 33, 'a', 0),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('are not correlated with their neighbours', () => {
    let sum = 0;
    const runs = 100_000;
    for (let run = 0; run < runs; run += 1) {
      sum += (stream(3, 'x', run).uniform() - 0.5) * (stream(3, 'x', run + 1).uniform() - 0.5) * 12;
    }
    expect(Math.abs(sum / Math.sqrt(runs))).toBeLessThan(4);
  });

  it('give normals of mean 0, variance 1 and fourth moment 3', () => {
    const chance = stream(5, 'normal', 0);
    const moments = [0, 0, 0];
    for (let i = 0; i < DRAWS; i += 1) {
      const x = chance.normal();
      for (const [at, power] of [1, 2, 4].entries()) moments[at] = (moments[at] ?? 0) + x ** power / DRAWS;
    }
    expect(Math.abs(moments[0] ?? 1)).toBeLessThan(0.01);
    expect(moments[1]).toBeCloseTo(1, 1);
    expect(Math.abs((moments[2] ?? 0) - 3)).toBeLessThan(0.1);
  });
});

describe('a count is drawn from its law', () => {
  // A stream for each law, so that no order of the tests changes what is drawn.
  const chanceFor = (law: string): Random => stream(11, law, 0);
  it.each([0.25, 4.75, 9.9, 10.1, 50, 1000])('Poisson with mean %d', (mean) => {
    const chance = chanceFor(`poisson ${mean}`);
    const worst = misfit(() => poisson(chance, mean), poissonLaw(mean), 3 * mean + 50);
    expect(worst).toBeLessThan(4);
  });

  it.each([
    [50, 0.005],
    [950, 0.005],
    [1000, 0.05],
    [30, 0.5],
    [40, 0.9],
    [1, 0.3],
  ])('binomial with %d trials of %d', (n, p) => {
    const chance = chanceFor(`binomial ${n} ${p}`);
    const worst = misfit(() => binomial(chance, n, p), binomialLaw(n, p), n);
    expect(worst).toBeLessThan(4);
  });

  it('and a wrong law is noticed', () => {
    const chance = chanceFor('wrong');
    expect(misfit(() => poisson(chance, 50), poissonLaw(51), 200)).toBeGreaterThan(20);
    expect(misfit(() => binomial(chance, 950, 0.005), binomialLaw(950, 0.0052), 950)).toBeGreaterThan(20);
  });

  it('weights', () => {
    const weights = [0.05, 0, 0.4, 0.25, 0.3];
    const counts = countsOf(chanceFor('weights'), aliasOf(weights), DRAWS);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(DRAWS);
    for (const [index, weight] of weights.entries()) {
      const sd = Math.sqrt(DRAWS * weight * (1 - weight));
      expect(Math.abs((counts[index] ?? 0) - DRAWS * weight)).toBeLessThanOrEqual(4 * sd);
    }
  });

  it('and refused where there is none', () => {
    const chance = chanceFor('none');
    expect(() => poisson(chance, -1)).toThrow('at least 0');
    expect(() => binomial(chance, 2.5, 0.1)).toThrow('trials');
    expect(() => binomial(chance, 2, 1.1)).toThrow('probability');
    expect(() => aliasOf([0, 0])).toThrow('weight');
  });
});
