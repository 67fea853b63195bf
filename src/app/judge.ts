import { type AtDeadline, type Decision, decide } from '../domain/decision.ts';

export type { Exposure } from '../domain/exposure.ts';

import type { Observation, WindowCounts } from '../domain/evidence.ts';
import type { Exposure } from '../domain/exposure.ts';
import type { GateFinding, GateSpec } from '../domain/gate.ts';
import { verdictOver } from '../domain/gates/words.ts';
import { Judge } from '../domain/judge.ts';
import { type Instant, instant, type Millis, millis, type NonEmpty } from '../domain/units.ts';
import { gateSpecsOf } from './gate-specs.ts';
import { gatesOf, type PlanDocument } from './plan-document.ts';

/** The only way to an opinion: evidence in, verdicts and a certificate out. */

/** Everything a decision rests on, frozen by the watcher. */
export interface Snapshot {
  readonly schema: 'headgate.snapshot/v1';
  readonly releaseId: string;
  readonly step: number;
  readonly since: number;
  readonly deadline: number;
  readonly at: number;
  readonly observation: Observation;
  /** Only where people set the shares: what they were, which nobody else can know. */
  readonly exposure?: readonly Exposure[];
}

/** What the certificate says, and what anyone can recompute from its windows and specs. */
export interface Judgement {
  readonly specs: NonEmpty<GateSpec>;
  /** Names of the gates whose proof the step needs. */
  readonly required: readonly string[];
  readonly findings: NonEmpty<GateFinding>;
  readonly decision: Decision;
}

/**
 * Gives each window the step and the share whose exposure holds all of it. Windows that straddle a change of shares are
 * dropped: which side of the change a request of theirs met is not known. Clients that stick to a side are not split by
 * the share, so with them it stays untold, but for all of it.
 */
export function windowsBySteps(
  windows: readonly WindowCounts[],
  exposures: readonly Exposure[],
  { sticky = false }: { readonly sticky?: boolean } = {},
): WindowCounts[] {
  return windows.flatMap((window) => {
    const end = window.at + window.span;
    const home = exposures.find(
      (exposure) => exposure.from <= window.at && end <= (exposure.until ?? Number.POSITIVE_INFINITY),
    );
    if (!home) return [];
    const share = sticky && home.candidate < 100 ? undefined : home.candidate / 100;
    return [{ ...window, step: home.step, ...(share !== undefined && { share }) }];
  });
}

/** Everything that findings and decision follow from: what a certificate carries. */
export interface Grounds {
  readonly specs: NonEmpty<GateSpec>;
  /** Names of the gates whose proof the step needs. */
  readonly required: readonly string[];
  readonly observation: Observation;
  readonly step: number;
  readonly decidedAt: Instant;
  /** What turns verdicts into a decision: see `decide`. */
  readonly rule: {
    /** How many steps the plan has; the soak comes after them. */
    readonly steps: number;
    readonly since: Instant;
    readonly deadline: Instant;
    readonly minBake: Millis;
    readonly soak: Millis;
    readonly atDeadline: AtDeadline;
  };
}

export function groundsOf(document: PlanDocument, snapshot: Snapshot): Grounds {
  const { plan, policy } = document;
  const { step, observation, at, since, deadline } = snapshot;
  return {
    specs: gateSpecsOf(policy),
    required: gatesOf(document, step).map(({ name }) => name),
    observation,
    step,
    decidedAt: instant(at),
    rule: {
      steps: plan.steps.length,
      since: instant(since),
      deadline: instant(deadline),
      minBake: plan.steps[step]?.minBake ?? millis(0),
      soak: plan.soak.span,
      atDeadline: policy.atDeadline,
    },
  };
}

/**
 * The same grounds always give the same findings and decision.
 * @throws RangeError for counts that are none, or where no gate is required.
 */
export function judgementOn(grounds: Grounds): Pick<Judgement, 'findings' | 'decision'> {
  const { specs, required, observation, step, decidedAt, rule } = grounds;
  const gates = new Judge(specs);
  for (const window of observation.windows) gates.add(window);
  gates.enter(step);
  const { findings } = gates.judgement();
  const { minBake, since, deadline, soak, atDeadline } = rule;
  const course = { steps: Array.from({ length: rule.steps }, () => ({ minBake })), soak: { span: soak } };
  const verdict = verdictOver(findings, new Set(required));
  return {
    findings,
    decision: decide(course, step, verdict, { since, deadline, now: decidedAt }, atDeadline),
  };
}

/** The same snapshot always gives the same judgement. */
export function judge(document: PlanDocument, snapshot: Snapshot): Judgement {
  const grounds = groundsOf(document, snapshot);
  return { specs: grounds.specs, required: grounds.required, ...judgementOn(grounds) };
}

/** When a step must be decided. One that a person let go on after its deadline gets the same time once more. */
export function deadlineOf(document: PlanDocument, step: number, since: number, now: Instant): Instant {
  const span = document.plan.steps[step]?.deadline ?? document.plan.soak.span;
  return instant(since + span > now ? since + span : now + span);
}
