import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeanInterval, PredictableBet } from '../../../src/domain/stats/mean-interval.ts';
import { random } from '../../support/random.ts';
import { isProvenBelow } from './clopper-pearson.ts';

const intervalAfter = (xs: readonly number[], alpha = 0.05) => {
  const sequence = new MeanInterval({ alpha });
  for (const x of xs) sequence.add(x);
  return sequence.interval;
};

/** ln of the larger of the two half-capitals that bet for and against a mean above `m`: confseq's `betting_mart`. */
function hedgedCapital(xs: readonly number[], m: number): number {
  const bet = new PredictableBet(0.025);
  let [up, down] = [Math.log(0.5), Math.log(0.5)];
  for (const x of xs) {
    up += Math.log1p(Math.min(bet.next, 0.5 / m) * (x - m));
    down += Math.log1p(-Math.min(bet.next, 0.5 / (1 - m)) * (x - m));
    bet.add(x);
  }
  return Math.max(up, down);
}

// Published by running confseq's Python code; six decimals.
describe('the predictable bet', () => {
  const everyFourth = Array.from({ length: 200 }, (_, i) => ((i + 1) % 4 === 0 ? 1 : 0));
  it.each([
    [0.25, [-0.846236, -2.802942, -4.330106]],
    [0.4, [0.222015, 1.929744, 6.677507]],
    [0.1, [-1.092678, 1.752388, 7.077386]],
  ])('earns what the reference earns against a mean of %d', (m, golden) => {
    for (const [i, n] of [10, 50, 200].entries()) {
      expect(Math.abs(hedgedCapital(everyFourth.slice(0, n), m) - (golden[i] ?? 0))).toBeLessThan(6e-7);
    }
  });
});

describe('the confidence sequence for a mean', () => {
  it('is the reference empirical-Bernstein sequence', () => {
    const xs = Array.from({ length: 200 }, (_, i) => (((i + 1) * 7919) % 1000) / 1000);
    const golden: [number, number, number][] = [
      [10, 0, 1],
      [50, 0.305837, 0.676688],
      [200, 0.425646, 0.569746],
    ];
    for (const [n, low, high] of golden) {
      const interval = intervalAfter(xs.slice(0, n));
      expect(Math.abs(interval.low - low)).toBeLessThan(6e-7);
      expect(Math.abs(interval.high - high)).toBeLessThan(6e-7);
    }
  });

  it('knows nothing before the first observation, and stays within 0 and 1', () => {
    expect(intervalAfter([])).toEqual({ low: 0, high: 1 });
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (xs) => {
        const { low, high } = intervalAfter(xs);
        expect(0 <= low && low < high && high <= 1).toBe(true);
      }),
    );
  });

  it('closes in on a constant, at 0 and at 1 too, and is finite after a million', () => {
    for (const x of [0, 0.5, 1]) {
      const sequence = new MeanInterval({ alpha: 0.05 });
      for (let i = 0; i < 1_000_000; i += 1) sequence.add(x);
      const { low, high } = sequence.interval;
      expect(low <= x && x <= high && high - low < 1e-4).toBe(true);
    }
  });

  it('covers the mean at all of 500 looks, more often than 95 %', () => {
    const chance = random(61);
    const runs = 1_000;
    let missed = 0;
    for (let run = 0; run < runs; run += 1) {
      const sequence = new MeanInterval({ alpha: 0.05 });
      for (let i = 0; i < 500; i += 1) {
        sequence.add(chance.uniform() < 0.1 ? 1 : 0);
        const { low, high } = sequence.interval;
        if (0.1 < low || 0.1 > high) {
          missed += 1;
          break;
        }
      }
    }
    expect(isProvenBelow(0.05, missed, runs), `${missed} of ${runs}`).toBe(true);
  });

  it('refuses what lies outside of 0 and 1', () => {
    for (const x of [-0.1, 1.1, Number.NaN]) expect(() => intervalAfter([x])).toThrow(RangeError);
    for (const alpha of [0, 1, 2]) expect(() => new MeanInterval({ alpha })).toThrow(RangeError);
  });
});
