import type { Wait, WaitKey, WaitLedger } from '../../app/ports/ledger.ts';
import { requireNoCommand } from '../../app/ports/ledger-command-rules.ts';
import { parseRow, parseRows, waitColumns, waitRow } from '../../app/ports/ledger-rows.ts';
import { ownedRow } from '../../app/ports/ledger-rules.ts';
import { closedBy, decided, noted, opened, renewed } from '../../app/ports/ledger-wait-rules.ts';
import { readEndpoint } from './sqlite-endpoints.ts';
import { readPending } from './sqlite-pending.ts';
import { where } from './sqlite-rows.ts';
import type { SqliteStore } from './sqlite-store.ts';

const byKey = 'releaseId = :releaseId AND state = :state AND visit = :visit';

export function waitLedger(store: SqliteStore): WaitLedger {
  return {
    async registerWait(lease, wait) {
      return store.write(() => {
        const row = ownedRow(readEndpoint(store, lease.endpoint), lease, wait.releaseId);
        const known = readWait(store, wait);
        if (known) return change(store, renewed(row, known, wait.token));
        requireNoCommand(wait.kind, readPending(store, row.owner.releaseId));
        const inserted = store.row(
          `INSERT INTO waits (releaseId, state, visit, endpoint, epoch, kind, token, earlierTokens, reference, exposed, since,
             deadline, phase, decision, lastLook)
           VALUES (:releaseId, :state, :visit, :endpoint, :epoch, :kind, :token, :earlierTokens, :reference, :exposed, :since,
             :deadline, :phase, :decision, :lastLook) RETURNING *`,
          waitColumns(opened(row, wait)),
        );
        return parseRow(waitRow, 'waits', inserted ?? {});
      });
    },

    async wait(key) {
      return store.read(() => readWait(store, key));
    },

    async unclosedWaits(releaseId) {
      const { sql, values } = where({ releaseId });
      return store.read(() =>
        parseRows(
          waitRow,
          'waits',
          store.rows(`SELECT * FROM waits WHERE phase <> 'closed' AND ${sql} ORDER BY since, seq`, values),
        ),
      );
    },

    async decideWait(key, taken) {
      return store.write(() => {
        const wait = decided(readWait(store, key), taken);
        if (wait) change(store, wait);
        return wait !== undefined;
      });
    },

    async closeWait(key, token) {
      return store.write(() => {
        const wait = closedBy(readWait(store, key), token);
        if (wait) change(store, wait);
        return wait?.phase === 'closed';
      });
    },

    async noteWait(key, note) {
      store.write(() => {
        const wait = noted(readWait(store, key), note);
        if (wait) change(store, wait);
      });
    },
  };
}

function change(store: SqliteStore, wait: Wait): Wait {
  const { releaseId, state, visit, token, earlierTokens, reference, phase, decision, lastLook } =
    waitColumns(wait);
  store.run(
    `UPDATE waits SET token = :token, earlierTokens = :earlierTokens, reference = :reference, phase = :phase, decision = :decision,
       lastLook = :lastLook WHERE ${byKey}`,
    { releaseId, state, visit, token, earlierTokens, reference, phase, decision, lastLook },
  );
  return wait;
}

function readWait(store: SqliteStore, { releaseId, state, visit }: WaitKey): Wait | undefined {
  const row = store.row(`SELECT * FROM waits WHERE ${byKey}`, { releaseId, state, visit });
  return row && parseRow(waitRow, 'waits', row);
}
