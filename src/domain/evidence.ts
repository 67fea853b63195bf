import type { Instant, Millis } from './units.ts';

/** Evidence travels by reference: where the whole of it lies, what it must hash to, and a line for people. */
export interface EvidenceRef {
  readonly ref: string;
  /** SHA-256 of the stored bytes, lower-case hex. */
  readonly digest: string;
  readonly summary: string;
}

/**
 * Requests by how long they took, in milliseconds: `n[i]` took at most `le[i]` and more than `le[i - 1]`. The last `le`
 * is null, which is no limit. A failed request counts in the last bucket, however soon it failed.
 */
export interface Histogram {
  readonly le: readonly (number | null)[];
  readonly n: readonly number[];
}

/** Sums of one score over a side's requests, each score between 0 and 1. */
export interface ScoreSums {
  readonly n: number;
  readonly sum: number;
  readonly sumOfSquares: number;
}

/** What one side of the traffic did in one window. What is absent was not measured, which is never zero. */
export interface SideCounts {
  /** Answers other than 401, 403, 404 and 429, and requests without an answer. */
  readonly requests: number;
  /** Of them: 500 and above, time-outs, resets. */
  readonly errors: number;
  /** Of them: 400 and 422. */
  readonly clientErrors?: number;
  /** 429; not among `requests`. */
  readonly throttled?: number;
  readonly latencyMs?: Histogram;
  readonly scores?: Readonly<Record<string, ScoreSums>>;
}

/** The same input given to both sides; scores between 0 and 1. */
export interface Pair {
  readonly metric: string;
  readonly baseline: number;
  readonly candidate: number;
  /** Digest of the input: an input that comes again adds no information. */
  readonly input: string;
}

/** A metric of a result that came in a window. */
export interface Reading {
  readonly name: string;
  readonly value: number;
  /** How many samples are behind the value. */
  readonly n?: number;
  readonly interval?: readonly [low: number, high: number];
  /** The same metric of the baseline, where there is one. */
  readonly baseline?: number;
}

/** Of a candidate: a smaller share is a slip, and what is left to the baseline could not be told from all. */
export const leastShare = 1e-9;

/** One closed window, its parts added up: both sides under the same watermark. */
export interface WindowCounts {
  /** Start of the window, by the requests' own start times. */
  readonly at: Instant;
  /** Length of the window. */
  readonly span: Millis;
  /** Index of the step the window lies in; windows that straddle a shift belong to no step and are left out. */
  readonly step: number;
  /** The candidate's configured share, from `leastShare` to 1 (it is alone); absent where nobody knows it. */
  readonly share?: number;
  /** Null when nothing is known of a side. */
  readonly baseline: SideCounts | null;
  readonly candidate: SideCounts | null;
  /** Failed requests that are known to be missing from the counts: nobody knows whose they are. */
  readonly missing?: number;
  readonly pairs?: readonly Pair[];
  readonly readings?: readonly Reading[];
}

/** Where live evidence comes from, fastest first. */
export type EvidenceSourceKind = 'probes' | 'callers' | 'payloadTable';

/** Everything the judge may look at at one moment; what a certificate is recomputed from. */
export interface Observation {
  readonly source: EvidenceSourceKind;
  /** Identifies the query or the batch of probes behind it. */
  readonly queryId: string;
  /** All windows that end at or before this instant are closed. */
  readonly watermark: Instant;
  readonly windows: readonly WindowCounts[];
}

/** A metric that a job reported. Without run and artefact it is a rumour, and no gate passes on it. */
export interface ReportedMetric {
  readonly name: string;
  readonly value: number;
  readonly n?: number;
  readonly interval?: readonly [low: number, high: number];
  readonly pairedSamples?: string;
}

export interface ReportedCheck {
  readonly name: string;
  readonly kind: string;
  readonly passed: boolean;
  readonly value?: number;
  readonly unit?: string;
  readonly evidence?: string;
}

/** What a test or evaluation job reports of one model version. */
export interface StageReport {
  readonly runId: string;
  readonly artefactPath: string;
  readonly model: { readonly name: string; readonly version: string };
  readonly checks: readonly ReportedCheck[];
  readonly metrics: readonly ReportedMetric[];
}
