import { type ChainEnd, chainStart, linked } from '../../app/ports/audit-chain.ts';
import { auditColumns, auditEnd, auditRow, mostLines } from '../../app/ports/journal-rows.ts';
import type { AuditLedger } from '../../app/ports/ledger.ts';
import { parseRow, parseRows } from '../../app/ports/ledger-rows.ts';
import { where } from './sqlite-rows.ts';
import type { SqliteStore } from './sqlite-store.ts';

export function auditLedger(store: SqliteStore): AuditLedger {
  return {
    async audit(entry) {
      store.write(() => {
        if (entry.onceId !== undefined && isWritten(store, entry.onceId)) return;
        const line = auditColumns(linked(newest(store), entry));
        store.run(
          `INSERT INTO audit (seq, onceId, releaseId, entry, previous, digest)
           VALUES (:seq, :onceId, :releaseId, :entry, :previous, :digest)`,
          { ...line, onceId: entry.onceId ?? null },
        );
      });
    },

    async auditTrail(filter = {}) {
      const { sql, values } = where({ releaseId: filter.releaseId });
      return store.read(() =>
        parseRows(
          auditRow,
          'audit',
          store.rows(
            `SELECT seq, onceId, releaseId, entry, previous, digest FROM audit
             WHERE seq > :after AND ${sql} ORDER BY seq LIMIT ${mostLines}`,
            { ...values, after: filter.afterOrder ?? 0 },
          ),
        ),
      );
    },
  };
}

const isWritten = (store: SqliteStore, onceId: string): boolean =>
  store.row('SELECT seq FROM audit WHERE onceId = :onceId', { onceId }) !== undefined;

function newest(store: SqliteStore): ChainEnd {
  const row = store.row('SELECT seq, digest FROM audit ORDER BY seq DESC LIMIT 1');
  return row ? parseRow(auditEnd, 'audit', row) : chainStart;
}
