import { describe, expect, it } from 'vitest';
import { gates } from '../../bench/judge/gates.ts';
import { type Contender, headgate } from '../../bench/judge/judges.ts';
import { measure } from '../../bench/judge/measure.ts';
import { mustHold } from '../../bench/judge/must-hold.ts';
import { scenarioNamed } from '../../bench/judge/scenarios/index.ts';
import { summarise } from '../../bench/judge/summary.ts';
import type { WindowCounts } from '../../src/domain/evidence.ts';
import type { GateSpec } from '../../src/domain/gate.ts';

/** What the bench says of our judge under these gates, shown what `alter` makes of the windows. */
function checksOf(
  name: string,
  runs: number,
  specOf: (spec: GateSpec) => GateSpec,
  alter: (window: WindowCounts) => WindowCounts = (window) => window,
) {
  const scenario = scenarioNamed(name);
  const [first, ...rest] = gates[scenario.gates];
  const judge = headgate([specOf(first), ...rest.map(specOf)]);
  const shown: Contender = {
    ...judge,
    start() {
      const inner = judge.start();
      return { look: (window) => inner.look(alter(window)) };
    },
  };
  const outcomes = measure(scenario, [shown], { seed: 5, from: 0, to: runs, runsOf: () => runs });
  const rows = [...outcomes].map(([by, of]) => summarise(scenario, by, of));
  return mustHold({ rows, releases: null, speed: null });
}
const heldOf = (promise: string, ...of: Parameters<typeof checksOf>) =>
  checksOf(...of).find((check) => check.promise.includes(promise))?.held;

const falsely = 'rolled back falsely';
const promoted = 'promoted falsely';
const caught = ': rolled back';
/** The same gate with other figures than it says; those that its kind does not have do nothing. */
const other =
  (figures: Partial<Record<string, number | string>>) =>
  (spec: GateSpec): GateSpec => ({ ...spec, ...figures });
const asIs = (spec: GateSpec): GateSpec => spec;

describe('a gate that takes more chances than it says turns the bench red', () => {
  it.each([
    'client-errors-alike',
    'client-errors-shared-rise',
    'client-errors-at-floor',
    'throughput-at-tolerated',
    'threshold-at-max',
    'threshold-at-min',
    'threshold-shared',
    'correlation-at-limit',
    'alone-alike',
    'alone-at-ceiling',
    'alone-at-ratio',
  ])('%s: rolling back', (name) => {
    expect(heldOf(falsely, name, 300, other({ alphaRollback: 0.9 }))).toBe('violated');
  });

  it.each([
    'client-errors-double',
    'throughput-30',
    'threshold-at-max',
    'threshold-at-min',
    'threshold-above',
    'threshold-shared',
    'threshold-late',
    'correlation-at-limit',
    'alone-at-ceiling',
  ])('%s: promoting', (name) => {
    expect(heldOf(promoted, name, 300, other({ alphaPromote: 0.999 }))).toBe('violated');
  });
});

describe('a gate of other figures than it says turns the bench red', () => {
  it.each([
    ['throughput-alike', falsely, { toleratedDrop: 0, alphaRollback: 0.9 }],
    ['throughput-shared-overload', falsely, { toleratedDrop: 0, alphaRollback: 0.9 }],
    ['alone-slo-at-limit', falsely, { quantile: 0.97 }],
    ['alone-slo-at-limit', promoted, { quantile: 0.93 }],
    ['client-errors-alike', falsely, { kind: 'errors' }],
    ['client-errors-double', caught, { kind: 'errors' }],
    ['client-errors-signature', caught, { kind: 'errors' }],
    ['throughput-30', caught, { toleratedDrop: 0.4 }],
    ['throughput-60-late', caught, { toleratedDrop: 0.7 }],
    ['threshold-above', caught, { max: 0.1 }],
    ['threshold-above-beside', caught, { max: 0.1 }],
    ['threshold-above-beside', promoted, { max: 0.2 }],
    ['threshold-below', caught, { min: 0.8 }],
    ['threshold-below', promoted, { min: 0.7 }],
    ['threshold-late', caught, { max: 0.1 }],
    ['correlation-0.6', caught, { min: 0.5 }],
    ['correlation-0.6', promoted, { min: 0.4 }],
  ])('%s, %s: %j', (name, promise, figures) => {
    expect(heldOf(promise, name, 300, other(figures))).toBe('violated');
  });
});

describe('a judge that is shown something else turns the bench red', () => {
  const stepless = (window: WindowCounts): WindowCounts => ({ ...window, step: 0 });
  it.each(['client-errors-signature', 'throughput-60-late', 'threshold-late', 'alone-harmful'])(
    '%s: what was healthy before vouches for what comes',
    (name) => {
      expect(heldOf(promoted, name, 100, asIs, stepless)).toBe('violated');
      expect(heldOf(promoted, name, 400, asIs)).toBe('ok');
    },
  );

  it.each(['alone-harmful', 'alone-late', 'alone-slo-late'])('%s: nothing once it is alone', (name) => {
    const beside = (window: WindowCounts): WindowCounts =>
      window.share === 1 ? { ...window, candidate: null } : window;
    expect(heldOf(caught, name, 50, asIs, beside)).toBe('violated');
  });

  it('threshold-shared: no baseline', () => {
    const single = (window: WindowCounts): WindowCounts => ({
      ...window,
      readings: (window.readings ?? []).map(({ baseline: _other, ...own }) => own),
    });
    expect(heldOf(falsely, 'threshold-shared', 50, asIs, single)).toBe('violated');
    expect(heldOf(falsely, 'threshold-shared', 400, asIs)).not.toBe('violated');
  });

  it('throughput-rows-lost: what is lost for throttled, so that the split looks good', () => {
    const filled = (window: WindowCounts): WindowCounts => {
      const { baseline, candidate } = window;
      if (!baseline || !candidate) return window;
      const lost = Math.max(0, Math.round(baseline.requests / 19) - candidate.requests);
      return { ...window, candidate: { ...candidate, throttled: lost } };
    };
    expect(heldOf(falsely, 'throughput-rows-lost', 50, asIs, filled)).toBe('violated');
    expect(heldOf(promoted, 'throughput-rows-lost', 50, other({ harmfulDrop: 0.9 }), filled)).toBe(
      'violated',
    );
  });
});

describe('nothing is promised', () => {
  it.each(['correlation-skewed', 'correlation-rare', 'alone-incident', 'alone-three-times'])(
    'of %s, which is only told',
    (name) => expect(checksOf(name, 2, asIs)).toEqual([]),
  );

  it.each(['alone-late', 'alone-slo-late'])('of the promotion before the harm of %s', (name) => {
    const promises = checksOf(name, 2, asIs).map(({ promise }) => promise);
    expect(promises).toEqual([`${name}${caught}`]);
  });
});
