import type { EvidenceRef } from '../../domain/evidence.ts';
import type { Lease } from '../../domain/lease.ts';
import type { Outcome } from '../../domain/release.ts';
import type { Instant } from '../../domain/units.ts';

/** What the ledger keeps of endpoints: who may write to each, what was written, and what it goes back to. */

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
  /** On a restoring write: when the last forward write before it was recorded, which may arrive yet. */
  readonly forwardAt?: Instant | undefined;
  /** On a restoring write: the workspace took it, and answered. */
  readonly accepted?: boolean | undefined;
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
  /**
   * Until then a recorded write may still reach the endpoint or its alias, because whoever recorded it may live on
   * unheard (see `lastArrival`); 0 for none. Nothing moves forward and nothing is final earlier. Outlives its epoch.
   */
  readonly writesUntil: Instant;
  /** Somebody stopped forward movement here; null when nobody did. */
  readonly freeze: Freeze | null;
  /** What was found while nobody owned the endpoint: it serves something else than lastGood. */
  readonly drift: Drift | null;
}

export interface Freeze {
  /** `freeze`: nothing moves forward, rollbacks do. `breakglass`: a person has the endpoint, nothing is written. */
  readonly kind: 'freeze' | 'breakglass';
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
}

/** Lifts this very freeze, as it was seen, and no other that came since. */
export interface Lift {
  readonly lifts: Freeze;
}

export interface Drift {
  readonly since: Instant;
  readonly says: string;
}

export interface EndpointLedger {
  endpoint(endpoint: string): Promise<EndpointRow | undefined>;
  endpoints(): Promise<readonly EndpointRow[]>;
  /**
   * First good configuration of an endpoint, or a new one while it is closed; a drift is accepted by it. Otherwise
   * `LeaseHeldByOther`.
   */
  adopt(endpoint: string, good: GoodConfiguration): Promise<EndpointRow>;
  /**
   * Makes `owner` the only writer: epoch + 1, phase forward, intent null, exposed false, target as given. Claiming
   * again by the same execution changes nothing and answers the same lease. `LeaseHeldByOther` (facts: releaseId,
   * executionArn) when another owns it; `NoLastGood` when the endpoint was never adopted; `LeaseLost` when the release has ended, so
   * that a late handler of it owns nothing; `EndpointFrozen` while a person has the endpoint (breakglass).
   */
  claim(
    endpoint: string,
    owner: { readonly releaseId: string; readonly executionArn: string },
    target: GoodConfiguration,
  ): Promise<Lease>;
  /**
   * Makes `owner` the writer in the place of one that is dead or silent: epoch + 1. Everything else of the row stays: it
   * says what is to be put back. Again by the same owner: the same lease. `LeaseLost`
   * unless the endpoint is owned with the epoch of `lost`, or when the release of `owner` has ended.
   */
  takeOver(lost: Lease, owner: { readonly releaseId: string; readonly executionArn: string }): Promise<Lease>;
  /**
   * Sets what stops forward movement, or lifts it; also of an endpoint that was never adopted. A `freeze` takes nothing
   * from the person who has the endpoint (breakglass), and another freeze than the one that was seen (its kind, by, at)
   * is not lifted: then the row stays as it is, and the answer says so.
   */
  freeze(endpoint: string, wanted: Freeze | Lift): Promise<EndpointRow>;
  /**
   * Nobody writes any more: epoch + 1, phase closed, owner null, frozen as given. The record of the release that
   * owned the endpoint ends with `outcome` in the same transaction, at the freeze's time, and its pending commands are
   * rejected.
   */
  yieldEndpoint(endpoint: string, freeze: Freeze, outcome: Outcome): Promise<EndpointRow>;
  /** What was found while nobody owned the endpoint; a no-op when it has another epoch or an owner by now. */
  noteDrift(at: Lease, drift: Drift | null): Promise<void>;
  /** `LeaseLost` unless the row has the lease's epoch and is not closed. */
  assertLease(lease: Lease): Promise<EndpointRow>;
  /**
   * Records what is about to be written. `LeaseLost` on a wrong epoch. A forward intent also needs phase `forward`
   * and no pending command that stops a release: `ReleaseInterrupted` or `HoldRequested` (facts: commandId, kind,
   * actor, reason) by the command to obey first; `ReleaseInterrupted` when the phase is `restoring`;
   * `HoldRequested` (facts: kind `freeze`) while the endpoint is frozen; `EndpointDraining` while another write may
   * still arrive (`writesUntil`): one that only repeats the newest intent, by another attempt, does not wait for that.
   */
  recordIntent(lease: Lease, intent: WriteIntent): Promise<EndpointRow>;
  /**
   * Announces a move of the alias, which is no part of the configuration: on the conditions of an intent of that
   * direction but for the drain, and it too may reach the registry late. The row's intent stays.
   */
  announce(lease: Lease, move: Pick<WriteIntent, 'direction' | 'at'>): Promise<EndpointRow>;
  /** From here on only restore intents are accepted in this epoch. Idempotent. `LeaseLost` on a wrong epoch. */
  beginRestore(lease: Lease): Promise<EndpointRow>;
  /**
   * Ends the ownership: phase closed, owner null, and `good` becomes lastGood where given. The lastGood before is
   * kept as previousGood when `good` came by a promotion, and forgotten when it came by a rollback (a rollback is
   * never rolled back). The release's record ends with `outcome` in the same transaction, and commands still
   * pending are rejected. A promotion is not closed past a pending command that stops a release, nor in the phase
   * `restoring`: `ReleaseInterrupted`; nor while a write of its epoch may still arrive: `EndpointDraining`.
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
