import { describe, expect, it } from 'vitest';
import { type Random, random } from './random.ts';

const DRAWS = 20_000;

function moments(draw: (chance: Random) => number): { mean: number; variance: number } {
  const chance = random(1);
  const values = Array.from({ length: DRAWS }, () => draw(chance));
  const mean = values.reduce((sum, value) => sum + value) / DRAWS;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (DRAWS - 1) };
}

describe('seeded chance', () => {
  it('repeats itself by seed, and differs between seeds', () => {
    const [one, again, other] = [random(5), random(5), random(6)];
    const first = Array.from({ length: 5 }, () => one.uniform());
    expect(Array.from({ length: 5 }, () => again.uniform())).toEqual(first);
    expect(Array.from({ length: 5 }, () => other.uniform())).not.toEqual(first);
  });

  it.each<[string, (chance: Random) => number, number, number]>([
    ['uniform', (c) => c.uniform(), 1 / 2, 1 / 12],
    ['normal', (c) => c.normal(), 0, 1],
    ['rare binomial', (c) => c.binomial(1000, 0.005), 5, 4.975],
    ['frequent binomial', (c) => c.binomial(20, 0.9), 18, 1.8],
    ['Poisson', (c) => c.poisson(3.5), 3.5, 3.5],
  ])('has the mean and variance of a %s variable', (_, draw, mean, variance) => {
    const seen = moments(draw);
    expect(Math.abs(seen.mean - mean)).toBeLessThan(4 * Math.sqrt(variance / DRAWS));
    expect(Math.abs(seen.variance / variance - 1)).toBeLessThan(0.06);
  });

  it('knows the certain cases', () => {
    const chance = random(2);
    expect([
      chance.binomial(10, 0),
      chance.binomial(10, 1),
      chance.binomial(0, 0.3),
      chance.poisson(0),
    ]).toEqual([0, 10, 0, 0]);
  });
});
