import { describe, expect, it } from 'vitest';
import {
  asymptoticHalfWidth,
  asymptoticRho,
  bandRadius,
  normalQuantile,
  statsigMultiplier,
} from '../../bench/judge/peers/formulas.ts';
import { classify, kayenta } from '../../bench/judge/peers/kayenta.ts';
import { kddErrors, kddLatency } from '../../bench/judge/peers/kdd-band.ts';
import { brent, shiftBetween } from '../../bench/judge/peers/mann-whitney.ts';
import type { Peer, Says } from '../../bench/judge/peers/peer.ts';
import { growthbook, peekingZ, statsig } from '../../bench/judge/peers/rates.ts';
import { argo, flagger } from '../../bench/judge/peers/thresholds.ts';
import { base, windowOf } from '../../bench/judge/traffic.ts';

/** Relative distance of what is computed from what is published. */
const off = (value: number, golden: number) => Math.abs(value / golden - 1);

describe('GrowthBook’s formula gives the published values', () => {
  it.each([
    ['tuning, two-sided', asymptoticRho(0.05, 2), 0.0398400668],
    ['tuning, one-sided', asymptoticRho(0.05, 1), 0.0355776885],
    ['half-width at 1,000', asymptoticHalfWidth(1, 1000, 0.05, 2), 0.1063754701],
    ['half-width at 5,000', asymptoticHalfWidth(1, 5000, 0.05, 2), 0.0429243372],
    ['half-width at 5,000, one-sided', asymptoticHalfWidth(1, 5000, 0.05, 1), 0.0393023276],
  ])('%s', (_, value, golden) => {
    expect(off(value, golden)).toBeLessThan(1e-6);
  });
});

describe('the band of KDD’22 has the published radius', () => {
  // The published values have five digits.
  it.each([
    [1e2, 0.27652],
    [1e3, 0.088853],
    [1e4, 0.028424],
    [1e5, 0.00907],
  ])('at %d requests', (n, golden) => {
    expect(off(bandRadius(n, 0.025), golden)).toBeLessThan(2e-5);
  });

  it('and none without a request', () => {
    expect(bandRadius(0, 0.025)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('Statsig’s multiplier', () => {
  it.each([
    [0.5, 3.58],
    [0.05, 5.36],
  ])('at a share of %d is the constant that was measured', (share, golden) => {
    for (const n of [1e3, 1e5]) {
      const multiplier = statsigMultiplier([0.01, 0.01], [n * (1 - share), n * share], 0.05);
      expect(multiplier).toBeCloseTo(golden, 2);
    }
  });
});

describe('the normal quantile', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963985],
    [0.99, 2.326347874],
    [0.01, -2.326347874],
    [1e-12, -7.034483825],
  ])('of %d', (p, golden) => {
    expect(normalQuantile(p)).toBeCloseTo(golden, 5);
  });
});

describe('the rank-sum interval', () => {
  it('gives R’s values where they are published', () => {
    const { low, high, shift } = shiftBetween([10, 20, 30, 40], [1, 2, 3, 4], 1.959963985);
    expect(low).toBeCloseTo(6, 3);
    expect(high).toBeCloseTo(39, 3);
    expect(shift).toBeCloseTo(22.5, 3);
  });

  it('moves with one sample and turns round with the two', () => {
    const x = Array.from({ length: 60 }, (_, i) => (i * 37) % 61);
    const y = Array.from({ length: 50 }, (_, i) => (i * 29) % 53);
    const plain = shiftBetween(x, y, 2.326);
    const moved = shiftBetween(
      x.map((value) => value + 100),
      y,
      2.326,
    );
    const turned = shiftBetween(y, x, 2.326);
    expect(moved.low - plain.low).toBeCloseTo(100, 2);
    expect(moved.shift - plain.shift).toBeCloseTo(100, 2);
    expect(turned.high).toBeCloseTo(-plain.low, 2);
  });

  it('finds a root to its tolerance', () => {
    expect(Math.abs(brent((x) => 2 - x ** 3, 0, 5) - 2 ** (1 / 3))).toBeLessThan(1e-4);
    expect(brent(() => -1, 3, 5)).toBe(3);
    expect(brent(() => 1, 3, 5)).toBe(5);
  });
});

describe('Kayenta’s classifier', () => {
  const wave = (level: number) => Array.from({ length: 60 }, (_, i) => level + ((i * 7) % 10) / 10);
  it.each([
    ['High', wave(10), wave(30)],
    ['Low', wave(30), wave(10)],
    ['Pass', wave(10), wave(10)],
    ['Pass', wave(10), wave(10).toReversed()],
    ['Pass', [5, 5, 5], [5, 5]],
    ['Nodata', [], [1, 2]],
    ['Nodata', [1, 2], []],
    ['High', Array(60).fill(0), Array(60).fill(1)],
  ] as const)('says %s', (says, control, experiment) => {
    expect(classify(control, experiment)).toBe(says);
  });
});

/** What a peer says in the end of windows with the same counts, and at which look it said it first. */
function saidOf(
  peer: Peer,
  [errorsOfBaseline, errorsOfCandidate]: readonly [number, number],
  looks = 240,
): [Says, number] {
  const judge = peer.start();
  for (let look = 0; look < looks; look += 1) {
    const window = windowOf(
      look,
      base,
      { requests: 950, errors: errorsOfBaseline },
      { requests: 50, errors: errorsOfCandidate },
    );
    const says = judge.look(window);
    if (says !== 'none') return [says, look + 1];
  }
  return ['none', looks];
}

describe('a peer follows its rule', () => {
  it.each([
    [argo, [0, 0], 'promote', 60],
    [argo, [0, 1], 'rollback', 4],
    [flagger, [0, 0], 'promote', 10],
    [flagger, [0, 1], 'rollback', 10],
    [kayenta, [5, 0], 'promote', 240],
    [kayenta, [0, 5], 'rollback', 60],
    [peekingZ(0.01), [5, 50], 'rollback', 1],
    [statsig(0.01), [0, 0], 'none', 240],
    [growthbook(0.01), [0, 0], 'none', 240],
    [kddErrors(0.01), [5, 0], 'none', 240],
  ] as const)('%o on %j', (peer, errors, says, look) => {
    expect(saidOf(peer, errors)).toEqual([says, look]);
  });

  it.each([statsig(0.01), growthbook(0.01), kddErrors(0.01)])('and sees a dead candidate: $name', (peer) => {
    const [says, look] = saidOf(peer, [5, 49]);
    expect(says).toBe('rollback');
    expect(look).toBeLessThan(10);
  });

  it('the band on latency sees a shift beyond the margin and none within it', () => {
    const le = [10, 20, 30, 40, null];
    const looked = (candidate: number[]) => {
      const judge = kddLatency(0.01, 10).start();
      let says: Says = 'none';
      for (let look = 0; look < 100; look += 1) {
        const side = (n: number[]) => ({ requests: 100, errors: 0, latencyMs: { le, n } });
        says = judge.look(windowOf(look, base, side([50, 50, 0, 0, 0]), side(candidate)));
      }
      return says;
    };
    expect(looked([0, 50, 50, 0, 0])).toBe('none');
    expect(looked([0, 0, 50, 50, 0])).toBe('rollback');
  });
});
