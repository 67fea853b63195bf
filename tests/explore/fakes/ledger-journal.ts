import { chainStart, linked } from '../../../src/app/ports/audit-chain.ts';
import { mostLines } from '../../../src/app/ports/journal-rows.ts';
import type { AuditLedger, DeliveryLedger } from '../../../src/app/ports/ledger.ts';
import { inUtf8, kept, type LedgerCell } from './ledger.ts';

/** What came in, and what was done about it. */

export function deliveryRows(cell: LedgerCell): DeliveryLedger {
  return {
    acceptDelivery: async (delivery) => {
      const event: unknown = kept(delivery.event ?? null);
      const { source, deliveryId, contentDigest, eventId, receivedAt } = delivery;
      const known = cell
        .get()
        .deliveries.some(
          (one) =>
            one.eventId === eventId ||
            (one.source === source &&
              (one.contentDigest === contentDigest ||
                (deliveryId !== undefined && one.deliveryId === deliveryId))),
        );
      if (known) return 'duplicate';
      const row = { source, deliveryId, contentDigest, eventId, event, receivedAt, published: false };
      cell.set({ deliveries: [...cell.get().deliveries, row] });
      return 'accepted';
    },
    unpublishedDeliveries: async () =>
      cell
        .get()
        .deliveries.filter((one) => !one.published)
        .toSorted((a, b) => a.receivedAt - b.receivedAt)
        .map(({ eventId, event, receivedAt, published }) => ({ eventId, event, receivedAt, published })),
    markPublished: async (eventId) => {
      const { deliveries } = cell.get();
      cell.set({
        deliveries: deliveries.map((one) => (one.eventId === eventId ? { ...one, published: true } : one)),
      });
    },
    quarantine: async ({ quarantineId, source, why, at }) => {
      const { quarantine } = cell.get();
      if (quarantine.some((one) => one.quarantineId === quarantineId)) return;
      cell.set({ quarantine: [...quarantine, { quarantineId, source, why: inUtf8(why), at }] });
    },
    quarantined: async () => cell.get().quarantine.toSorted((a, b) => a.at - b.at),
  };
}

export function trailRows(cell: LedgerCell): AuditLedger {
  return {
    audit: async (entry) => {
      const written = kept(entry);
      const { audit, onceIds } = cell.get();
      if (entry.onceId !== undefined && onceIds.has(entry.onceId)) return;
      cell.set({
        audit: [...audit, linked(audit.at(-1) ?? chainStart, written)],
        ...(entry.onceId === undefined ? {} : { onceIds: new Set([...onceIds, entry.onceId]) }),
      });
    },
    auditTrail: async (filter = {}) =>
      cell
        .get()
        .audit.filter(
          (one) =>
            one.order > (filter.afterOrder ?? 0) &&
            (filter.releaseId === undefined || one.releaseId === filter.releaseId),
        )
        .slice(0, mostLines),
  };
}
