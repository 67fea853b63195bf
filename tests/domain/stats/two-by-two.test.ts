import { describe, expect, it } from 'vitest';
import { logBound } from '../../../src/domain/stats/sequential.ts';
import { TwoByTwo } from '../../../src/domain/stats/two-by-two.ts';
import cases from '../../oracles/two-by-two.json' with { type: 'json' };
import { random } from '../../support/random.ts';
import { isProvenBelow } from './clopper-pearson.ts';

const counts = (written: readonly number[]) => ({ requests: written[0] ?? 0, events: written[1] ?? 0 });

/** Minutes of 950 + 50 requests until proven at `alpha`; `limit` + 1 where not. */
function minutesTo(
  chance: ReturnType<typeof random>,
  alpha: number,
  limit: number,
  law: (i: number) => [number, number],
) {
  const evidence = new TwoByTwo();
  for (let i = 1; i <= limit; i += 1) {
    const [baseline, candidate] = law(i);
    evidence.add({
      baseline: { requests: 950, events: chance.binomial(950, baseline) },
      candidate: { requests: 50, events: chance.binomial(50, candidate) },
    });
    if (evidence.logE >= logBound(alpha)) return i;
  }
  return limit + 1;
}

describe('the 2x2 block evidence', () => {
  it.each(cases)('agrees with exact rational arithmetic: $name', ({ windows, logE }) => {
    const evidence = new TwoByTwo();
    for (const window of windows.split(' ')) {
      const [baseline = [], candidate = []] = window.split(':').map((side) => side.split(',').map(Number));
      evidence.add({ baseline: counts(baseline), candidate: counts(candidate) });
    }
    expect(Math.abs(evidence.logE - logE)).toBeLessThan(1e-11 * Math.max(1, Math.abs(logE)));
  });

  it('bets nothing in the first window, and nothing on a window with one side only', () => {
    const evidence = new TwoByTwo();
    evidence.add({ baseline: counts([900, 1]), candidate: counts([50, 50]) });
    expect(evidence.logE).toBe(0);
    evidence.add({ baseline: counts([0, 0]), candidate: counts([50, 50]) });
    expect(Math.abs(evidence.logE)).toBeLessThan(1e-12);
    evidence.add({ baseline: counts([900, 1]), candidate: counts([50, 50]) });
    expect(evidence.logE).toBeGreaterThan(10);
  });

  it('stays finite for counts from nothing to a thousand million', () => {
    const sizes = [0, 1, 1_000_000_000];
    const sides = sizes.flatMap((requests) =>
      [0, 1, 999_999_999, 1_000_000_000].map((events) => [requests, events]),
    );
    const possible = sides.filter(([requests = 0, events = 0]) => events <= requests).map(counts);
    for (const baseline of possible) {
      for (const candidate of possible) {
        const evidence = new TwoByTwo();
        for (const side of possible) {
          evidence.add({ baseline, candidate });
          evidence.add({ baseline: candidate, candidate: side });
          expect(evidence.logE).toSatisfy(Number.isFinite);
        }
      }
    }
  });

  it('errs with less than alpha over 240 looks through a shared incident', () => {
    const chance = random(71);
    const runs = 2_000;
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      const minute = minutesTo(chance, 0.05, 240, (i) =>
        i > 100 && i <= 110 ? [0.05, 0.05] : [0.005, 0.005],
      );
      if (minute <= 240) alarms += 1;
    }
    expect(isProvenBelow(0.05, alarms, runs), `${alarms} of ${runs}`).toBe(true);
  });

  it.each([
    [0.01, 52],
    [0.02, 10],
    [0.05, 3],
  ])('shows %d against 0.005 in a median of at most %d minutes at alpha 5 %', (rate, most) => {
    const chance = random(73);
    const times = Array.from({ length: 300 }, () => minutesTo(chance, 0.05, 240, () => [0.005, rate]));
    expect(times.sort((a, b) => a - b)[150]).toBeLessThanOrEqual(most);
  });

  it('refuses impossible counts', () => {
    const evidence = new TwoByTwo();
    expect(() => evidence.add({ baseline: counts([1, 2]), candidate: counts([1, 0]) })).toThrow(RangeError);
  });
});
