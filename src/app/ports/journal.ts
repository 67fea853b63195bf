import type { EvidenceRef } from '../../domain/evidence.ts';
import type { Instant } from '../../domain/units.ts';

/** What the ledger keeps of what came in and of what was done: events until they are published, and the audit trail. */

/**
 * An event that came in and must reach who it is for: committed before the sender hears 2xx. `published` when the bus has
 * it; an alert's event when it was answered.
 */
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

/** Links to the row before it, so that a row that was changed, dropped or slipped in is found: see `audit-chain.ts`. */
export interface AuditRow extends AuditEntry {
  /** 1, 2, 3 and so on, without a gap. */
  readonly order: number;
  /** Of the row before; 64 zeros in the first one. */
  readonly previous: string;
  /** SHA-256 of this row with `previous`. */
  readonly digest: string;
}

export interface AuditLedger {
  audit(entry: AuditEntry): Promise<void>;
  /** In order; those after `afterOrder` where given, at most 1,000 at a time. */
  auditTrail(filter?: {
    readonly releaseId?: string;
    readonly afterOrder?: number;
  }): Promise<readonly AuditRow[]>;
}
