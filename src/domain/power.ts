import type { GateSpec } from './gate.ts';
import type { Plan, Step } from './plan.ts';
import { decidableFrom, hopeless, remedyFor, remedyInWords, undecidableBelow } from './power/advice.ts';
import { errorOf, healthyReleases, type PlanRun } from './power/plan-runs.ts';
import { informationBound, type Regression, regressionsFor } from './power/regressions.ts';
import type {
  GatePower,
  PlanPower,
  PowerReport,
  PowerVerdict,
  Runs,
  Sight,
  Spread,
  StepPower,
} from './power/report.ts';
import {
  type Cadence,
  longestStepS,
  partWithin,
  type Question,
  quantile,
  timesUntil,
} from './power/times.ts';
import { lackingFor, type TrafficModel } from './power/traffic-model.ts';
import { isNonEmpty, type NonEmpty } from './units.ts';

export type { GatePower, PowerReport, Runs } from './power/report.ts';

export interface PowerQuestion {
  readonly plan: Plan;
  readonly specs: NonEmpty<GateSpec>;
  readonly cadence: Cadence;
  readonly traffic: TrafficModel;
  readonly runs?: Runs;
  readonly seed?: number;
}

/** Two seconds for four steps and two gates; chances near 80 % are known to 5 points. */
const usualRuns: Runs = { plan: 1000, healthy: 300, harmful: 100 };
const usualSeed = 20_261_121;

/** @throws RangeError for rates outside of 0 to 1, or traffic that is none. */
export function powerOf(question: PowerQuestion): PowerReport {
  const { plan, specs, cadence, traffic, runs = usualRuns, seed = usualSeed } = question;
  checkTraffic(traffic);
  const about: About = { specs, cadence, traffic, runs, seed };
  const known = specs.filter((spec) => lackingFor(spec, traffic) === undefined);
  const releases = isNonEmpty(known)
    ? healthyReleases({ plan, specs: known, model: traffic, cadence, runs: runs.plan, seed })
    : [];
  const steps = plan.steps.map((step, index) => stepPower(about, step, releases, index));
  return {
    traffic,
    runs,
    seed,
    plan: planPower(releases, plan.steps.length, namesOf(specs.filter((spec) => !known.includes(spec)))),
    steps,
    advice: adviceFor(traffic, steps),
  };
}

interface About {
  readonly specs: NonEmpty<GateSpec>;
  readonly cadence: Cadence;
  readonly traffic: TrafficModel;
  readonly runs: Runs;
  readonly seed: number;
}

const namesOf = (specs: readonly GateSpec[]): string[] => specs.map(({ name }) => name);

function planPower(releases: readonly PlanRun[], steps: number, leftOut: readonly string[]): PlanPower {
  if (releases.length === 0)
    return { promoted: null, within3h: null, runs: 0, error: 1, medianS: null, p80S: null, leftOut };
  const times = releases.map(({ promotedS }) => promotedS).sort((a, b) => a - b);
  return {
    promoted: releases.filter(({ passed }) => passed === steps).length / releases.length,
    within3h: partWithin(times, 3 * 3600),
    runs: releases.length,
    error: errorOf(releases),
    medianS: quantile(times, 0.5),
    p80S: quantile(times, 0.8),
    leftOut,
  };
}

function stepPower(about: About, step: Step, releases: readonly PlanRun[], index: number): StepPower {
  const came = releases.filter(({ passed }) => passed >= index).length;
  const passed = releases.filter((release) => release.passed > index).length;
  const gates = about.specs.filter(({ name }) => step.gates.includes(name));
  return {
    candidate: step.candidate,
    minBakeS: step.minBake / 1000,
    deadlineS: step.deadline / 1000,
    passed: came === 0 ? null : passed / came,
    gates: gates.map((spec) => gatePower(about, spec, step)),
  };
}

function gatePower({ cadence, traffic, runs, seed }: About, spec: GateSpec, step: Step): GatePower {
  const { name: gate, kind } = spec;
  const lacks = lackingFor(spec, traffic);
  if (lacks !== undefined) {
    const clears = { medianS: null, p80S: null, p90S: null };
    return { gate, kind, verdict: 'unknown', chance: null, clears, sees: [], remedy: null, says: lacks };
  }
  const deadlineS = step.deadline / 1000;
  const share = step.candidate / 100;
  const question = { spec, model: traffic, share, cadence, runs: runs.healthy, seed, horizonS: longestStepS };
  const times = timesUntil('pass', question);
  const chance = partWithin(times, deadlineS);
  const verdict = verdictOf(chance);
  const why = verdict === 'decidable' ? undefined : hopeless(spec, traffic, share);
  const remedy = verdict === 'decidable' || why !== undefined ? null : remedyFor(question, times, deadlineS);
  const harmful = { ...question, runs: runs.harmful };
  return {
    gate,
    kind,
    verdict,
    chance,
    clears: { ...spreadOf(times), p80S: quantile(times, 0.8) },
    sees: regressionsFor(spec, traffic).map((regression) => sightOf(harmful, regression, deadlineS)),
    remedy,
    says: why ?? (remedy && remedyInWords(remedy)),
  };
}

function verdictOf(chance: number): PowerVerdict {
  if (chance >= decidableFrom) return 'decidable';
  return chance < undecidableBelow ? 'undecidable' : 'slow';
}

function sightOf(question: Question, regression: Regression, deadlineS: number): Sight {
  const { spec, share, model } = question;
  const times = timesUntil('fail', { ...question, candidate: regression.behaviour });
  const requests = regression.rates && informationBound(regression.rates, share, spec.alphaRollback);
  return {
    what: regression.says,
    chance: partWithin(times, deadlineS),
    ...spreadOf(times),
    bound: requests === undefined ? null : { requests, s: requests / (model.perSecond * share) },
  };
}

const spreadOf = (times: readonly number[]): Spread => ({
  medianS: quantile(times, 0.5),
  p90S: quantile(times, 0.9),
});

function adviceFor({ perSecond }: TrafficModel, steps: readonly StepPower[]): string[] {
  const gates = steps.flatMap((step) => step.gates);
  if (perSecond >= 1 || gates.every(({ verdict }) => verdict === 'decidable')) return [];
  return [
    'below 1 request a second a small share decides nothing: compare on the same inputs first (`stages.shadow`, ' +
      'probes), then take one step at 50 %, with a `ceiling` that so few requests can show',
  ];
}

function checkTraffic(traffic: TrafficModel): void {
  if (!(traffic.perSecond > 0 && Number.isFinite(traffic.perSecond)))
    throw new RangeError(`Traffic is a number of requests a second above 0, not ${traffic.perSecond}.`);
  for (const name of ['errors', 'clientErrors', 'throttled', 'slow'] as const) {
    const rate = traffic[name];
    if (rate !== undefined && !(rate >= 0 && rate < 1))
      throw new RangeError(`${name} is a share of requests from 0 to below 1, not ${rate}.`);
  }
}

/** Gates that cannot be decided in their step's time. */
export function undecidableIn(
  report: PowerReport,
): { readonly candidate: number; readonly gate: GatePower }[] {
  return report.steps.flatMap(({ candidate, gates }) =>
    gates.filter(({ verdict }) => verdict === 'undecidable').map((gate) => ({ candidate, gate })),
  );
}
