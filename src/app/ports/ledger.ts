import type { EvidenceRef } from '../../domain/evidence.ts';
import type { Lease } from '../../domain/lease.ts';
import type { Command, Outcome, Release } from '../../domain/release.ts';
import type { Instant } from '../../domain/units.ts';

/**
 * The ledger decides who may write and remembers what was asked, written and decided.
 * Every method is one transaction. A condition that does not hold throws a ReleaseError that says which rule broke
 * and leaves no trace; a store that does not answer throws `LedgerUnavailable`.
 */
export interface Ledger
  extends EndpointLedger,
    WaitLedger,
    CommandLedger,
    ReleaseLedger,
    DeliveryLedger,
    AuditLedger {}

/** A configuration that served 100 % and was verified: the whole of it by reference, never a version number. */
export interface GoodConfiguration {
  readonly configuration: EvidenceRef;
  /** The served entity that had all traffic, and what it serves. */
  readonly entity: string;
  readonly version: string;
  readonly verifiedAt: Instant;
}

/** What was about to be written to an endpoint, recorded before the write. */
export interface WriteIntent {
  /** `forward` moves towards the candidate, `restore` back to the baseline. */
  readonly direction: 'forward' | 'restore';
  readonly purpose: string;
  /** The whole configuration that is sent. */
  readonly desired: EvidenceRef;
  /** What the endpoint served when the intent was recorded. */
  readonly before: EvidenceRef;
  /** The candidate's share in `desired`. */
  readonly candidateShare: number;
  readonly at: Instant;
}

export interface EndpointRow {
  readonly endpoint: string;
  /** Grows with every claim and take-over; 0 before the first claim. */
  readonly epoch: number;
  readonly owner: { readonly releaseId: string; readonly executionArn: string } | null;
  /** `closed`: nobody owns it. `restoring`: no forward write is accepted any more in this epoch. */
  readonly phase: 'closed' | 'forward' | 'restoring';
  /** The last configuration that was verified at 100 %; fixed while a release runs. */
  readonly lastGood: GoodConfiguration | null;
  /** The one before it; what a rollback without a release in flight goes back to. */
  readonly previousGood: GoodConfiguration | null;
  /** What a restore of the running execution goes back to; set by the claim. */
  readonly target: GoodConfiguration | null;
  /** The newest intent of this epoch; null while this epoch has written nothing. */
  readonly intent: WriteIntent | null;
  /** A forward intent of this epoch gave the candidate a share above 0. */
  readonly exposed: boolean;
}

export interface EndpointLedger {
  endpoint(endpoint: string): Promise<EndpointRow | undefined>;
  endpoints(): Promise<readonly EndpointRow[]>;
  /** First good configuration of an endpoint, or a new one while it is closed. Otherwise `LeaseHeldByOther`. */
  adopt(endpoint: string, good: GoodConfiguration): Promise<EndpointRow>;
  /**
   * Makes `owner` the only writer: epoch + 1, phase forward, intent null, exposed false, target as given. Claiming
   * again by the same execution changes nothing and answers the same lease. `LeaseHeldByOther` (facts: releaseId,
   * executionArn) when another owns it; `NoLastGood` when the endpoint was never adopted; `LeaseLost` when the release has ended, so
   * that a late handler of it owns nothing.
   */
  claim(
    endpoint: string,
    owner: { readonly releaseId: string; readonly executionArn: string },
    target: GoodConfiguration,
  ): Promise<Lease>;
  /** `LeaseLost` unless the row has the lease's epoch and is not closed. */
  assertLease(lease: Lease): Promise<EndpointRow>;
  /**
   * Records what is about to be written. `LeaseLost` on a wrong epoch. A forward intent also needs phase `forward`
   * and no pending command that stops a release: `ReleaseInterrupted` or `HoldRequested` (facts: commandId, kind,
   * actor, reason) by the command to obey first; `ReleaseInterrupted` when the phase is `restoring`.
   */
  recordIntent(lease: Lease, intent: WriteIntent): Promise<EndpointRow>;
  /** From here on only restore intents are accepted in this epoch. Idempotent. `LeaseLost` on a wrong epoch. */
  beginRestore(lease: Lease): Promise<EndpointRow>;
  /**
   * Ends the ownership: phase closed, owner null, and `good` becomes lastGood where given. The lastGood before is
   * kept as previousGood when `good` came by a promotion, and forgotten when it came by a rollback (a rollback is
   * never rolled back). The release's record ends with `outcome` in the same transaction, and commands still
   * pending are rejected. A promotion is not closed past a pending command that stops a release: `ReleaseInterrupted`.
   * Closing again with the same lease changes nothing. `LeaseLost` on a wrong epoch.
   */
  close(
    lease: Lease,
    releaseId: string,
    outcome: Outcome,
    at: Instant,
    good?: { readonly configuration: GoodConfiguration; readonly by: 'promotion' | 'rollback' },
  ): Promise<void>;
}

/** Where a release stands still: one row per release, state and visit. */
export interface WaitKey {
  readonly releaseId: string;
  readonly state: string;
  readonly visit: number;
}

export type WaitKind =
  | 'job'
  | 'endpointUpdate'
  | 'approval'
  | 'probes'
  | 'traffic'
  | 'hold'
  | 'restore'
  | 'skipped';

/** How a wait ended. `done` sends the token's success with `output`; `stopped` its failure with `error`. */
export type WaitDecision =
  | { readonly kind: 'done'; readonly output: unknown; readonly says: string }
  | { readonly kind: 'stopped'; readonly error: string; readonly says: string; readonly facts?: unknown };

export interface Wait extends WaitKey {
  readonly endpoint: string;
  readonly epoch: number;
  readonly kind: WaitKind;
  /** The newest task token: a retried task gets another one. */
  readonly token: string;
  /** What the watcher asks about: a job run, a step, what is being updated. JSON, read by its kind's watcher only. */
  readonly reference: Readonly<Record<string, unknown>>;
  /** Whether the candidate may have traffic while this wait is open, so that the judge looks at every tick. */
  readonly exposed: boolean;
  readonly since: Instant;
  readonly deadline: Instant;
  readonly phase: 'open' | 'decided' | 'closed';
  readonly decision: WaitDecision | null;
  /** What was seen last, for people; may be lost without harm. */
  readonly lastLook: { readonly at: Instant; readonly says: string } | null;
}

export interface WaitLedger {
  /**
   * Opens the wait. `LeaseLost` on a wrong epoch; `ReleaseInterrupted` or `HoldRequested` when such a command is
   * pending (a wait of kind `hold` accepts a pending hold, a wait of kind `restore` accepts everything).
   * When the key exists, only its token (if the row is not closed) is replaced and the row as it stands is answered:
   * a retried task finds its decision.
   */
  registerWait(
    lease: Lease,
    wait: Omit<Wait, 'phase' | 'decision' | 'lastLook' | 'epoch' | 'endpoint'>,
  ): Promise<Wait>;
  wait(key: WaitKey): Promise<Wait | undefined>;
  /** All that are open or decided but not yet closed, oldest first; of one release where given. */
  unclosedWaits(releaseId?: string): Promise<readonly Wait[]>;
  /** open -> decided, once. Answers whether this call was the one; false when it was decided before or is unknown. */
  decideWait(key: WaitKey, decision: WaitDecision): Promise<boolean>;
  /** decided -> closed, if its token is still `token`. Answers whether it is closed now. */
  closeWait(key: WaitKey, token: string): Promise<boolean>;
  /** Updates what is shown or asked next, of an open wait only; a no-op otherwise. */
  noteWait(
    key: WaitKey,
    note: { readonly lastLook?: Wait['lastLook']; readonly reference?: Wait['reference'] },
  ): Promise<void>;
}

export interface CommandRow extends Command {
  /** Order of arrival within the ledger. */
  readonly order: number;
  readonly phase: 'pending' | 'applied' | 'rejected';
  /** How it ended, in words; empty while pending. */
  readonly says: string;
}

export interface CommandLedger {
  /**
   * Written before anything else acts on it. The same commandId again answers the row that exists.
   * `CommandRejected` (facts: releaseId, kind, phase) when the release is not running; with `pending` among its
   * facts when 100 of its commands, or 256 KiB of them, are pending and this one is not to be obeyed before them.
   */
  addCommand(command: Command): Promise<CommandRow>;
  /** Of one release, in order of arrival. */
  commands(releaseId: string): Promise<readonly CommandRow[]>;
  /** pending -> applied or rejected, once; a no-op when it was settled before. */
  settleCommand(commandId: string, phase: 'applied' | 'rejected', says: string): Promise<void>;
}

export interface ReleaseRecord extends Release {
  /** 1 for what the registry started; a person starting the same version again gets the next one. */
  readonly generation: number;
  readonly requestedBy: string;
  readonly requestedAt: Instant;
  readonly phase: 'queued' | 'running' | 'ended';
  readonly executionArn: string | null;
  readonly outcome: Outcome | null;
  readonly endedAt: Instant | null;
  /** Newest last: certificates, reports, incident. */
  readonly files: readonly EvidenceRef[];
}

export interface ReleaseLedger {
  /** Writes a new record with phase queued. When the releaseId exists, answers that record and changes nothing. */
  addRelease(
    release: Omit<ReleaseRecord, 'phase' | 'executionArn' | 'outcome' | 'endedAt' | 'files'>,
  ): Promise<{ readonly record: ReleaseRecord; readonly added: boolean }>;
  release(releaseId: string): Promise<ReleaseRecord | undefined>;
  /** In order of request; filters are conjunctive. */
  releases(filter?: {
    readonly endpoint?: string;
    readonly version?: string;
    readonly phase?: ReleaseRecord['phase'];
  }): Promise<readonly ReleaseRecord[]>;
  /** queued -> running; running again with the same execution changes nothing; a no-op on an ended record. */
  markRunning(releaseId: string, executionArn: string): Promise<void>;
  /** Ends a record that owns no endpoint (refused before its claim, or taken out of the queue). No-op when ended. */
  endRelease(releaseId: string, outcome: Outcome, at: Instant): Promise<void>;
  /** Appends a file to the record, once per ref. */
  attachFile(releaseId: string, file: EvidenceRef): Promise<void>;
}

/** An event that came in and must reach the bus: committed before the sender hears 2xx. */
export interface DeliveryRow {
  readonly eventId: string;
  readonly event: unknown;
  readonly receivedAt: Instant;
  readonly published: boolean;
}

export interface DeliveryLedger {
  /** Commits the event unless its delivery id (per source) or its content digest (per source) is known. */
  acceptDelivery(delivery: {
    readonly source: string;
    readonly deliveryId?: string;
    readonly contentDigest: string;
    readonly eventId: string;
    readonly event: unknown;
    readonly receivedAt: Instant;
  }): Promise<'accepted' | 'duplicate'>;
  /** Oldest first. */
  unpublishedDeliveries(): Promise<readonly DeliveryRow[]>;
  markPublished(eventId: string): Promise<void>;
  /** Kept for people: what could not be understood or mapped. Once per quarantineId. */
  quarantine(entry: {
    readonly quarantineId: string;
    readonly source: string;
    readonly why: string;
    readonly message: unknown;
    readonly at: Instant;
  }): Promise<void>;
  quarantined(): Promise<
    readonly {
      readonly quarantineId: string;
      readonly source: string;
      readonly why: string;
      readonly at: Instant;
    }[]
  >;
}

/** One line of the append-only trail: who did what, to what, why. */
export interface AuditEntry {
  readonly at: Instant;
  readonly actor: string;
  readonly action: string;
  readonly says: string;
  readonly endpoint?: string;
  readonly releaseId?: string;
  readonly evidence?: EvidenceRef;
  /** Where given, the entry is written once: a retried handler adds no second line. */
  readonly onceId?: string;
}

export interface AuditRow extends AuditEntry {
  readonly order: number;
}

export interface AuditLedger {
  audit(entry: AuditEntry): Promise<void>;
  /** In order; those after `afterOrder` where given, at most 1,000 at a time. */
  auditTrail(filter?: {
    readonly releaseId?: string;
    readonly afterOrder?: number;
  }): Promise<readonly AuditRow[]>;
}
