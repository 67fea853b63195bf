import * as z from 'zod';
import type { ChainEnd } from './audit-chain.ts';
import type { AuditRow, DeliveryRow } from './journal.ts';
import { evidenceRef, flag, json, moment, text } from './ledger-rows.ts';

export const deliveryRow = z.object({
  eventId: z.string(),
  event: json(z.unknown()),
  receivedAt: moment,
  published: flag,
}) satisfies z.ZodType<DeliveryRow>;

export const quarantineRow = z.object({
  quarantineId: z.string(),
  source: z.string(),
  why: z.string(),
  at: moment,
});

const auditEntry = z.object({
  at: moment,
  actor: z.string(),
  action: z.string(),
  says: z.string(),
  endpoint: z.exactOptional(z.string()),
  releaseId: z.exactOptional(z.string()),
  evidence: z.exactOptional(evidenceRef),
  onceId: z.exactOptional(z.string()),
});

/**
 * A line says what its columns say, where a store has them: they decide whose trail a line is in and what is written once,
 * and the entry with its digest would hide that one was changed.
 */
export const auditRow = z
  .object({
    seq: z.int(),
    previous: z.string(),
    digest: z.string(),
    releaseId: z.exactOptional(z.string().nullable()),
    onceId: z.exactOptional(z.string().nullable()),
    entry: json(auditEntry),
  })
  .transform(
    ({ seq, entry, previous, digest, releaseId = entry.releaseId, onceId = entry.onceId }): AuditRow => {
      const { releaseId: _itsRelease, onceId: _its, ...rest } = entry;
      return {
        ...rest,
        ...(typeof releaseId === 'string' ? { releaseId } : {}),
        ...(typeof onceId === 'string' ? { onceId } : {}),
        order: seq,
        previous,
        digest,
      };
    },
  );

/** What a store keeps of a line. */
export const auditColumns = ({ order, previous, digest, ...entry }: AuditRow) => ({
  seq: order,
  previous,
  digest,
  releaseId: entry.releaseId ?? null,
  entry: text(entry),
});

/** What the next line is linked to, of the newest one. */
export const auditEnd = z
  .object({ seq: z.int(), digest: z.string() })
  .transform(({ seq, digest }): ChainEnd => ({ order: seq, digest }));

/** Lines of the trail answered at a time. */
export const mostLines = 1000;
