import { describe, expect, it } from 'vitest';
import { gates } from '../../bench/judge/gates.ts';
import { type Contender, contendersOf, headgate, OURS } from '../../bench/judge/judges.ts';
import { append, measure, noOutcomes } from '../../bench/judge/measure.ts';
import { mustHold } from '../../bench/judge/must-hold.ts';
import { stream } from '../../bench/judge/random.ts';
import { release, shippedPolicy, usualTraffic } from '../../bench/judge/releases.ts';
import { scenarioNamed, scenarios } from '../../bench/judge/scenarios/index.ts';
import { runsOf, slice } from '../../bench/judge/sizes.ts';
import { summarise } from '../../bench/judge/summary.ts';
import { perform } from '../../bench/judge/worker.ts';
import type { WindowCounts } from '../../src/domain/evidence.ts';
import type { GateSpec } from '../../src/domain/gate.ts';
import type { NonEmpty } from '../../src/domain/units.ts';

/** What the bench says of one judge in one scenario. */
function checksOf(name: string, judge: Contender, runs: number) {
  const scenario = scenarioNamed(name);
  const outcomes = measure(scenario, [judge], { seed: 5, from: 0, to: runs, runsOf: () => runs });
  const rows = [...outcomes].map(([by, of]) => summarise(scenario, by, of));
  return mustHold({ rows, releases: null, speed: null });
}
const heldOf = (name: string, judge: Contender, runs: number, promise: string) =>
  checksOf(name, judge, runs).find((check) => check.promise.includes(promise))?.held;

/** Our judge, shown something else than what was. */
const shown = (
  alter: (window: WindowCounts) => WindowCounts,
  specs: NonEmpty<GateSpec> = gates.errors,
): Contender => {
  const judge = headgate(specs);
  return {
    ...judge,
    start() {
      const inner = judge.start();
      return { look: (window) => inner.look(alter(window)) };
    },
  };
};
const asIs = (window: WindowCounts) => window;

describe('a broken judge turns the bench red', () => {
  it('that takes the configured share for the real one, where they differ', () => {
    const nominal = (window: WindowCounts): WindowCounts => {
      const { share = 0.05, baseline, candidate } = window;
      if (!baseline || !candidate) return window;
      const requests = Math.max(
        candidate.errors,
        Math.round(share * (baseline.requests + candidate.requests)),
      );
      const rest = baseline.requests + candidate.requests - requests;
      const { share: _told, ...untold } = window;
      return {
        ...untold,
        baseline: { ...baseline, requests: rest },
        candidate: { ...candidate, requests },
      };
    };
    const untold = ({ share: _told, ...window }: WindowCounts): WindowCounts => window;
    const falsely = (judge: Contender) => {
      const scenario = scenarioNamed('share-unlike-configured');
      const outcomes = measure(scenario, [judge], { seed: 5, from: 0, to: 400, runsOf: () => 400 });
      return [...outcomes].map(([name, of]) => summarise(scenario, name, of).falseRollback.rate)[0] ?? 1;
    };
    // 86 % and 0.4 % were measured, the split unchecked.
    expect(falsely(shown(nominal))).toBeGreaterThan(0.5);
    expect(falsely(shown(untold))).toBeLessThan(0.02);
    expect(heldOf('share-unlike-configured', shown(nominal), 400, 'rolled back falsely')).toBe('violated');
    expect(heldOf('share-unlike-configured', shown(asIs), 400, 'rolled back falsely')).toBe('ok');
  });

  it('that does not check the split', () => {
    const untold = ({ share: _told, ...window }: WindowCounts): WindowCounts => window;
    expect(heldOf('rows-lost', shown(untold), 400, 'rolled back falsely')).toBe('violated');
    expect(heldOf('rows-lost', shown(asIs), 400, 'rolled back falsely')).toBe('ok');
  });

  it('whose error budget is ten times what it says', () => {
    const [first] = gates.errors;
    const lax: NonEmpty<GateSpec> = [{ ...first, alphaRollback: 0.1 }];
    expect(heldOf('stationary', shown(asIs, lax), 500, 'rolled back falsely')).toBe('violated');
  });

  it('that takes missing rows for none', () => {
    const forgetful = ({ missing: _rows, ...window }: WindowCounts): WindowCounts => window;
    expect(heldOf('baseline-errors-omitted-known', shown(forgetful), 200, 'rolled back falsely')).toBe(
      'violated',
    );
    expect(heldOf('baseline-errors-omitted-known', shown(asIs), 400, 'rolled back falsely')).toBe('ok');
  });

  it('that lets what was seen at 5 % vouch for 50 %', () => {
    const stepless = (window: WindowCounts): WindowCounts => ({ ...window, step: 0 });
    const scenario = 'harmful-at-half';
    expect(heldOf(scenario, shown(stepless), 100, 'promoted falsely')).toBe('violated');
    expect(heldOf(scenario, shown(asIs), 400, 'promoted falsely')).toBe('ok');
  });

  it('that counts an input as often as it comes', () => {
    let at = 0;
    const renamed = (window: WindowCounts): WindowCounts => ({
      ...window,
      pairs: (window.pairs ?? []).map((pair) => {
        at += 1;
        return { ...pair, input: `${at}` };
      }),
    });
    expect(heldOf('replayed-probes', shown(renamed, gates.quality), 200, 'rolled back falsely')).toBe(
      'violated',
    );
  });

  it('that sees only every third window', () => {
    const idle: Contender = {
      ...headgate(gates.errors),
      start() {
        const inner = headgate(gates.errors).start();
        let look = 0;
        return {
          look(window) {
            look += 1;
            return look % 3 === 0 ? inner.look(window) : 'none';
          },
        };
      },
    };
    expect(heldOf('errors-2', idle, 200, 'beside N*')).toBe('violated');
    expect(heldOf('errors-2', headgate(gates.errors), 200, 'beside N*')).toBe('ok');
  });

  it('that never rolls back', () => {
    const blind: Contender = { ...headgate(gates.errors), start: () => ({ look: () => 'none' }) };
    expect(heldOf('dead', blind, 20, 'dead: rolled back')).toBe('violated');
  });
});

describe('a bound that so few runs cannot show', () => {
  it('is neither held nor violated', () => {
    expect(heldOf('zero-errors', headgate(gates.errors), 20, 'rolled back falsely')).toBe('unshown');
    expect(heldOf('zero-errors', headgate(gates.errors), 400, 'rolled back falsely')).toBe('ok');
  });
});

describe('the figures', () => {
  const scenario = scenarioNamed('errors-5');

  it('do not depend on where the slices begin', () => {
    const contenders = contendersOf(scenario);
    const at = { seed: 9, runsOf: () => 100 };
    const whole = measure(scenario, contenders, { ...at, from: 0, to: 7 });
    const parts = [
      measure(scenario, contenders, { ...at, from: 0, to: 3 }),
      measure(scenario, contenders, { ...at, from: 3, to: 7 }),
    ];
    for (const [name, outcomes] of whole) {
      const together = noOutcomes();
      for (const part of parts) append(together, part.get(name) ?? noOutcomes());
      expect(together).toEqual(outcomes);
    }
  });

  it('of our judge do not depend on who looks beside it', () => {
    const task = { id: 0, kind: 'scenario', scenario: scenario.name, seed: 9, from: 0, to: 5 } as const;
    const alone = measure(scenario, [headgate(gates.errors)], { seed: 9, from: 0, to: 5, runsOf: () => 5 });
    expect(perform({ ...task, sizes: slice }).outcomes.get(OURS)).toEqual(alone.get(OURS));
  });

  it('count from the onset of harm', () => {
    const late = scenarioNamed('bug-from-minute-120');
    const always: Contender = { ...headgate(gates.errors), start: () => ({ look: () => 'rollback' }) };
    const [row] = [...measure(late, [always], { seed: 1, from: 0, to: 3, runsOf: () => 3 })].map(
      ([name, of]) => summarise(late, name, of),
    );
    expect(row?.falseRollback.seen).toBe(3);
    expect(row?.delay).toBeNull();
  });

  it('are of as many runs as are told', () => {
    for (const one of scenarios) {
      const [ours] = contendersOf(one);
      expect(ours && runsOf(one, ours, slice)).toBeGreaterThanOrEqual(2000);
    }
  });
});

describe('a healthy release', () => {
  const shipped = shippedPolicy();

  it('goes through the steps of the shipped plan, none shorter than it may be', () => {
    const end = release(shipped, usualTraffic, stream(1, 'release', 0), 600);
    const least = shipped.plan.steps.reduce((sum, { minBake }) => sum + minBake / 60_000, 0);
    expect(end.kind).toBe('promoted');
    expect(end.minutes).toBeGreaterThanOrEqual(least);
  });

  it('is late where there is hardly any traffic', () => {
    const end = release(shipped, { ...usualTraffic, perMinute: 1 }, stream(1, 'release', 0), 180);
    expect(end).toEqual({ kind: 'late', minutes: 180 });
  });

  it('is not one that fails always', () => {
    const ends = release(shipped, { ...usualTraffic, p95Ms: 2000 }, stream(1, 'release', 1), 180);
    expect(ends.kind).toBe('late');
  });
});
