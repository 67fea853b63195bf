import type { EndpointLedger, EndpointRow } from '../../app/ports/ledger.ts';
import { endpointColumns, endpointRow, parseRow, parseRows } from '../../app/ports/ledger-rows.ts';
import {
  adopted,
  announced,
  claimed,
  closed,
  closedBefore,
  drifted,
  frozenAs,
  intended,
  ownedRow,
  restoring,
  takenOver,
  yielded,
} from '../../app/ports/ledger-rules.ts';
import type { Outcome } from '../../domain/release.ts';
import type { Instant } from '../../domain/units.ts';
import { readPending, rejectPending } from './sqlite-pending.ts';
import { endRecord, phaseOf } from './sqlite-releases.ts';
import type { SqliteStore } from './sqlite-store.ts';

export function endpointLedger(store: SqliteStore): EndpointLedger {
  return {
    async endpoint(endpoint) {
      return store.read(() => readEndpoint(store, endpoint));
    },

    async endpoints() {
      return store.read(() =>
        parseRows(endpointRow, 'endpoints', store.rows('SELECT * FROM endpoints ORDER BY endpoint')),
      );
    },

    async adopt(endpoint, good) {
      return store.write(() => save(store, adopted(readEndpoint(store, endpoint), endpoint, good)));
    },

    async claim(endpoint, owner, target) {
      return store.write(() => {
        const ended = phaseOf(store, owner.releaseId) === 'ended';
        const row = claimed(readEndpoint(store, endpoint), endpoint, owner, target, ended);
        return { endpoint, epoch: save(store, row).epoch };
      });
    },

    async takeOver(lost, owner) {
      return store.write(() => {
        const ended = phaseOf(store, owner.releaseId) === 'ended';
        const row = takenOver(readEndpoint(store, lost.endpoint), lost, owner, ended);
        return { endpoint: lost.endpoint, epoch: save(store, row).epoch };
      });
    },

    async freeze(endpoint, wanted) {
      return store.write(() => save(store, frozenAs(readEndpoint(store, endpoint), endpoint, wanted)));
    },

    async yieldEndpoint(endpoint, freeze, outcome) {
      return store.write(() => {
        const found = readEndpoint(store, endpoint);
        const row = save(store, yielded(found, endpoint, freeze));
        if (found?.owner) endOwner(store, found.owner.releaseId, outcome, freeze.at);
        return row;
      });
    },

    async noteDrift(at, drift) {
      store.write(() => {
        const row = drifted(readEndpoint(store, at.endpoint), at, drift);
        if (row) save(store, row);
      });
    },

    async assertLease(lease) {
      return store.read(() => ownedRow(readEndpoint(store, lease.endpoint), lease));
    },

    async recordIntent(lease, intent) {
      return store.write(() => {
        const row = ownedRow(readEndpoint(store, lease.endpoint), lease);
        return save(store, intended(row, intent, readPending(store, row.owner.releaseId)));
      });
    },

    async announce(lease, move) {
      return store.write(() => {
        const row = ownedRow(readEndpoint(store, lease.endpoint), lease);
        return save(store, announced(row, move, readPending(store, row.owner.releaseId)));
      });
    },

    async beginRestore(lease) {
      return store.write(() => save(store, restoring(ownedRow(readEndpoint(store, lease.endpoint), lease))));
    },

    async close(lease, releaseId, outcome, at, good) {
      return store.write(() => {
        const found = readEndpoint(store, lease.endpoint);
        if (closedBefore(found, lease)) return;
        const row = ownedRow(found, lease, releaseId);
        save(store, closed(row, outcome, at, good, readPending(store, releaseId)));
        endOwner(store, releaseId, outcome, at);
      });
    },
  };
}

function endOwner(store: SqliteStore, releaseId: string, outcome: Outcome, at: Instant): void {
  endRecord(store, releaseId, outcome, at);
  rejectPending(store, releaseId, outcome);
}

export function readEndpoint(store: SqliteStore, endpoint: string): EndpointRow | undefined {
  const row = store.row('SELECT * FROM endpoints WHERE endpoint = :endpoint', { endpoint });
  return row && parseRow(endpointRow, 'endpoints', row);
}

function save(store: SqliteStore, row: EndpointRow): EndpointRow {
  store.run(
    `INSERT OR REPLACE INTO endpoints
       (endpoint, epoch, phase, releaseId, executionArn, lastGood, previousGood, target, intent, exposed, writesUntil,
        freeze, drift)
     VALUES
       (:endpoint, :epoch, :phase, :releaseId, :executionArn, :lastGood, :previousGood, :target, :intent, :exposed,
        :writesUntil, :freeze, :drift)`,
    endpointColumns(row),
  );
  return row;
}
