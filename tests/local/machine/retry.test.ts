import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, planRetry } from '../../../local/machine/retry.ts';

const retrier = fc.record({
  ErrorEquals: fc.constantFrom<string[][]>(['A'], ['B'], ['A', 'B'], ['States.ALL'], ['States.TaskFailed']),
  IntervalSeconds: fc.integer({ min: 1, max: 1000 }),
  MaxAttempts: fc.integer({ min: 0, max: 8 }),
  BackoffRate: fc.double({ min: 1, max: 10, noNaN: true }),
  MaxDelaySeconds: fc.option(fc.integer({ min: 1, max: 31_622_399 }), { nil: undefined }),
  JitterStrategy: fc.constantFrom('FULL' as const, 'NONE' as const),
});

describe('the retries of a task', () => {
  it('end, whatever fails and in whatever order: each retrier grants at most its MaxAttempts', () => {
    fc.assert(
      fc.property(
        fc.array(retrier, { maxLength: 4 }),
        fc.infiniteStream(fc.constantFrom('A', 'B')),
        (rules, errors) => {
          let used: readonly number[] = [];
          let granted = 0;
          for (const error of errors) {
            const plan = planRetry(rules, { error, cause: '' }, used, () => 0.5);
            if (plan === undefined) break;
            used = plan.used;
            granted++;
          }
          expect(granted).toBeLessThanOrEqual(rules.reduce((sum, rule) => sum + rule.MaxAttempts, 0));
          for (const [index, count] of used.entries())
            expect(count).toBeLessThanOrEqual(rules[index]?.MaxAttempts ?? 0);
        },
      ),
    );
  });

  it('pause at most MaxDelaySeconds, at least the interval without jitter, and never longer with jitter than without', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(retrier, fc.nat(7), random, (rule, before, chance) => {
        const failing = { ...rule, ErrorEquals: ['A'], MaxAttempts: 8 };
        const delay = (JitterStrategy: 'FULL' | 'NONE') =>
          planRetry([{ ...failing, JitterStrategy }], { error: 'A', cause: '' }, [before], () => chance)
            ?.delay ?? 0;
        const most = failing.MaxDelaySeconds ?? Number.POSITIVE_INFINITY;
        expect(delay('NONE')).toBeLessThanOrEqual(most * 1000);
        expect(delay('NONE')).toBeGreaterThanOrEqual(Math.min(failing.IntervalSeconds, most) * 1000);
        expect(delay('FULL')).toBeLessThanOrEqual(delay('NONE'));
      }),
    );
  });

  it('are never granted for States.Runtime, and for States.DataLimitExceeded only by name', () => {
    const names = [
      'States.ALL',
      'States.TaskFailed',
      'States.Timeout',
      'States.Runtime',
      'States.DataLimitExceeded',
    ];
    const covering = (error: string) => names.filter((name) => matches([name], { error, cause: '' }));
    expect(covering('States.Runtime')).toEqual([]);
    expect(covering('States.DataLimitExceeded')).toEqual(['States.DataLimitExceeded']);
    expect(covering('States.Timeout')).toEqual(['States.ALL', 'States.Timeout']);
    expect(covering('Custom')).toEqual(['States.ALL', 'States.TaskFailed']);
  });
});
