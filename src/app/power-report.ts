import type * as z from 'zod';
import { ReleaseError } from '../contracts/errors.ts';
import type { Policy } from '../contracts/policy.ts';
import { type ExpectedTraffic, trafficKeys, trafficSchema } from '../contracts/traffic.ts';
import type { TrafficModel } from '../domain/power/traffic-model.ts';
import { type GatePower, type PowerReport, powerOf, type Runs, undecidableIn } from '../domain/power.ts';
import { gateSpecsOf } from './gate-specs.ts';
import { planOfPolicy } from './policy-plan.ts';

export { spanInWords } from '../domain/power/advice.ts';

/** What a policy can decide at a traffic: for the command line, the checks of a file, and each release. */

/** The whole document, as it is kept beside a release's plan. */
export interface PowerDocument extends PowerReport {
  readonly schema: 'headgate.power/v1';
  /** Where the traffic comes from, in words. */
  readonly source: string;
}

/** @throws `PolicyInvalid` or `StepWithoutGates`, as planning a release would. */
export function powerDocument(
  policy: Policy,
  traffic: ExpectedTraffic,
  source: string,
  runs?: Runs,
): PowerDocument {
  const plan = planOfPolicy(policy);
  if ('says' in plan) {
    throw new ReleaseError(plan.rule === 'gates' ? 'StepWithoutGates' : 'PolicyInvalid', plan.says);
  }
  const { every, window, lag } = policy.evidence;
  const report = powerOf({
    plan,
    specs: gateSpecsOf(policy),
    cadence: { everyS: every / 1000, windowS: window / 1000, lagS: lag / 1000 },
    traffic: modelOf(traffic),
    ...(runs ? { runs } : {}),
  });
  return { schema: 'headgate.power/v1', source, ...report };
}

function modelOf(traffic: ExpectedTraffic): TrafficModel {
  const { rate, pairs, p95, p50, ...rest } = traffic;
  return { ...rest, perSecond: rate, pairsPerSecond: pairs, p95Ms: p95, p50Ms: p50 };
}

/**
 * `rate=16/s,errors=0.5%,p95=180ms`.
 * @throws `PolicyInvalid` that names what cannot be read and how to write it.
 */
export function trafficOf(text: string): ExpectedTraffic {
  const parts = text.split(',').map((part) => part.trim());
  const faulty = parts.find((part) => !/^[^=\s]+=[^=]+$/.test(part));
  if (faulty !== undefined) throw unreadable(text, `"${faulty}" is not of the form key=value`);
  const entries = parts.map((part) => part.split('=').map((side) => side.trim()) as [string, string]);
  const keys = entries.map(([key]) => key);
  const strange = keys.find((key) => !trafficKeys.includes(key));
  if (strange !== undefined)
    throw unreadable(text, `there is no "${strange}" in it; known are ${trafficKeys.join(', ')}`);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw unreadable(text, `"${twice}" is there twice`);
  const parsed = trafficSchema.safeParse(Object.fromEntries(entries));
  if (parsed.success) return parsed.data;
  const says = parsed.error.issues.map((issue) => inWords(issue, keys)).join('; ');
  throw unreadable(text, says);
}

function inWords({ path, message }: z.core.$ZodIssue, keys: readonly string[]): string {
  const key = path.join('.');
  if (!keys.includes(key)) return `${key} is missing: write ${key === 'rate' ? 'rate=16/s' : `${key}=0.5%`}`;
  return `${key}: ${message}`;
}

const unreadable = (text: string, says: string): ReleaseError =>
  new ReleaseError(
    'PolicyInvalid',
    `traffic "${text}": ${says}. Write it like rate=16/s,errors=0.5%,p95=180ms.`,
  );

/** One line for the trail, and for a list. */
export function powerInBrief(report: PowerReport): string {
  const { plan, steps } = report;
  const chance =
    plan.promoted === null || plan.within3h === null
      ? 'nothing is known that a gate needs'
      : `a healthy release is through by its deadlines with ${percentOf(plan.promoted)}, within 3 hours with ${percentOf(plan.within3h)}`;
  const doubtful = steps.flatMap(({ candidate, gates }) =>
    gates
      .filter(({ verdict }) => verdict !== 'decidable')
      .map(({ gate, verdict }) => `${gate} at ${candidate} % is ${verdict}`),
  );
  return [chance, ...doubtful].join('; ');
}

export const percentOf = (chance: number | null): string =>
  chance === null ? 'unknown' : `${Math.round(100 * chance)} %`;

/** Warnings for whoever wrote the policy: a line for each gate that may not be decided in its step's time. */
export function powerWarnings({ steps, advice }: PowerReport): string[] {
  const gates = steps.flatMap(({ candidate, gates: found }) =>
    found.flatMap((gate) => (gate.says === null ? [] : [`${candidate} %, ${warningOf(gate)}`])),
  );
  return [...gates, ...advice];
}

function warningOf({ gate, verdict, chance, says }: GatePower): string {
  if (verdict === 'unknown') return `${gate}: unknown; ${says}`;
  return `${gate}: ${verdict}, a healthy version passes by the deadline with ${percentOf(chance)}; what would decide it: ${says}`;
}

/** @throws `PolicyInvalid` where the policy refuses what cannot be decided. */
export function refuseUndecidable({ power }: Pick<Policy, 'power'>, report: PowerReport): void {
  const undecidable = undecidableIn(report);
  if (power !== 'refuse' || undecidable.length === 0) return;
  const each = undecidable.map(({ candidate, gate }) => `${gate.gate} at ${candidate} %: ${gate.says}`);
  throw new ReleaseError(
    'PolicyInvalid',
    `at this traffic a healthy version could not be decided in the step's time, and policy refuses that (power: refuse). What would decide it: ${each.join('; ')}`,
  );
}
