import { hours, isNonEmpty, type Millis, minutes, type NonEmpty, type Percent, percent } from './units.ts';

/** One rung of the ladder: the candidate's share, and how long it is looked at. */
export interface Step {
  readonly candidate: Percent;
  /** Names of the gates that judge the step; each of them must pass. */
  readonly gates: NonEmpty<string>;
  /** The step lasts at least this long, however good the evidence. */
  readonly minBake: Millis;
  /** Undecided at this age, the release does what policy says (default: rolls back). */
  readonly deadline: Millis;
}

/** After 100 %: the baseline stays warm and the gates stay armed for this long. */
export interface Soak {
  readonly gates: NonEmpty<string>;
  readonly span: Millis;
}

export type Strategy =
  | { readonly kind: 'canary'; readonly steps: readonly StepDraft[] }
  | { readonly kind: 'linear'; readonly by: number; readonly step: StepTiming }
  | { readonly kind: 'blueGreen'; readonly step: StepTiming };

export interface StepTiming {
  readonly minBake?: Millis | undefined;
  readonly deadline?: Millis | undefined;
  /** The plan's gates when absent. */
  readonly gates?: readonly string[] | undefined;
}

export interface StepDraft extends StepTiming {
  readonly candidate: number;
}

export interface Plan {
  readonly strategy: Strategy['kind'];
  readonly steps: NonEmpty<Step>;
  readonly soak: Soak;
}

/** Why a plan cannot be used, in words for the person who wrote the policy. */
export interface PlanFault {
  readonly rule: 'steps' | 'gates' | 'shares' | 'times';
  readonly says: string;
}

const usual = { minBake: minutes(10), deadline: hours(3), soak: hours(1) };

/**
 * Every strategy is a list of steps with rising shares: canary as written, linear every `by` percent below 100,
 * blue-green one step at 100 % (the candidate was warmed and shadowed before).
 * @param gates Names of the gates that judge where a step names none. All of them judge the last step: promotion rests on
 * what was proven at the largest share.
 */
export function planOf(
  strategy: Strategy,
  gates: readonly string[],
  soak: { readonly span?: Millis | undefined; readonly gates?: readonly string[] | undefined } = {},
): Plan | PlanFault {
  const drafts = draftsOf(strategy);
  if ('says' in drafts) return drafts;
  const steps: Step[] = [];
  let below = 0;
  for (const draft of drafts) {
    const label = `step ${steps.length + 1} (${draft.candidate} %)`;
    if (!Number.isInteger(draft.candidate) || draft.candidate < 1 || draft.candidate > 100) {
      return { rule: 'shares', says: `${label}: a share is an integer from 1 to 100` };
    }
    if (draft.candidate <= below) {
      return { rule: 'shares', says: `${label}: shares must rise, and the step before has ${below} %` };
    }
    const judged = draft.gates ?? gates;
    if (!isNonEmpty(judged))
      return { rule: 'gates', says: `${label}: no gate judges it, so nothing could be proven` };
    const minBake = draft.minBake ?? usual.minBake;
    const deadline = draft.deadline ?? usual.deadline;
    if (deadline <= minBake) return { rule: 'times', says: `${label}: the deadline must come after minBake` };
    steps.push({ candidate: percent(draft.candidate), gates: judged, minBake, deadline });
    below = draft.candidate;
  }
  const lacking = gates.filter((gate) => !steps.at(-1)?.gates.includes(gate));
  if (steps.length > 0 && lacking.length > 0) {
    const label = `step ${steps.length} (${below} %)`;
    return {
      rule: 'gates',
      says: `${label}: it is the last, and promotion needs the proof of every gate there; ${lacking.join(' and ')} does not judge it`,
    };
  }
  const soakGates = soak.gates ?? gates;
  if (!isNonEmpty(steps)) return { rule: 'steps', says: 'the strategy has no steps' };
  if (!isNonEmpty(soakGates)) return { rule: 'gates', says: 'soak: no gate judges it' };
  return { strategy: strategy.kind, steps, soak: { gates: soakGates, span: soak.span ?? usual.soak } };
}

function draftsOf(strategy: Strategy): readonly StepDraft[] | PlanFault {
  switch (strategy.kind) {
    case 'canary':
      return strategy.steps;
    case 'linear': {
      if (!Number.isInteger(strategy.by) || strategy.by < 1 || strategy.by > 99) {
        return { rule: 'shares', says: `linear: \`by\` is an integer from 1 to 99, not ${strategy.by}` };
      }
      const count = Math.ceil(100 / strategy.by) - 1;
      return Array.from({ length: count }, (_, index) => ({
        ...strategy.step,
        candidate: strategy.by * (index + 1),
      }));
    }
    case 'blueGreen':
      return [{ ...strategy.step, candidate: 100 }];
  }
}
