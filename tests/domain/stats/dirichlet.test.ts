import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { categoryEvidence, SplitEvidence } from '../../../src/domain/stats/dirichlet.ts';
import { logBound } from '../../../src/domain/stats/sequential.ts';
import { type Random, random } from '../../support/random.ts';
import { isProvenBelow } from './clopper-pearson.ts';

// Values of the public `seqabpy` implementation at concentration 100.
describe('evidence on shares', () => {
  it.each([
    [[100, 150], [0.5, 0.5], 2.9658388777],
    [[40, 460], [0.05, 0.95], 2.3449491014],
    [[60, 440], [0.05, 0.95], 15.0884197746],
    [[500, 500], [0.5, 0.5], -1.201220322],
  ])('of %j against %j is the published one', (counts, shares, golden) => {
    expect(Math.abs(categoryEvidence(counts, shares) / golden - 1)).toBeLessThan(1e-9);
  });

  it('is none before the first event, and a martingale under its null for three categories', () => {
    const shares = [0.2, 0.5, 0.3];
    expect(categoryEvidence([0, 0, 0], shares)).toBe(0);
    const seen = [4, 9, 2];
    const next = shares.map((share, i) => {
      const more = seen.map((count, j) => count + (i === j ? 1 : 0));
      return share * Math.exp(categoryEvidence(more, shares) - categoryEvidence(seen, shares));
    });
    expect(next.reduce((sum, term) => sum + term)).toBeCloseTo(1, 12);
  });

  it('is the product over one request at a time: P(category) = (K share + seen) / (K + n)', () => {
    const shares = [0.1, 0.3, 0.6];
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 }), { maxLength: 60 }), (draws) => {
        const seen = [0, 0, 0];
        let logE = 0;
        for (const [n, i] of draws.entries()) {
          const share = shares[i] ?? 0;
          logE += Math.log((100 * share + (seen[i] ?? 0)) / (100 + n) / share);
          seen[i] = (seen[i] ?? 0) + 1;
        }
        expect(Math.abs(categoryEvidence(seen, shares) - logE)).toBeLessThan(1e-10);
      }),
    );
  });

  it('stays finite, and small where the shares are kept, for counts up to a thousand million', () => {
    for (const share of [0.0001, 0.01, 0.5, 0.999]) {
      for (const counts of [
        [0, 1],
        [1, 0],
        [0, 1e9],
        [1e9, 0],
        [1e9, 1],
        [1e9, 1e9],
        [1e9, 5, 1e9],
      ]) {
        const shares = counts.length === 2 ? [share, 1 - share] : [share / 2, 1 - share, share / 2];
        expect(categoryEvidence(counts, shares)).toSatisfy(Number.isFinite);
      }
      const kept = [share * 1e9, 1e9 - share * 1e9];
      expect(categoryEvidence(kept, [share, 1 - share])).toBeLessThan(0);
    }
  });

  it('refuses what is no count and no share', () => {
    const bad: [number[], number[]][] = [
      [[1], [1]],
      [[1, 2], [0.5]],
      [
        [1, -1],
        [0.5, 0.5],
      ],
      [
        [1, 0.5],
        [0.5, 0.5],
      ],
      [
        [1, 1],
        [0, 1],
      ],
      [
        [1, 1],
        [0.5, 0.4],
      ],
      [
        [1, 1],
        [Number.NaN, 0.5],
      ],
    ];
    for (const [counts, shares] of bad) expect(() => categoryEvidence(counts, shares)).toThrow(RangeError);
    expect(() => categoryEvidence([1, 1], [0.5, 0.5], 0)).toThrow(RangeError);
  });
});

describe('evidence that a split is not the configured one', () => {
  /** Hundreds of requests until the bound is reached, with share and configured share of each hundred. */
  function hundredsTo(
    chance: Random,
    alpha: number,
    limit: number,
    law: (n: number) => [number, number],
  ): number {
    const split = new SplitEvidence();
    for (let n = 1; n <= limit; n += 1) {
      const [share, configured] = law(n);
      const candidate = chance.binomial(100, share);
      split.add(configured, 100 - candidate, candidate);
      if (split.logE >= logBound(alpha)) return n;
    }
    return Number.POSITIVE_INFINITY;
  }

  it('tests each share by itself, each for half of what the one before may spend', () => {
    const split = new SplitEvidence();
    expect(split.logE).toBe(0);
    split.add(0.05, 400, 30);
    split.add(0.05, 40, 30);
    expect(split.logE).toBeCloseTo(categoryEvidence([440, 60], [0.95, 0.05]) - Math.LN2, 12);
    split.add(0.5, 100, 150);
    expect(split.logE).toBeCloseTo(categoryEvidence([100, 150], [0.5, 0.5]) - 2 * Math.LN2, 12);
    split.begin();
    split.add(0.5, 50, 50);
    expect(split.counts).toStrictEqual({ baseline: 50, candidate: 50 });
    expect(split.logE).toBeCloseTo(categoryEvidence([50, 50], [0.5, 0.5]) - 3 * Math.LN2, 12);
  });

  it('refuses what is no count and no share', () => {
    for (const [share, count] of [
      [0, 1],
      [1, 1],
      [Number.NaN, 1],
      [0.5, -1],
      [0.5, 0.5],
    ] as const)
      expect(() => new SplitEvidence().add(share, count, 1)).toThrow(RangeError);
  });

  it.each([
    ['of 1 %', [0.01]],
    ['through four steps', [0.05, 0.1, 0.25, 0.5]],
  ])('calls a kept split %s broken less often than alpha over 240 looks', (_, shares) => {
    const chance = random(79);
    const runs = 2_000;
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      const hundreds = hundredsTo(chance, 0.05, 240, (n) => {
        const share = shares[Math.floor(((n - 1) / 240) * shares.length)] ?? 0.5;
        return [share, share];
      });
      if (hundreds <= 240) alarms += 1;
    }
    expect(isProvenBelow(0.05, alarms, runs), `${alarms} of ${runs}`).toBe(true);
  });

  it('sees 6 % where 5 % is configured within 10,000 requests, mostly', () => {
    const chance = random(83);
    const times = Array.from({ length: 300 }, () => hundredsTo(chance, 0.01, 1_000, () => [0.06, 0.05]));
    expect(times.sort((a, b) => a - b)[150]).toBeLessThanOrEqual(100);
  });
});
