import { describe, expect, it } from 'vitest';
import { logBound } from '../../../src/domain/stats/sequential.ts';
import {
  EffectEvidence,
  logGammaExponential,
  type Scores,
} from '../../../src/domain/stats/sub-exponential.ts';
import { type Random, random } from '../../support/random.ts';
import { isProvenBelow } from './clopper-pearson.ts';

const directions = ['against', 'for'] as const;
const scores = (values: readonly number[]): Scores => ({
  n: values.length,
  sum: values.reduce((sum, y) => sum + y, 0),
  sumOfSquares: values.reduce((sum, y) => sum + y * y, 0),
});

/** Requests at which the bound is reached; infinity where it is not within `limit`. */
function requestsTo(
  chance: Random,
  test: { margin: number; harm: (typeof directions)[number] },
  law: {
    share: number | ((n: number) => number);
    alpha: number;
    perWindow: number;
    limit: number;
    score: (side: 'b' | 'c') => number;
  },
): number {
  const evidence = new EffectEvidence(test);
  for (let n = law.perWindow; n <= law.limit; n += law.perWindow) {
    const share = typeof law.share === 'number' ? law.share : law.share(n);
    const candidates = chance.binomial(law.perWindow, share);
    const draw = (count: number, side: 'b' | 'c') =>
      scores(Array.from({ length: count }, () => law.score(side)));
    evidence.add(
      { baseline: draw(law.perWindow - candidates, 'b'), candidate: draw(candidates, 'c') },
      share,
    );
    if (evidence.logE >= logBound(law.alpha)) return n;
  }
  return Number.POSITIVE_INFINITY;
}

// Published values of confseq's unit tests ("from a reference implementation in R") and of its demonstration data.
describe('the gamma-exponential mixture', () => {
  const tuning = { vOpt: 100, alphaOpt: 0.05 };

  it('has the published evidence and bound', () => {
    expect(Math.abs(logGammaExponential(10, 100, 2, tuning) / -0.2490165 - 1)).toBeLessThan(1e-6);
    let [low, high] = [0, 400];
    for (let i = 0; i < 60; i += 1) {
      const middle = (low + high) / 2;
      if (logGammaExponential(middle, 100, 2, tuning) < Math.log(20)) low = middle;
      else high = middle;
    }
    expect(Math.abs(high / 33.02017 - 1)).toBeLessThan(1e-6);
  });

  it('has the published p-value of the demonstration, 1,000 subjects at share 0.5', () => {
    // S and V of the demonstration's rows; tightest at 50 subjects of variance 0.16, two-sided, c = 2 / 0.5.
    const logE = logGammaExponential(174.59111433668542, 808.6458996846283, 4, { vOpt: 32, alphaOpt: 0.025 });
    expect(Math.abs(Math.exp(-logE) / 7.33500456673828e-5 - 1)).toBeLessThan(1e-9);
  });
});

describe('evidence on a difference of means under known routing', () => {
  it('weighs each request by the inverse of its chance, about what earlier windows predict', () => {
    const evidence = new EffectEvidence({ margin: 0.1, harm: 'for' });
    const first = { baseline: [0.5, 0.25], candidate: [1] };
    const second = { baseline: [0.75], candidate: [0, 0.5] };
    for (const { baseline, candidate } of [first, second]) {
      evidence.add({ baseline: scores(baseline), candidate: scores(candidate) }, 0.2);
    }
    // By hand, request by request, times min(0.2, 0.8): 1/2 for both at first, then (0.75 + 0.5)/3 and (1 + that)/2.
    let [s, v] = [0, 0];
    const b = 1.25 / 3;
    for (const [window, fb, fc] of [[first, 0.5, 0.5] as const, [second, b, (1 + b) / 2] as const]) {
      const residuals = [
        ...window.candidate.map((y) => (y - fc) / 0.2),
        ...window.baseline.map((y) => -(y - fb) / 0.8),
      ];
      for (const residual of residuals) {
        s += 0.2 * (fc - fb + residual + 0.1);
        v += (0.2 * residual) ** 2;
      }
    }
    const expected = logGammaExponential(s, v, 1, { vOpt: 25, alphaOpt: 0.05 });
    expect(evidence.logE).toBeCloseTo(expected, 12);
  });

  it('is none before the first request, and never for both claims at once', () => {
    const [against, proof] = directions.map((harm) => new EffectEvidence({ margin: 0.02, harm }));
    expect([against?.logE, proof?.logE]).toEqual([0, 0]);
    const chance = random(89);
    for (let i = 0; i < 200; i += 1) {
      const window = {
        baseline: scores(Array.from({ length: 90 }, chance.uniform)),
        candidate: scores(Array.from({ length: 10 }, chance.uniform)),
      };
      against?.add(window, 0.1);
      proof?.add(window, 0.1);
      expect(Math.min(against?.logE ?? 0, proof?.logE ?? 0)).toBeLessThan(Math.LN2);
    }
  });

  it.each(directions)(
    'errs with less than alpha (%s) exactly at the margin, with rare losses and through four shares too',
    (harm) => {
      const chance = random(97);
      const laws = {
        rare: (side: 'b' | 'c') => (chance.uniform() < (side === 'b' ? 0.01 : 0.03) ? 0 : 1),
        coin: (side: 'b' | 'c') => (chance.uniform() < (side === 'b' ? 0.5 : 0.48) ? 1 : 0),
      };
      const steps = (n: number) => [0.05, 0.1, 0.25, 0.5][Math.floor((n - 1) / 1_500)] ?? 0.5;
      for (const [share, score] of [
        [steps, laws.rare] as const,
        [0.05, laws.rare] as const,
        [0.5, laws.rare] as const,
        [0.3, laws.coin] as const,
      ]) {
        const runs = 500;
        let errors = 0;
        for (let run = 0; run < runs; run += 1) {
          const law = { share, alpha: 0.05, perWindow: 50, limit: 6_000, score };
          if (requestsTo(chance, { margin: 0.02, harm }, law) <= 6_000) errors += 1;
        }
        expect(
          isProvenBelow(0.05, errors, runs),
          `${errors} of ${runs} at ${typeof share === 'number' ? share : 'four shares'}`,
        ).toBe(true);
      }
    },
  );

  it.each([
    [0.05, 19_000],
    [0.5, 3_000],
  ])(
    'sees a drop of 0.05 beyond a margin of 0.02 (sd 0.2) at share %d in a median of at most %d requests',
    (share, most) => {
      const chance = random(101);
      const score = (side: 'b' | 'c') =>
        Math.min(1, Math.max(0, (side === 'b' ? 0.5 : 0.45) + 0.2 * chance.normal()));
      const law = { share, alpha: 0.01, perWindow: 100, limit: 60_000, score };
      const times = Array.from({ length: 60 }, () =>
        requestsTo(chance, { margin: 0.02, harm: 'against' }, law),
      );
      expect(times.sort((a, b) => a - b)[30]).toBeLessThanOrEqual(most);
    },
  );

  it('stays finite for sums from nothing to a thousand million, at any share', () => {
    const sums: Scores[] = [scores([]), scores([0]), scores([1])];
    for (const mean of [0, 0.3, 1]) sums.push({ n: 1e9, sum: mean * 1e9, sumOfSquares: mean * mean * 1e9 });
    for (const share of [1e-4, 0.5, 0.9999]) {
      for (const harm of directions) {
        for (const baseline of sums) {
          for (const candidate of sums) {
            const evidence = new EffectEvidence({ margin: 0.02, harm });
            for (let i = 0; i < 3; i += 1) {
              evidence.add({ baseline, candidate }, share);
              expect(evidence.logE).toSatisfy(Number.isFinite);
            }
          }
        }
      }
    }
  });

  it('refuses sums that no scores between 0 and 1 have, and shares that route nobody', () => {
    const evidence = new EffectEvidence({ margin: 0, harm: 'for' });
    const none = scores([]);
    for (const [n, sum, sumOfSquares] of [
      [2, 2.1, 2],
      [2, -0.1, 0],
      [2, 1, 1.1],
      [2, 1, 0.4],
      [0, 1, 1],
      [1.5, 1, 1],
      [2, Number.NaN, 1],
    ] as const) {
      expect(() => evidence.add({ baseline: none, candidate: { n, sum, sumOfSquares } }, 0.5)).toThrow(
        RangeError,
      );
    }
    for (const share of [0, 1, Number.NaN]) {
      expect(() => evidence.add({ baseline: none, candidate: none }, share)).toThrow(RangeError);
    }
    expect(() => new EffectEvidence({ margin: 1, harm: 'for' })).toThrow(RangeError);
  });
});
