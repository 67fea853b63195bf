import type { GateSpec } from '../gate.ts';
import { Judge } from '../judge.ts';
import type { Plan, Step } from '../plan.ts';
import type { NonEmpty } from '../units.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type Cadence, delayS } from './times.ts';
import type { TrafficModel } from './traffic-model.ts';
import { Windows } from './windows.ts';

/** What a change of the share takes until it is observed: Databricks needs 10 to 60 s. */
export const shiftS = 60;

export interface PlanRun {
  /** Steps that were passed. */
  readonly passed: number;
  /** From the first shift to the decision to promote; infinite where it never came. */
  readonly promotedS: number;
}

/** Runs are made in such parts until the error is small enough. */
const batch = 100;
const smallError = 0.03;

/** Half of the 95 % interval of the chance of promotion; two more of either outcome (Agresti and Coull) keep it honest at 0 and 1. */
export function errorOf(runs: readonly PlanRun[]): number {
  const n = runs.length + 4;
  const chance = (runs.filter(({ promotedS }) => Number.isFinite(promotedS)).length + 2) / n;
  return 1.96 * Math.sqrt((chance * (1 - chance)) / n);
}

/** Healthy releases through all steps of the plan, judged by all these gates together as they are live. */
export function healthyReleases(about: {
  readonly plan: Plan;
  readonly specs: NonEmpty<GateSpec>;
  readonly model: TrafficModel;
  readonly cadence: Cadence;
  /** At most. */
  readonly runs: number;
  readonly seed: number;
}): PlanRun[] {
  const windows = new Windows(about.specs, about.model);
  const runs: PlanRun[] = [];
  while (
    runs.length < about.runs &&
    (runs.length % batch > 0 || runs.length === 0 || errorOf(runs) > smallError)
  )
    runs.push(oneRelease(about, windows, chanceOf(about.seed, runs.length)));
  return runs;
}

function oneRelease(
  {
    plan,
    specs,
    cadence,
  }: { readonly plan: Plan; readonly specs: NonEmpty<GateSpec>; readonly cadence: Cadence },
  windows: Windows,
  chance: Chance,
): PlanRun {
  const judge = new Judge(specs);
  let now = 0;
  for (const [index, step] of plan.steps.entries()) {
    const since = now + shiftS;
    const age = passedAt(judge, windows, chance, { step, index, since, cadence, specs });
    if (age === undefined) return { passed: index, promotedS: Number.POSITIVE_INFINITY };
    now = since + age;
  }
  return { passed: plan.steps.length, promotedS: now };
}

/** Steps of days are judged in longer windows: so many in a step are enough to see when it passes. */
const mostWindows = 240;

/** Age at which the step passes, as `decide` has it; undefined where it is rolled back or undecided at its deadline. */
function passedAt(
  judge: Judge,
  windows: Windows,
  chance: Chance,
  at: {
    readonly step: Step;
    readonly index: number;
    readonly since: number;
    readonly cadence: Cadence;
    readonly specs: NonEmpty<GateSpec>;
  },
): number | undefined {
  const { step, index, since, cadence, specs } = at;
  const [minBakeS, deadlineS, share] = [step.minBake / 1000, step.deadline / 1000, step.candidate / 100];
  const required = new Set(specs.map(({ name }) => name).filter((name) => step.gates.includes(name)));
  // Gates that cannot be foreseen hold nothing up here; the report names them.
  if (required.size === 0) return minBakeS;
  const spanS = cadence.windowS * Math.ceil(deadlineS / cadence.windowS / mostWindows);
  const everyS = Math.max(1, cadence.everyS, spanS > cadence.windowS ? spanS : 0);
  judge.enter(index);
  for (let [age, seen] = [everyS, 0]; ; age += everyS) {
    for (; (seen + 1) * spanS <= age - delayS(cadence); seen += 1) {
      const atS = since + cadence.windowS + seen * spanS;
      judge.add(windows.draw(chance, { atS, spanS, step: index, share }));
    }
    if (age >= minBakeS) {
      const { decision } = judge.judgement(required);
      if (decision === 'promote') return age;
      if (decision === 'rollback') return undefined;
    }
    if (age >= deadlineS) return undefined;
  }
}
