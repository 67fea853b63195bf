import type { EventGateSpec, GateSpec } from '../gate.ts';
import { percents } from './regressions.ts';
import { longestStepS, partWithin, type Question, quantile, timesUntil } from './times.ts';
import { slowShare, type TrafficModel } from './traffic-model.ts';

/** A chance from which on a gate is said to be decidable in time, and below which it is said not to be. */
export const decidableFrom = 0.8;
export const undecidableBelow = 0.2;

/** What would decide a healthy version's gate with a chance of 80 %. */
export interface Remedy {
  /** Least share in percent that does it within the step's deadline; null when none up to 50 % does. */
  readonly share: number | null;
  /** Age in seconds of a step at its own share that does it; null when nine days do not, which is the longest step. */
  readonly afterS: number | null;
  /** Age in seconds of a step at 50 % that does it; null when nine days do not. */
  readonly atHalfS: number | null;
  /** Least absolute limit that is ruled out within the deadline at 50 %; null where the gate has none, or none helps. */
  readonly ceiling: number | null;
}

const shares = [2, 5, 10, 15, 20, 25, 30, 40, 50];
const ceilings = [0.02, 0.05, 0.1, 0.2];
/** Runs for a search: it says "about". */
const searchRuns = 100;

/** @param times Ages at which the gate passed a healthy version at its own share. */
export function remedyFor(question: Question, times: readonly number[], deadlineS: number): Remedy {
  const { spec } = question;
  const isEnough = (share: number, gate: GateSpec = spec): boolean =>
    partWithin(
      timesUntil('pass', { ...question, spec: gate, share, runs: searchRuns, horizonS: deadlineS + 1 }),
      deadlineS,
    ) >= decidableFrom;
  const larger = shares.filter((share) => share / 100 > question.share);
  // Where neither half of the traffic is enough, nor the largest share that has to rule out gross harm only, none is.
  const isHelpful = spec.kind !== 'quality' || spec.pairing === 'unpaired';
  const mayHelp = isHelpful && [50, 20].some((share) => larger.includes(share) && isEnough(share / 100));
  const share = (mayHelp && larger.find((percent) => isEnough(percent / 100))) || null;
  const half = { ...question, share: 0.5, horizonS: longestStepS };
  return {
    share,
    afterS: quantile(times, decidableFrom),
    atHalfS: question.share >= 0.5 || !isHelpful ? null : quantile(timesUntil('pass', half), decidableFrom),
    ceiling: share === null ? ceilingFor(question.spec, isEnough) : null,
  };
}

function ceilingFor(spec: GateSpec, isEnough: (share: number, spec: GateSpec) => boolean): number | null {
  if (!isEventGate(spec)) return null;
  const larger = ceilings.filter((ceiling) => ceiling > spec.ceiling);
  return larger.find((ceiling) => isEnough(0.5, { ...spec, ceiling })) ?? null;
}

/** Why no share and no deadline decides a healthy version; undefined where they may. */
export function hopeless(spec: GateSpec, model: TrafficModel, share: number): string | undefined {
  if (spec.kind === 'latency-slo') {
    const slow = slowShare(spec.sloMs, model);
    const allowed = 1 - spec.quantile;
    if (slow >= allowed)
      return `${percents(slow)} of the usual requests take more than ${spec.sloMs} ms, and only ${percents(allowed)} may: raise \`sloMs\`, or lower \`quantile\``;
  }
  if (spec.kind === 'latency-drift' && spec.marginMs < 5)
    return `latencies are counted in whole milliseconds, a fifth of the least margin: set \`marginMs\` to 5 or more`;
  if (share < 1) return undefined;
  switch (spec.kind) {
    case 'errors':
    case 'client-errors':
    case 'throttled': {
      const usual = rateOf(spec.kind, model);
      return usual < spec.ceiling
        ? undefined
        : `nothing stands beside a candidate at 100 %, and ${percents(usual)} are usual where less than ${percents(spec.ceiling)} must be shown: add a step below 100 %, or raise \`ceiling\``;
    }
    case 'latency-drift':
    case 'throughput':
    case 'sample-ratio':
      return aloneAtLast;
    case 'quality':
      return spec.pairing === 'paired' ? undefined : aloneAtLast;
    case 'latency-slo':
    case 'threshold':
    case 'correlation':
      return undefined;
  }
}

const aloneAtLast = 'nothing stands beside a candidate at 100 %: add a step below it';

function rateOf(
  kind: EventGateSpec['kind'],
  { errors, clientErrors = 0, throttled = 0 }: TrafficModel,
): number {
  switch (kind) {
    case 'errors':
      return errors;
    case 'client-errors':
      return clientErrors;
    case 'throttled':
      return throttled;
  }
}

const isEventGate = (spec: GateSpec): spec is EventGateSpec => 'ceiling' in spec;

/** In words, for whoever wrote the policy. */
export function remedyInWords({ share, afterS, atHalfS, ceiling }: Remedy): string {
  const ways = [
    ...(share === null ? [] : [`a share of ${share} %`]),
    ...(afterS === null ? [] : [`a deadline of ${spanInWords(afterS)} at this share`]),
    ...(share !== null || atHalfS === null ? [] : [`a deadline of ${spanInWords(atHalfS)} at 50 %`]),
    ...(ceiling === null ? [] : [`\`ceiling: ${ceiling}\` at 50 %`]),
  ];
  return ways.length === 0
    ? 'no share up to 50 % and no deadline up to nine days would decide it'
    : ways.join(', or ');
}

/** `15m`, `2h 10m`, `3d 4h`: rounded up to minutes, from a day on to hours. */
export function spanInWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  if (minutes < 24 * 60)
    return `${Math.floor(minutes / 60)}h${minutes % 60 === 0 ? '' : ` ${minutes % 60}m`}`;
  const hours = Math.ceil(minutes / 60);
  return `${Math.floor(hours / 24)}d${hours % 24 === 0 ? '' : ` ${hours % 24}h`}`;
}
