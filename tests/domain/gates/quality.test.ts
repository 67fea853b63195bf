import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WindowCounts } from '../../../src/domain/evidence.ts';
import type { QualitySpec } from '../../../src/domain/gate.ts';
import { QualityGate } from '../../../src/domain/gates/quality.ts';
import { random } from '../../support/random.ts';
import { minuteOf, pairsOf, scored } from './scores.ts';

const paired: QualitySpec = {
  name: 'quality',
  kind: 'quality',
  metric: 'quality',
  margin: 0.02,
  pairing: 'paired',
  alphaRollback: 0.01,
  alphaPromote: 0.05,
};
const unpaired: QualitySpec = { ...paired, pairing: 'unpaired' };

function findingOf(spec: QualitySpec, windows: readonly WindowCounts[]) {
  const gate = new QualityGate(spec);
  for (const window of windows) gate.add(window);
  return gate.finding();
}

/** Minutes of 50 pairs whose candidate scores `change` more, give or take 0.15. */
function pairMinutes(
  count: number,
  change: number,
  more: Partial<WindowCounts> = {},
  seed = 113,
): WindowCounts[] {
  const chance = random(seed);
  return Array.from({ length: count }, (_, i) => {
    const scores = Array.from({ length: 50 }, () => {
      const baseline = 0.4 + 0.2 * chance.uniform();
      return [baseline, Math.min(1, Math.max(0, baseline + change + 0.15 * chance.normal()))] as const;
    });
    return minuteOf(i, { pairs: pairsOf(scores, i * 50), ...more });
  });
}

/** Minutes of 1,000 scored requests at `share`. */
function liveMinutes(count: number, change: number, share: number): WindowCounts[] {
  const chance = random(127);
  const draw = (n: number, mean: number) =>
    scored(Array.from({ length: n }, () => Math.min(1, Math.max(0, mean + 0.2 * chance.normal()))));
  return Array.from({ length: count }, (_, i) => {
    const candidates = chance.binomial(1000, share);
    return minuteOf(i, {
      share,
      baseline: draw(1000 - candidates, 0.5),
      candidate: draw(candidates, 0.5 + change),
    });
  });
}

describe('the quality gate on pairs', () => {
  it('passes a candidate as good as the baseline, and fails one that is worse by more than the margin', () => {
    expect(findingOf(paired, pairMinutes(20, 0)).verdict).toBe('pass');
    expect(findingOf(paired, pairMinutes(20, -0.06)).verdict).toBe('fail');
    expect(findingOf(paired, pairMinutes(20, -0.02)).verdict).toBe('undecided');
  });

  it('says what it has seen: means, and an interval for their difference', () => {
    const { observed, interval } = findingOf(paired, [
      minuteOf(0, {
        pairs: pairsOf([
          [0.5, 0.75],
          [0.25, 0.25],
        ]),
      }),
    ]);
    expect(observed).toEqual({
      baseline: { n: 2, mean: 0.375 },
      candidate: { n: 2, mean: 0.5 },
      margin: 0.02,
    });
    expect(interval).toEqual({ low: -1, high: 1 });
    const later = findingOf(paired, pairMinutes(20, 0.1)).interval;
    expect(later && later.low > 0 && later.low < 0.1 && later.high > 0.1).toBe(true);
  });

  it('counts each distinct input once, however often it is replayed', () => {
    const once = pairMinutes(1, -0.1);
    const replayed = [...once, ...once, ...once.map((window) => ({ ...window, at: window.at }))];
    expect(findingOf(paired, replayed)).toMatchObject({
      against: findingOf(paired, once).against,
      for: findingOf(paired, once).for,
    });
    const doubled = once.map((window) => ({
      ...window,
      pairs: [...(window.pairs ?? []), ...(window.pairs ?? [])],
    }));
    expect(findingOf(paired, doubled)).toEqual(findingOf(paired, once));
  });

  it('comes to the same, bit for bit, in whatever order a window holds its pairs', () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    const pair = fc.record({
      metric: fc.constantFrom('quality', 'other'),
      baseline: score,
      candidate: score,
      input: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    });
    fc.assert(
      fc.property(
        fc
          .array(pair, { minLength: 1, maxLength: 12 })
          .chain((pairs) =>
            fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length })),
          ),
        ([pairs, shuffled]) => {
          expect(findingOf(paired, [minuteOf(0, { pairs: shuffled })])).toEqual(
            findingOf(paired, [minuteOf(0, { pairs })]),
          );
        },
      ),
    );
  });

  it('starts anew at each step for its proof, and keeps what is held against the candidate', () => {
    const before = pairMinutes(20, 0);
    const gate = new QualityGate(paired);
    for (const window of before) gate.add(window);
    expect(gate.finding().verdict).toBe('pass');
    gate.enter(1);
    expect(gate.finding()).toMatchObject({ verdict: 'undecided', for: { logE: 0 } });
    // The same inputs count again in the new step, but are no news in the release.
    const { against } = gate.finding();
    for (const window of before) gate.add({ ...window, step: 1 });
    expect(gate.finding()).toMatchObject({ verdict: 'pass', against });
  });

  it('stays failed once harm was proven, whatever comes later', () => {
    const gate = new QualityGate(paired);
    for (const window of pairMinutes(20, -0.1)) gate.add(window);
    for (const window of pairMinutes(200, 0.2, { step: 1 }, 131)) gate.add(window);
    expect(gate.finding().verdict).toBe('fail');
  });

  it('never passes without a pair of its metric, and says so', () => {
    const other = pairsOf([[0.5, 0.5]]).map((pair) => ({ ...pair, metric: 'other' }));
    for (const windows of [[], [minuteOf(0, {})], [minuteOf(0, { pairs: other })]]) {
      expect(findingOf(paired, windows)).toMatchObject({
        verdict: 'undecided',
        against: { logE: 0 },
        missing: { what: expect.stringContaining('no pair of quality') },
      });
    }
  });
});

describe('the quality gate on live scores', () => {
  it('passes a candidate as good as the baseline, and fails one that is worse by more than the margin', () => {
    expect(findingOf(unpaired, liveMinutes(30, 0, 0.3)).verdict).toBe('pass');
    expect(findingOf(unpaired, liveMinutes(30, -0.06, 0.3)).verdict).toBe('fail');
    expect(findingOf(unpaired, liveMinutes(30, -0.02, 0.3)).verdict).toBe('undecided');
  });

  it('needs the share, a baseline beside the candidate and scores of both sides', () => {
    const [window = minuteOf(0, {})] = liveMinutes(1, -0.5, 0.3);
    for (const gap of [
      { share: 1 },
      { share: undefined },
      { baseline: null },
      { candidate: null },
      { candidate: { requests: 300, errors: 0 } },
    ]) {
      const { share, ...rest } = { ...window, ...gap };
      expect(findingOf(unpaired, [share === undefined ? rest : { ...rest, share }])).toMatchObject({
        verdict: 'undecided',
        against: { logE: 0 },
        for: { logE: 0 },
        missing: { what: expect.stringContaining('known share') },
      });
    }
  });

  it('holds missing rows against either claim', () => {
    const all = liveMinutes(30, 0, 0.3);
    const gappy = all.map((window) => ({ ...window, missing: 40 }));
    expect(findingOf(unpaired, gappy).for.logE).toBeLessThan(findingOf(unpaired, all).for.logE);
    const worse = liveMinutes(30, -0.06, 0.3);
    const gappyWorse = worse.map((window) => ({ ...window, missing: 400 }));
    expect(findingOf(unpaired, gappyWorse).verdict).toBe('undecided');
  });
});
