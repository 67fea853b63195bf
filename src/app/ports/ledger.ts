import type { EvidenceRef } from '../../domain/evidence.ts';
import type { Lease } from '../../domain/lease.ts';
import type { Command, Outcome, Release } from '../../domain/release.ts';
import type { Instant } from '../../domain/units.ts';
import type { EndpointLedger } from './endpoint-ledger.ts';
import type { AuditLedger, DeliveryLedger } from './journal.ts';

export type {
  Drift,
  EndpointLedger,
  EndpointRow,
  Freeze,
  GoodConfiguration,
  Lift,
  WriteIntent,
} from './endpoint-ledger.ts';
export type { AuditEntry, AuditLedger, AuditRow, DeliveryLedger, DeliveryRow } from './journal.ts';

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
  /** The task token that was registered last: a retried task gets another one. */
  readonly token: string;
  /**
   * Those before it. Attempts may register in any order, so that which of them the machine waits for is not known here:
   * all are answered.
   */
  readonly earlierTokens: readonly string[];
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
   * pending (a wait of kind `hold` accepts a pending hold, a wait of kind `restore` accepts everything), or when the
   * endpoint is in phase `restoring` and the wait is of another kind.
   * When the key exists, only its token (if the row is not closed) is replaced and the row as it stands is answered:
   * a retried task finds its decision. In phase `restoring` a wait of another kind is not taken up again either,
   * unless it is closed.
   */
  registerWait(
    lease: Lease,
    wait: Omit<Wait, 'phase' | 'decision' | 'lastLook' | 'epoch' | 'endpoint' | 'earlierTokens'>,
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
