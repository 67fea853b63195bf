import type { Soak, Step } from './plan.ts';
import { type Instant, isNonEmpty } from './units.ts';
import type { Verdict } from './verdict.ts';

/** What the plan does with a verdict. `wait` is the watcher's answer only: nothing to decide yet. */
export type Decision =
  | { readonly kind: 'advance'; readonly says: string }
  | { readonly kind: 'promote'; readonly says: string }
  | { readonly kind: 'retire'; readonly says: string }
  | { readonly kind: 'rollback'; readonly says: string }
  | { readonly kind: 'hold'; readonly says: string }
  | { readonly kind: 'wait'; readonly says: string };

/** What becomes of a step that is still undecided at its deadline. */
export type AtDeadline = 'rollback' | 'hold';

/** When a step (or the soak) began, when it must be decided, and the moment of the look. */
export interface StepClock {
  readonly since: Instant;
  readonly deadline: Instant;
  readonly now: Instant;
}

/** What a decision asks of a plan. */
export interface Course {
  readonly steps: readonly Pick<Step, 'minBake'>[];
  readonly soak: Pick<Soak, 'span'>;
}

/**
 * @param step Index into `plan.steps`; equal to their number during the soak.
 * Rollback wins ties. A pass before `minBake` waits. Undecided never advances. The soak needs no proof of its own
 * (promotion had it): it ends in retirement when its span is over and no gate failed.
 */
export function decide(
  plan: Course,
  step: number,
  verdict: Verdict,
  { since, deadline, now }: StepClock,
  atDeadline: AtDeadline,
): Decision {
  if (verdict.kind === 'fail')
    return { kind: 'rollback', says: verdict.breached.map((breach) => breach.says).join('; ') };
  const age = now - since;
  const current = plan.steps[step];
  if (current === undefined) {
    return age >= plan.soak.span
      ? { kind: 'retire', says: 'the soak is over and no gate failed' }
      : { kind: 'wait', says: 'soaking' };
  }
  switch (verdict.kind) {
    case 'pass':
      if (age < current.minBake)
        return { kind: 'wait', says: 'proven; the step lasts a little longer by policy' };
      return isNonEmpty(plan.steps.slice(step + 1))
        ? { kind: 'advance', says: verdict.proven.join('; ') }
        : { kind: 'promote', says: verdict.proven.join('; ') };
    case 'undecided': {
      const lacking = verdict.missing.map((gap) => gap.what).join('; ');
      if (now < deadline) return { kind: 'wait', says: lacking };
      return { kind: atDeadline, says: `undecided at the deadline: ${lacking}` };
    }
  }
}
