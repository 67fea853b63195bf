import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Plan, type PlanFault, planOf, type StepDraft, type Strategy } from '../../src/domain/plan.ts';
import { hours, minutes } from '../../src/domain/units.ts';

const gates = ['errors', 'latency'];
const canary = (...shares: number[]): Strategy => ({
  kind: 'canary',
  steps: shares.map((candidate) => ({ candidate })),
});
const draft = (step: StepDraft): Strategy => ({ kind: 'canary', steps: [step] });

function accepted(plan: Plan | PlanFault): Plan {
  if ('says' in plan) throw new Error(plan.says);
  return plan;
}
const sharesOf = (plan: Plan | PlanFault) => accepted(plan).steps.map((step) => Number(step.candidate));

const aStrategy: fc.Arbitrary<Strategy> = fc.oneof(
  fc.array(fc.record({ candidate: fc.integer({ min: -3, max: 103 }) }), { maxLength: 5 }).map(
    (steps): Strategy => ({
      kind: 'canary',
      steps: [...steps].sort((a, b) => a.candidate - b.candidate),
    }),
  ),
  fc.integer({ min: -1, max: 101 }).map((by): Strategy => ({ kind: 'linear', by, step: {} })),
  fc.constant<Strategy>({ kind: 'blueGreen', step: {} }),
);

describe('a plan', () => {
  it('has steps whose shares strictly rise within 1 to 100, each with gates, or is a fault', () => {
    fc.assert(
      fc.property(aStrategy, (strategy) => {
        const plan = planOf(strategy, gates);
        if ('says' in plan) {
          expect(plan.says).not.toBe('');
          return;
        }
        const shares = sharesOf(plan);
        expect(shares.every((share) => share >= 1 && share <= 100)).toBe(true);
        expect(shares.every((share, index) => index === 0 || share > (shares[index - 1] ?? 0))).toBe(true);
        expect(plan.steps.every((step) => step.gates.length > 0 && step.deadline > step.minBake)).toBe(true);
      }),
    );
  });

  it('is for a linear strategy every multiple below 100', () => {
    expect(sharesOf(planOf({ kind: 'linear', by: 25, step: {} }, gates))).toEqual([25, 50, 75]);
    expect(sharesOf(planOf({ kind: 'linear', by: 30, step: {} }, gates))).toEqual([30, 60, 90]);
    expect(sharesOf(planOf({ kind: 'linear', by: 99, step: {} }, gates))).toEqual([99]);
    expect(sharesOf(planOf({ kind: 'linear', by: 1, step: {} }, gates))).toHaveLength(99);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), (by) => {
        const shares = Array.from({ length: 99 }, (_, index) => index + 1).filter(
          (share) => share % by === 0,
        );
        const asCanary = accepted(planOf(canary(...shares), gates));
        expect(planOf({ kind: 'linear', by, step: {} }, gates)).toEqual({ ...asCanary, strategy: 'linear' });
      }),
    );
  });

  it('is for blue-green the canary of one step at 100 %', () => {
    const timing = { minBake: minutes(5), deadline: hours(1), gates: ['latency', 'errors'] };
    const blueGreen = planOf({ kind: 'blueGreen', step: timing }, gates);
    const one = accepted(planOf(draft({ candidate: 100, ...timing }), gates));
    expect(blueGreen).toEqual({ ...one, strategy: 'blueGreen' });
  });

  it('gives a step its own gates and times, and the usual ones where it names none', () => {
    const strategy: Strategy = {
      kind: 'canary',
      steps: [
        { candidate: 5, minBake: minutes(1), deadline: minutes(2), gates: ['errors'] },
        { candidate: 50 },
      ],
    };
    const { steps, soak } = accepted(planOf(strategy, gates));
    expect(steps).toEqual([
      { candidate: 5, minBake: minutes(1), deadline: minutes(2), gates: ['errors'] },
      { candidate: 50, minBake: minutes(10), deadline: hours(3), gates },
    ]);
    expect(soak).toEqual({ gates, span: hours(1) });
    expect(accepted(planOf(strategy, gates, { span: minutes(3), gates: ['errors'] })).soak).toEqual({
      gates: ['errors'],
      span: minutes(3),
    });
  });

  it.each<[string, Plan | PlanFault, PlanFault['rule'], string]>([
    ['no steps', planOf(canary(), gates), 'steps', 'no steps'],
    ['a share of 0', planOf(canary(5, 0), gates), 'shares', 'step 2 (0 %)'],
    ['a share above 100', planOf(canary(101), gates), 'shares', 'step 1 (101 %)'],
    ['half a percent', planOf(canary(0.5), gates), 'shares', 'step 1 (0.5 %)'],
    ['no number', planOf(canary(Number.NaN), gates), 'shares', 'step 1 (NaN %)'],
    ['equal shares', planOf(canary(5, 5), gates), 'shares', 'step 2 (5 %)'],
    ['falling shares', planOf(canary(5, 50, 25), gates), 'shares', 'step 3 (25 %)'],
    ['a policy without gates', planOf(canary(5), []), 'gates', 'step 1 (5 %)'],
    [
      'a last step that not every gate judges',
      planOf(draft({ candidate: 50, gates: ['errors'] }), gates),
      'gates',
      'step 1 (50 %): it is the last',
    ],
    ['a step without gates', planOf(draft({ candidate: 7, gates: [] }), gates), 'gates', 'step 1 (7 %)'],
    ['a soak without gates', planOf(canary(5), gates, { gates: [] }), 'gates', 'soak'],
    [
      'a deadline at minBake',
      planOf(draft({ candidate: 5, minBake: minutes(9), deadline: minutes(9) }), gates),
      'times',
      'step 1 (5 %)',
    ],
    ['linear by 0', planOf({ kind: 'linear', by: 0, step: {} }, gates), 'shares', 'linear'],
    ['linear by 100', planOf({ kind: 'linear', by: 100, step: {} }, gates), 'shares', 'linear'],
    ['linear by a fraction', planOf({ kind: 'linear', by: 2.5, step: {} }, gates), 'shares', 'linear'],
  ])('refuses %s and says where', (_, plan, rule, where) => {
    expect(plan).toMatchObject({ rule, says: expect.stringContaining(where) });
  });
});
