import * as z from 'zod';
import type { AuditLedger, AuditRow } from '../../app/ports/ledger.ts';
import { evidenceRef, json, moment, parseRows, text, where } from './sqlite-rows.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** Lines answered at a time. */
const most = 1000;

const auditRow = z
  .object({
    seq: z.int(),
    entry: json(
      z.object({
        at: moment,
        actor: z.string(),
        action: z.string(),
        says: z.string(),
        endpoint: z.exactOptional(z.string()),
        releaseId: z.exactOptional(z.string()),
        evidence: z.exactOptional(evidenceRef),
        onceId: z.exactOptional(z.string()),
      }),
    ),
  })
  .transform(({ seq, entry }): AuditRow => ({ ...entry, order: seq }));

export function auditLedger(store: SqliteStore): AuditLedger {
  return {
    async audit(entry) {
      const written = text(entry);
      store.write(() =>
        store.run(
          `INSERT INTO audit (onceId, releaseId, entry) VALUES (:onceId, :releaseId, :written)
           ON CONFLICT (onceId) DO NOTHING`,
          { onceId: entry.onceId ?? null, releaseId: entry.releaseId ?? null, written },
        ),
      );
    },

    async auditTrail(filter = {}) {
      const { sql, values } = where({ releaseId: filter.releaseId });
      return store.read(() =>
        parseRows(
          auditRow,
          'audit',
          store.rows(
            `SELECT seq, entry FROM audit WHERE seq > :after AND ${sql} ORDER BY seq LIMIT ${most}`,
            {
              ...values,
              after: filter.afterOrder ?? 0,
            },
          ),
        ),
      );
    },
  };
}
