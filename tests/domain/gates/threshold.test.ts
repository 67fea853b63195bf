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
function gateAfter(...results: (readonly [step: number, result: Result])[]): ThresholdGate {
  const gate = new ThresholdGate(spec);
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
});
