import type { SideCounts, WindowCounts } from './evidence.ts';
import { evidenceAbove, evidenceBelow } from './stats/exceedance.ts';
import { logWeightedMean } from './stats/log-space.ts';
import { evidenceAgainst, evidenceFor } from './stats/ratio-mixture.ts';
import { logBound } from './stats/sequential.ts';
import { type Percent, percent } from './units.ts';
import type { Verdict } from './verdict.ts';

/**
 * A gate keeps two accounts of evidence: that the candidate does harm, and that it does none. Both may be looked at
 * at any time. The union is where further kinds join.
 */
export type GateSpec = {
  readonly name: string;
  /** Chance that a harmless candidate is ever rolled back by this gate, over the whole release. */
  readonly alphaRollback: number;
  /** Chance that a candidate at the harmful margin ever passes one step. */
  readonly alphaPromote: number;
  /** How many times the baseline's rate is still no reason to roll back. */
  readonly toleratedRatio: number;
  /** Step from which the candidate has all traffic: from there it can only be compared with what was before. */
  readonly aloneFrom: number;
} & (
  | {
      readonly kind: 'errors';
      /** Ratio that must be ruled out before a step passes. */
      readonly harmfulRatio: number;
      /** Error rate below which a candidate is never rolled back, and below which it is good enough in itself. */
      readonly floor: number;
      readonly ceiling: number;
    }
  | {
      readonly kind: 'latency-slo';
      readonly sloMs: number;
      /** Share of requests that must be at or below the SLO. */
      readonly quantile: number;
    }
);

/** Log of an e-value and what it must reach: `bound` = ln(1 / alpha). */
export interface Account {
  readonly logE: number;
  readonly bound: number;
}

/** What a gate found: enough to recompute its verdict from the same windows. */
export interface GateFinding {
  readonly gate: string;
  readonly kind: GateSpec['kind'];
  readonly verdict: Verdict;
  readonly against: Account;
  readonly for: Account;
  /** Sums over the windows of the step. */
  readonly observed: { readonly baseline: SideCounts; readonly candidate: SideCounts };
}

/**
 * @param windows Closed windows of the whole release in order of time, each with the step it lies in.
 * @param step The step to pass: evidence *for* counts its windows only, because harm may begin with a share;
 * evidence *against* counts all of them.
 */
export function judgeGate(spec: GateSpec, windows: readonly WindowCounts[], step: number): GateFinding {
  const ofStep = windows.filter((window) => window.step === step);
  const accounts =
    spec.kind === 'errors' ? judgeErrors(spec, windows, ofStep) : judgeLatency(spec, windows, ofStep);
  const observed = { baseline: sum(ofStep, 'baseline'), candidate: sum(ofStep, 'candidate') };
  const against = { logE: accounts.against, bound: logBound(spec.alphaRollback) };
  const proof = { logE: accounts.for, bound: logBound(spec.alphaPromote) };
  return {
    gate: spec.name,
    kind: spec.kind,
    verdict: verdictOf(spec, against, proof, observed),
    against,
    for: proof,
    observed,
  };
}

/** Errors ratio that must be ruled out, where policy names none: a small share can only show gross harm. */
export function usualHarmfulRatio(share: Percent): number {
  return share < 25 ? 3 : 2;
}

type Logs = { readonly against: number; readonly for: number };

/**
 * Against: the ratio's evidence, but no more than there is that the candidate exceeds `floor` (the minimum of two
 * e-values is one for either claim). For: the mean of the ratio's evidence and of that for a rate below `ceiling`,
 * so that a perfect service, about which a ratio says nothing, can be proven harmless too.
 */
function judgeErrors(
  spec: GateSpec & { readonly kind: 'errors' },
  windows: readonly WindowCounts[],
  ofStep: readonly WindowCounts[],
): Logs {
  const beside = windows.filter((window) => window.step < spec.aloneFrom);
  const ratio = evidenceAgainst(ratioWindows(beside, windows, 'errors'), spec.toleratedRatio);
  const aboveFloor = evidenceAbove(counts(beside, 'errors'), { p0: spec.floor });
  const harmless = evidenceFor(ratioWindows(ofStep, windows, 'errors'), spec.harmfulRatio);
  const belowCeiling = evidenceBelow(counts(ofStep, 'errors'), { p0: spec.ceiling });
  return {
    against: besideOrAlone(
      Math.min(ratio.logE, aboveFloor),
      evidenceAlone(spec, windows, 'errors', spec.ceiling, spec.harmfulRatio),
    ),
    for: logWeightedMean([harmless.logE, belowCeiling], [0.5, 0.5]),
  };
}

/**
 * Against: requests above the SLO are too many in themselves *and* more than the baseline's, so that an incident
 * which both sides share rolls nothing back. For: too many is ruled out.
 */
function judgeLatency(
  spec: GateSpec & { readonly kind: 'latency-slo' },
  windows: readonly WindowCounts[],
  ofStep: readonly WindowCounts[],
): Logs {
  const p0 = 1 - spec.quantile;
  const beside = windows.filter((window) => window.step < spec.aloneFrom);
  const absolute = evidenceAbove(counts(beside, 'slow'), { p0 });
  const relative = evidenceAgainst(ratioWindows(beside, windows, 'slow'), spec.toleratedRatio);
  return {
    against: besideOrAlone(
      Math.min(absolute, relative.logE),
      evidenceAlone(spec, windows, 'slow', p0, usualHarmfulRatio(percent(100))),
    ),
    for: evidenceBelow(counts(ofStep, 'slow'), { p0 }),
  };
}

/**
 * At 100 % (a blue-green step, the soak) no baseline stands beside the candidate and a ratio learns nothing. There it
 * must not exceed `limit`, nor `ratio` times the rate that the baseline had before; both are fixed before the first
 * such window, so the evidence stays valid at every look.
 */
function evidenceAlone(
  { aloneFrom }: GateSpec,
  windows: readonly WindowCounts[],
  event: Event,
  limit: number,
  ratio: number,
): number {
  const before = sum(
    windows.filter((window) => window.step < aloneFrom),
    'baseline',
  );
  const usual = before.requests === 0 ? 0 : before[event] / before.requests;
  const alone = windows.filter((window) => window.step >= aloneFrom);
  // Below 1, because no rate exceeds 1.
  return evidenceAbove(counts(alone, event), { p0: Math.min(0.99, Math.max(limit, ratio * usual)) });
}

/**
 * A mean of e-values is one: 0.9 costs the comparison 0.1 in logarithms; 0.1 asks 2.3 more of the candidate alone,
 * which at 100 % of the traffic is soon there.
 */
function besideOrAlone(beside: number, alone: number): number {
  return logWeightedMean([beside, alone], [0.9, 0.1]);
}

function verdictOf(
  spec: GateSpec,
  against: Account,
  proof: Account,
  observed: GateFinding['observed'],
): Verdict {
  const seen = `${spec.name}: ${describe(spec, observed.candidate)}, baseline ${describe(spec, observed.baseline)}`;
  if (against.logE >= against.bound) {
    return {
      kind: 'fail',
      breached: [{ gate: spec.name, says: `${seen}; harm is proven (${compare(against)})` }],
    };
  }
  if (proof.logE >= proof.bound)
    return { kind: 'pass', proven: [`${seen}; harmlessness is proven (${compare(proof)})`] };
  return {
    kind: 'undecided',
    missing: [{ gate: spec.name, what: `${seen}; harmlessness is not proven yet (${compare(proof)})` }],
  };
}

/** Log-evidence beside what it must reach, both in natural logarithms. */
function compare({ logE, bound }: Account): string {
  return `evidence ${logE.toFixed(1)}, needed ${bound.toFixed(1)}`;
}

function describe(spec: GateSpec, side: SideCounts): string {
  return spec.kind === 'errors'
    ? `${side.errors} of ${side.requests} failed`
    : `${side.slow} of ${side.requests} above ${spec.sloMs} ms`;
}

type Event = 'errors' | 'slow';

const counts = (windows: readonly WindowCounts[], event: Event) => {
  const { requests, errors, slow } = sum(windows, 'candidate');
  return { requests, events: event === 'errors' ? errors : slow };
};

function ratioWindows(windows: readonly WindowCounts[], all: readonly WindowCounts[], event: Event) {
  const start = all[0]?.at ?? 0;
  return windows.map(({ at, baseline, candidate }) => ({
    start: at - start,
    baseline: { requests: baseline.requests, events: baseline[event] },
    candidate: { requests: candidate.requests, events: candidate[event] },
  }));
}

function sum(windows: readonly WindowCounts[], side: 'baseline' | 'candidate'): SideCounts {
  return windows.reduce(
    (total, window) => ({
      requests: total.requests + window[side].requests,
      errors: total.errors + window[side].errors,
      slow: total.slow + window[side].slow,
    }),
    { requests: 0, errors: 0, slow: 0 },
  );
}
