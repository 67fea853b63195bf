import type { AuditLedger } from '../../app/ports/ledger.ts';
import { auditRow, mostLines, parseRows, text } from '../../app/ports/ledger-rows.ts';
import { where } from './sqlite-rows.ts';
import type { SqliteStore } from './sqlite-store.ts';

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
            `SELECT seq, entry FROM audit WHERE seq > :after AND ${sql} ORDER BY seq LIMIT ${mostLines}`,
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
