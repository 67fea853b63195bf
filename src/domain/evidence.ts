import type { Instant, Millis } from './units.ts';

/** Evidence travels by reference: where the whole of it lies, what it must hash to, and a line for people. */
export interface EvidenceRef {
  readonly ref: string;
  /** SHA-256 of the stored bytes, lower-case hex. */
  readonly digest: string;
  readonly summary: string;
}

/** What one side of the traffic did in one window. `slow` counts requests above the latency SLO. */
export interface SideCounts {
  readonly requests: number;
  readonly errors: number;
  readonly slow: number;
}

/** One closed window: both sides under the same watermark. */
export interface WindowCounts {
  /** Start of the window, by the requests' own start times. */
  readonly at: Instant;
  /** Length of the window. */
  readonly span: Millis;
  /** Index of the step the window lies in; windows that straddle a shift belong to no step and are left out. */
  readonly step: number;
  readonly baseline: SideCounts;
  readonly candidate: SideCounts;
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
