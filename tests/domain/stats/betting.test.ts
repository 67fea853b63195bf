import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Betting, type BettingTest } from '../../../src/domain/stats/betting.ts';
import { logBound } from '../../../src/domain/stats/sequential.ts';
import { type Random, random } from '../../support/random.ts';
import { isProvenBelow } from './clopper-pearson.ts';

const tests: BettingTest['harm'][] = ['against', 'for'];
const evidence = (test: BettingTest, differences: readonly number[]) => {
  const betting = new Betting(test);
  for (const difference of differences) betting.add(difference);
  return betting.logE;
};
const differences = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 });

/** The pair at which the bound is reached; `limit` + 1 where it is not. */
function pairsTo(test: BettingTest, alpha: number, limit: number, draw: () => number): number {
  const betting = new Betting(test);
  const bound = logBound(alpha);
  while (betting.count < limit && betting.logE < bound) betting.add(draw());
  return betting.logE < bound ? limit + 1 : betting.count;
}
const gaussian = (chance: Random, mean: number) => () =>
  Math.min(1, Math.max(-1, mean + 0.15 * chance.normal()));
/** Mostly no difference, sometimes a total loss: far from a bell, mean -0.02. */
const rareLoss = (chance: Random) => () => (chance.uniform() < 0.02 ? -1 : 0);

describe('evidence from paired scores', () => {
  it('is the mean of twenty products', () => {
    const seen = [0.1, -0.4, 0, 1, -1, 0.25];
    for (const harm of tests) {
      const sign = harm === 'for' ? 1 : -1;
      const m = (1 - sign * 0.02) / 2;
      let mean = 0;
      for (let j = 1; j <= 20; j += 1) {
        mean += seen.reduce((e, d) => e * (1 + (j / (21 * m)) * ((1 + sign * d) / 2 - m)), 1) / 20;
      }
      expect(evidence({ margin: 0.02, harm }, seen)).toBeCloseTo(Math.log(mean), 12);
    }
  });

  it('is none before the first pair, and keeps its mean where the difference is exactly the margin', () => {
    for (const harm of tests) {
      const test: BettingTest = { margin: 0.02, harm };
      expect(new Betting(test).logE).toBe(0);
      // D = -1 or 1 with the probabilities that make its mean -0.02.
      const past = [0.3, -0.2, 0.1];
      const before = evidence(test, past);
      const [worse, better] = [-1, 1].map((d) => Math.exp(evidence(test, [...past, d]) - before));
      expect(0.51 * (worse ?? 0) + 0.49 * (better ?? 0)).toBeCloseTo(1, 12);
    }
  });

  it('does not depend on the order, and grows with every loss in one account as it falls in the other', () => {
    fc.assert(
      fc.property(differences, fc.double({ min: 0, max: 0.9, noNaN: true }), (seen, margin) => {
        const [first = 0, ...rest] = seen;
        const worse = [first - (first + 1) / 2, ...rest];
        for (const harm of tests) {
          const test = { margin, harm };
          const logE = evidence(test, seen);
          expect(evidence(test, [...seen].reverse())).toBeCloseTo(logE, 8);
          const change = evidence(test, worse) - logE;
          expect(harm === 'against' ? change : -change).toBeGreaterThanOrEqual(-1e-12);
        }
      }),
    );
  });

  it('stays finite for a million pairs of one kind', () => {
    for (const harm of tests) {
      for (const d of [-1, 0, 1]) {
        const betting = new Betting({ margin: 0.999, harm });
        for (let i = 0; i < 1_000_000; i += 1) betting.add(d);
        expect(betting.logE).toSatisfy(Number.isFinite);
        expect(betting.count).toBe(1_000_000);
      }
    }
  });

  it('refuses what is no difference of scores, and a margin that says nothing', () => {
    const betting = new Betting({ margin: 0.02, harm: 'for' });
    for (const d of [-1.01, 1.01, Number.NaN]) expect(() => betting.add(d)).toThrow(RangeError);
    for (const margin of [-0.1, 1, Number.NaN]) {
      expect(() => new Betting({ margin, harm: 'for' })).toThrow(RangeError);
    }
  });
});

describe('pairs needed, and errors made', () => {
  it('sees a drop of 0.05 beyond a margin of 0.02 (sd 0.15, alpha 1 %) in a mean of at most 350 pairs', () => {
    const chance = random(41);
    let total = 0;
    for (let run = 0; run < 2_000; run += 1) {
      total += pairsTo({ margin: 0.02, harm: 'against' }, 0.01, 5_000, gaussian(chance, -0.05));
    }
    expect(total / 2_000).toBeLessThanOrEqual(350);
  });

  it('clears a candidate as good as the baseline in a median of at most 400 pairs at alpha 5 %', () => {
    const chance = random(43);
    const times = Array.from({ length: 600 }, () =>
      pairsTo({ margin: 0.02, harm: 'for' }, 0.05, 5_000, gaussian(chance, 0)),
    ).sort((a, b) => a - b);
    expect(times[300]).toBeLessThanOrEqual(400);
  });

  it.each(tests)('errs with less than alpha (%s) exactly at the margin, in 600 looks', (harm) => {
    for (const [seed, law] of [
      [47, (chance: Random) => gaussian(chance, -0.02)],
      [53, rareLoss],
    ] as const) {
      const chance = random(seed);
      const runs = 1_500;
      let errors = 0;
      for (let run = 0; run < runs; run += 1) {
        if (pairsTo({ margin: 0.02, harm }, 0.05, 600, law(chance)) <= 600) errors += 1;
      }
      expect(isProvenBelow(0.05, errors, runs), `${errors} of ${runs}`).toBe(true);
    }
  });
});
