import type { EvidenceSourceKind, WindowCounts } from '../../domain/evidence.ts';
import type { Traffic } from '../../domain/traffic.ts';
import type { Instant, Millis } from '../../domain/units.ts';

/** One Databricks workspace, by what releases need of it. Each role has its own, with its own secret. */
export interface Workspace {
  readonly serving: ServingEndpoints;
  readonly jobs: Jobs;
  readonly registry: ModelRegistry;
  readonly requests: RequestEvidence;
}

/**
 * An endpoint's configuration as the workspace keeps it, whole: every field, known to us or not, less what the
 * workspace adds on reading. It is copied, never rebuilt.
 */
export type Configuration = Readonly<Record<string, unknown>>;

export interface ServedEntity {
  readonly name: string;
  readonly model: string;
  readonly version: string;
  readonly ready: boolean;
  readonly scaleToZero: boolean;
  /** Requests that it can work on at once when it is scaled in most; absent where the workspace does not say. */
  readonly leastConcurrency?: number;
}

/** What an endpoint really is and does at this moment. */
export interface ObservedEndpoint {
  readonly endpoint: string;
  readonly configuration: Configuration;
  readonly configVersion: number | null;
  readonly entities: readonly ServedEntity[];
  readonly traffic: Traffic;
  /** READY by the workspace's word: all entities of the active configuration are. */
  readonly ready: boolean;
  readonly update: 'none' | 'inProgress' | 'failed' | 'cancelled';
  /** Routes and entities that are on their way, only while an update is in progress. */
  readonly pending: Configuration | null;
  readonly routeOptimised: boolean;
  readonly fallbackOn: boolean;
  readonly stopped: boolean;
}

/** How one configuration is made from another; pure. */
export interface ConfigurationChange {
  /** The routes as they are when absent. */
  readonly traffic?: Traffic;
  /** Copied from `like`, serving another version under its own name. */
  readonly add?: { readonly name: string; readonly version: string; readonly like: string };
  readonly remove?: string;
  /** Values of fields that the workspace does not show, to be sent with every entity. */
  readonly hidden?: Readonly<Record<string, unknown>>;
}

export interface HandRequest {
  readonly method: 'PUT';
  /** From the workspace's host. */
  readonly path: string;
  readonly body: Configuration;
  /** Whether it holds values that not everybody who sees the model should see. */
  readonly confidential: boolean;
}

export interface ServingEndpoints {
  /** @throws `DatabricksNotFound` when there is no such endpoint. */
  observe(endpoint: string): Promise<ObservedEndpoint>;
  /** Full replacement; asynchronous on the other side. `DatabricksConflict` while another update is in progress. */
  replace(endpoint: string, desired: Configuration): Promise<void>;
  /** What `replace` sends, for somebody who sends it by hand. */
  request(endpoint: string, desired: Configuration): HandRequest;
  /** `base` with `change` applied, every other field untouched. */
  change(base: Configuration, change: ConfigurationChange): Configuration;
  /**
   * Where `observed` differs from `desired`, as paths in words; empty means the same. Fields that the workspace filled
   * in by itself are no difference in `ours`, the entity that we added, and are one everywhere else.
   */
  differences(desired: Configuration, observed: Configuration, ours?: string): readonly string[];
  /** One request to one served entity, beside the traffic split. A failed answer is an observation, not an error. */
  probe(endpoint: string, entity: string, request: ProbeRequest): Promise<ProbeAnswer>;
}

export interface ProbeRequest {
  readonly body: Readonly<Record<string, unknown>>;
  /** Recorded with the request, so that probes can be told from traffic: begins with `headgate-`. */
  readonly clientRequestId: string;
}

export interface ProbeAnswer {
  /** HTTP code; 0 when no answer came. */
  readonly code: number;
  readonly took: Millis;
}

export interface JobRun {
  readonly runId: string;
  readonly phase: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly says: string;
}

export interface Jobs {
  /** The same token again answers the same run and starts nothing. */
  start(
    jobId: string,
    parameters: Readonly<Record<string, string>>,
    idempotencyToken: string,
  ): Promise<string>;
  run(runId: string): Promise<JobRun>;
  /** What the last task returned; undefined when it returned nothing. `EvidenceInvalid` when it was cut off. */
  output(runId: string): Promise<string | undefined>;
  cancel(runId: string): Promise<void>;
}

export interface RegisteredVersion {
  readonly model: string;
  readonly version: string;
  readonly ready: boolean;
  readonly readiness: string;
  /** What must not change between plan and promotion: ids, run, source. Canonical text, hashed by the caller. */
  readonly identity: string;
}

export interface ModelRegistry {
  /** @throws `UnknownModelVersion` when there is none. */
  version(model: string, version: string): Promise<RegisteredVersion>;
  /** Version that an alias names; undefined when it names none. */
  alias(model: string, alias: string): Promise<string | undefined>;
  setAlias(model: string, alias: string, version: string): Promise<void>;
  tag(model: string, version: string, key: string, value: string): Promise<void>;
  /** Keeps a text with a version, where people and programs find it without us. `DatabricksRejected`: too long. */
  keepText(model: string, version: string, name: string, text: string): Promise<void>;
  /** The text that was kept last; undefined for none. `EvidenceInvalid` when only a part of it is there. */
  keptText(model: string, version: string, name: string): Promise<string | undefined>;
}

/**
 * How durations are counted: bucket i < `buckets` holds those up to (i + 1) * `widthMs` and above i * `widthMs`, and a
 * last one everything above.
 */
export interface LatencyGrid {
  readonly widthMs: number;
  readonly buckets: number;
}

export interface RequestQuestion {
  readonly source: Exclude<EvidenceSourceKind, 'probes'>;
  readonly table: string;
  readonly warehouseId: string;
  readonly baseline: string;
  readonly candidate: string;
  readonly endpoint: string;
  readonly from: Instant;
  /** The watermark: windows that end after it are not asked for. */
  readonly until: Instant;
  readonly span: Millis;
  /** Null where nobody asks how long requests took. */
  readonly latency: LatencyGrid | null;
  /**
   * Column of the callers' log that names the client, where all requests of a client go to one side: then clients are
   * counted, each once in a window, in place of requests.
   */
  readonly stickyClient: string | null;
  /** Tables of paired scores and of readings; null where no gate needs them. */
  readonly pairs: string | null;
  readonly readings: string | null;
}

/** Counts of live requests, and the scores of their time. A question is asked, answered later, or cancelled; nobody polls inside a handler. */
export interface RequestEvidence {
  ask(question: RequestQuestion): Promise<string>;
  /** Windows in order of time, step left at -1 for the caller to assign; windows without rows are absent. */
  answer(queryId: string, question: RequestQuestion): Promise<readonly WindowCounts[] | 'running'>;
  cancel(queryId: string): Promise<void>;
}
