import { CorrelationGate } from './gates/correlation.ts';
import { EventRatioGate } from './gates/event-ratio.ts';
import { LatencyDriftGate } from './gates/latency-drift.ts';
import { LatencySloGate } from './gates/latency-slo.ts';
import type { GateProcess } from './gates/process.ts';
import { QualityGate } from './gates/quality.ts';

import { SampleRatioGate } from './gates/sample-ratio.ts';
import { ThresholdGate } from './gates/threshold.ts';
import { ThroughputGate } from './gates/throughput.ts';
import type { Counts } from './stats/counts.ts';
import type { Interval } from './stats/sequential.ts';
import type { Verdict } from './verdict.ts';

/**
 * A gate keeps two accounts of evidence: that the candidate does harm, and that it does none. Both may be looked at
 * at any time. The union is where further kinds join.
 */
export type GateSpec =
  | EventGateSpec
  | LatencySloSpec
  | LatencyDriftSpec
  | QualitySpec
  | ThroughputSpec
  | ThresholdSpec
  | CorrelationSpec
  | SampleRatioSpec;

interface Common {
  readonly name: string;
  /** Chance that a harmless candidate is ever rolled back by this gate, over the whole release. */
  readonly alphaRollback: number;
  /** Chance that a candidate at the harmful margin ever passes one step. */
  readonly alphaPromote: number;
}

/** Answers that are events: `errors` 5xx, time-outs and resets; `client-errors` 400 and 422; `throttled` 429. */
export interface EventGateSpec extends Common {
  readonly kind: 'errors' | 'client-errors' | 'throttled';
  /** How many times the baseline's rate is still no reason to roll back. */
  readonly toleratedRatio: number;
  /** Ratio that must be ruled out before a step passes; when absent 3 below a share of 25 %, 2 from there on. */
  readonly harmfulRatio?: number | undefined;
  /** Rate below which a candidate is never rolled back, and below which it is good enough in itself. */
  readonly floor: number;
  readonly ceiling: number;
}

export interface LatencySloSpec extends Common {
  readonly kind: 'latency-slo';
  readonly sloMs: number;
  /** Share of requests that must be at or below the SLO. */
  readonly quantile: number;
  readonly toleratedRatio: number;
}

export interface LatencyDriftSpec extends Common {
  readonly kind: 'latency-drift';
  readonly quantile: number;
  /** How much slower than the baseline is still no reason to roll back, and what must be ruled out; milliseconds. */
  readonly marginMs: number;
  readonly harmfulMs: number;
}

export interface QualitySpec extends Common {
  readonly kind: 'quality';
  readonly metric: string;
  /** How much worse is still no reason to roll back, and what must be ruled out; scores are between 0 and 1. */
  readonly margin: number;
  /** `paired`: the same inputs on both sides. `unpaired`: scores of live requests, routed at the configured share. */
  readonly pairing: 'paired' | 'unpaired';
}

/** Answers without error, relative to the configured share of all requests. */
export interface ThroughputSpec extends Common {
  readonly kind: 'throughput';
  /** Part of its due that the candidate may lack, and that must be ruled out. */
  readonly toleratedDrop: number;
  readonly harmfulDrop: number;
}

/** A bound on a metric of a result. */
export interface ThresholdSpec extends Common {
  readonly kind: 'threshold';
  readonly metric: string;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** `one`: the last value and its interval decide. `sequential`: a rate over samples that is looked at again and again. */
  readonly looks: 'one' | 'sequential';
}

export interface CorrelationSpec extends Common {
  readonly kind: 'correlation';
  readonly metric: string;
  readonly min: number;
}

export interface SampleRatioSpec extends Common {
  readonly kind: 'sample-ratio';
}

/** Log of an e-value and what it must reach: `bound` = ln(1 / alpha). */
export interface Account {
  readonly logE: number;
  readonly bound: number;
}

/** What a gate lacks to decide, and in how many seconds it will have it if all goes on as in this step. */
export interface Missing {
  readonly what: string;
  readonly etaS: number | null;
}

/** What was seen in the step, by side; and what belongs to one kind of gate only. */
export type Observed = {
  readonly baseline: Measured;
  readonly candidate: Measured;
} & Readonly<Record<string, Measured | number | null>>;

export type Measured = Counts | Readonly<Record<string, number | null>>;

/** What a gate found: enough to recompute its verdict from the same windows. */
export interface GateFinding {
  readonly gate: string;
  readonly kind: GateSpec['kind'];
  readonly verdict: Verdict['kind'];
  readonly against: Account;
  readonly for: Account;
  readonly observed: Observed;
  /** 95 % confidence sequence of the candidate's measure in this step, for people; no gate decides by it. */
  readonly interval: Interval | null;
  /** Null when the gate has decided. */
  readonly missing: Missing | null;
}

export function processOf(spec: GateSpec): GateProcess {
  switch (spec.kind) {
    case 'errors':
    case 'client-errors':
    case 'throttled':
      return new EventRatioGate(spec);
    case 'latency-slo':
      return new LatencySloGate(spec);
    case 'latency-drift':
      return new LatencyDriftGate(spec);
    case 'quality':
      return new QualityGate(spec);
    case 'throughput':
      return new ThroughputGate(spec);
    case 'threshold':
      return new ThresholdGate(spec);
    case 'correlation':
      return new CorrelationGate(spec);
    case 'sample-ratio':
      return new SampleRatioGate(spec);
  }
}
