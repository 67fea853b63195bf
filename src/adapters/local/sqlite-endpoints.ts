import type { EndpointLedger, EndpointRow, GoodConfiguration } from '../../app/ports/ledger.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { holds } from '../../domain/lease.ts';
import { effectOf } from '../../domain/release.ts';
import { heldByOther, type OwnedRow, ownedRow, readEndpoint } from './sqlite-ownership.ts';
import { refusalBy, rejectPending, toObey } from './sqlite-pending.ts';
import { endRecord, phaseOf } from './sqlite-releases.ts';
import { endpointRow, parseRows, text } from './sqlite-rows.ts';
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
      return store.write(() => {
        const row = readEndpoint(store, endpoint) ?? neverAdopted(endpoint);
        if (row.owner) throw heldByOther(endpoint, row.owner);
        const previousGood = sameConfiguration(row.lastGood, good) ? row.previousGood : row.lastGood;
        return save(store, { ...row, lastGood: good, previousGood });
      });
    },

    async claim(endpoint, owner, target) {
      return store.write(() => {
        const row = readEndpoint(store, endpoint);
        if (row?.owner) {
          const again =
            row.owner.executionArn === owner.executionArn && row.owner.releaseId === owner.releaseId;
          if (!again) throw heldByOther(endpoint, row.owner);
          return { endpoint, epoch: row.epoch };
        }
        if (!row?.lastGood) {
          throw new ReleaseError('NoLastGood', `endpoint ${endpoint} was never adopted`, {
            facts: { endpoint },
          });
        }
        if (phaseOf(store, owner.releaseId) === 'ended') {
          throw new ReleaseError(
            'LeaseLost',
            `release ${owner.releaseId} has ended and claims nothing any more`,
            {
              facts: { endpoint, releaseId: owner.releaseId },
            },
          );
        }
        const claimed = save(store, {
          ...row,
          epoch: row.epoch + 1,
          owner,
          phase: 'forward',
          target,
          intent: null,
          exposed: false,
        });
        return { endpoint, epoch: claimed.epoch };
      });
    },

    async assertLease(lease) {
      return store.read(() => ownedRow(store, lease));
    },

    async recordIntent(lease, intent) {
      return store.write(() => {
        const row = ownedRow(store, lease);
        if (intent.direction === 'forward') requireForward(store, row);
        const exposed = row.exposed || (intent.direction === 'forward' && intent.candidateShare > 0);
        return save(store, { ...row, intent, exposed });
      });
    },

    async beginRestore(lease) {
      return store.write(() => save(store, { ...ownedRow(store, lease), phase: 'restoring' }));
    },

    async close(lease, releaseId, outcome, at, good) {
      return store.write(() => {
        const found = readEndpoint(store, lease.endpoint);
        if (found?.phase === 'closed' && holds(lease, found)) return;
        const row = ownedRow(store, lease, releaseId);
        if (outcome.kind === 'promoted') refuseStopped(store, releaseId);
        const kept = good ? goodAfter(row, good) : {};
        save(store, { ...row, ...kept, phase: 'closed', owner: null });
        endRecord(store, releaseId, outcome, at);
        rejectPending(store, releaseId, outcome);
      });
    },
  };
}

/** A promotion is not told past a command that stops it: whoever sent it would be told that it came too late. */
function refuseStopped(store: SqliteStore, releaseId: string): void {
  const command = toObey(store, releaseId);
  if (command && effectOf(command.kind) === 'restore') throw refusalBy(command);
}

/** A stop goes before a restore that has begun, and that before a hold: whoever restores is not asked to wait. */
function requireForward(store: SqliteStore, row: OwnedRow): void {
  const command = toObey(store, row.owner.releaseId);
  const effect = command ? effectOf(command.kind) : 'continue';
  if (command && effect === 'restore') throw refusalBy(command);
  if (row.phase === 'restoring') {
    throw new ReleaseError('ReleaseInterrupted', `endpoint ${row.endpoint}: the baseline is being restored`, {
      facts: { endpoint: row.endpoint, epoch: row.epoch, phase: row.phase },
    });
  }
  if (command && effect === 'hold') throw refusalBy(command);
}

function goodAfter(
  row: EndpointRow,
  good: { readonly configuration: GoodConfiguration; readonly by: 'promotion' | 'rollback' },
): Pick<EndpointRow, 'lastGood' | 'previousGood'> {
  switch (good.by) {
    case 'promotion':
      return { lastGood: good.configuration, previousGood: row.lastGood };
    case 'rollback':
      // Back on the lastGood itself nothing was rolled back beyond it, so the one before stays reachable.
      return {
        lastGood: good.configuration,
        previousGood: sameConfiguration(row.lastGood, good.configuration) ? row.previousGood : null,
      };
  }
}

function sameConfiguration(a: GoodConfiguration | null, b: GoodConfiguration): boolean {
  return a?.configuration.digest === b.configuration.digest;
}

function neverAdopted(endpoint: string): EndpointRow {
  return {
    endpoint,
    epoch: 0,
    owner: null,
    phase: 'closed',
    lastGood: null,
    previousGood: null,
    target: null,
    intent: null,
    exposed: false,
  };
}

function save(store: SqliteStore, row: EndpointRow): EndpointRow {
  store.run(
    `INSERT OR REPLACE INTO endpoints
       (endpoint, epoch, phase, releaseId, executionArn, lastGood, previousGood, target, intent, exposed)
     VALUES
       (:endpoint, :epoch, :phase, :releaseId, :executionArn, :lastGood, :previousGood, :target, :intent, :exposed)`,
    {
      endpoint: row.endpoint,
      epoch: row.epoch,
      phase: row.phase,
      releaseId: row.owner?.releaseId ?? null,
      executionArn: row.owner?.executionArn ?? null,
      lastGood: text(row.lastGood),
      previousGood: text(row.previousGood),
      target: text(row.target),
      intent: text(row.intent),
      exposed: row.exposed ? 1 : 0,
    },
  );
  return row;
}
