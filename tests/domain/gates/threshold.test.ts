import { describe, expect, it } from 'vitest';
import type { Reading, WindowCounts } from '../../../src/domain/evidence.ts';
import type { ThresholdSpec } from '../../../src/domain/gate.ts';
import { ThresholdGate } from '../../../src/domain/gates/threshold.ts';
import { instant, minutes } from '../../../src/domain/units.ts';

const spec: ThresholdSpec = {
  name: 'auc',
  kind: 'threshold',
  metric: 'auc',
  min: 0.9,
  looks: 'one',
  alphaRollback: 0.01,
  alphaPromote: 0.05,
};

type Result = Omit<Reading, 'name'>;

const wellIn: Result = { value: 0.95, interval: [0.93, 0.97] };
const wellOut: Result = { value: 0.85, interval: [0.83, 0.87] };
const between: Result = { value: 0.9, interval: [0.88, 0.92] };

/** A gate after results that come one in a window, each with the step that it comes in. */
function gateOf(of: ThresholdSpec, ...results: (readonly [step: number, result: Result])[]): ThresholdGate {
  const gate = new ThresholdGate(of);
  for (const [index, [step, result]] of results.entries()) {
    const window: WindowCounts = {
      at: instant(1_700_000_000_000 + minutes(index)),
      span: minutes(1),
      step,
      baseline: null,
      candidate: null,
      readings: [{ name: 'auc', ...result }],
    };
    gate.add(window);
  }
  return gate;
}

type Results = Parameters<typeof gateOf> extends [unknown, ...infer Rest] ? Rest : never;
const gateAfter = (...results: Results): ThresholdGate => gateOf(spec, ...results);
const verdictAfter = (...results: Parameters<typeof gateAfter>) => gateAfter(...results).finding().verdict;

describe('a bound that takes each result at its word', () => {
  it('is broken for good by any result out of it, whatever came before and comes later', () => {
    expect(verdictAfter([0, wellIn], [0, wellOut])).toBe('fail');
    expect(verdictAfter([0, wellOut], [0, wellIn], [1, wellIn])).toBe('fail');
  });

  it('is proven by the last result of the step alone', () => {
    expect(verdictAfter([0, between], [0, wellIn])).toBe('pass');
    expect(verdictAfter([0, wellIn], [0, between])).toBe('undecided');
    const next = gateAfter([0, wellIn]);
    next.enter(1);
    expect(next.finding().verdict).toBe('undecided');
  });

  it('is broken beside a baseline only by an interval that lies beyond that, too', () => {
    const lacks = (result: Result) => gateAfter([0, result]).finding().missing?.what;
    expect(verdictAfter([0, { ...wellOut, baseline: 0.95 }])).toBe('fail');
    expect(verdictAfter([0, { ...wellOut, baseline: 0.8 }])).toBe('undecided');
    expect(lacks({ ...wellOut, baseline: 0.8 })).toContain('shared incident');
    expect(lacks({ value: 0.85, baseline: 0.95 })).toContain('give values an interval');
    // The interval decides, also where the value does not lie in it.
    const max = { ...spec, min: undefined, max: 0.3 };
    expect(gateOf(max, [0, { value: 0.29, interval: [0.31, 0.4], baseline: 0.5 }]).finding().verdict).toBe(
      'undecided',
    );
  });
});
