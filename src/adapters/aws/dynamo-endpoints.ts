import type { EndpointLedger, EndpointRow } from '../../app/ports/ledger.ts';
import { endpointColumns, endpointRow, parseRow, parseRows } from '../../app/ports/ledger-rows.ts';
import {
  adopted,
  claimed,
  closed,
  closedBefore,
  intended,
  ownedRow,
  restoring,
} from '../../app/ports/ledger-rules.ts';
import { keyOf, listOf } from './dynamo-keys.ts';
import { endRecord, pendingOf, readRelease, unchanged } from './dynamo-release-row.ts';
import type { DynamoStore } from './dynamo-store.ts';
import { type Guard, guardOf, put, type Write } from './dynamo-writes.ts';

export function endpointLedger(store: DynamoStore): EndpointLedger {
  return {
    endpoint: async (endpoint) => (await readEndpoint(store, endpoint)).row,

    async endpoints() {
      const rows = await store.query(listOf.endpoints);
      return parseRows(endpointRow, 'endpoints', rows).sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
    },

    adopt: (endpoint, good) =>
      store.write(async () => {
        const { row, guard } = await readEndpoint(store, endpoint);
        const next = adopted(row, endpoint, good);
        return { answer: next, writes: [putEndpoint(next, guard)] };
      }),

    claim: (endpoint, owner, target) =>
      store.write(async () => {
        const { row, guard } = await readEndpoint(store, endpoint);
        const release = await readRelease(store, owner.releaseId);
        const next = claimed(row, endpoint, owner, target, release.stored?.record.phase === 'ended');
        return {
          answer: { endpoint, epoch: next.epoch },
          writes: next === row ? [] : [putEndpoint(next, guard), unchanged(release)],
        };
      }),

    assertLease: async (lease) => ownedRow((await readEndpoint(store, lease.endpoint)).row, lease),

    recordIntent: (lease, intent) =>
      store.write(async () => {
        const { row, guard } = await readEndpoint(store, lease.endpoint);
        const owned = ownedRow(row, lease);
        if (intent.direction === 'restore') {
          const next = intended(owned, intent, []);
          return { answer: next, writes: [putEndpoint(next, guard)] };
        }
        const release = await readRelease(store, owned.owner.releaseId);
        const next = intended(owned, intent, pendingOf(release));
        return { answer: next, writes: [putEndpoint(next, guard), unchanged(release)] };
      }),

    beginRestore: (lease) =>
      store.write(async () => {
        const { row, guard } = await readEndpoint(store, lease.endpoint);
        const next = restoring(ownedRow(row, lease));
        return { answer: next, writes: [putEndpoint(next, guard)] };
      }),

    close: (lease, releaseId, outcome, at, good) =>
      store.write(async () => {
        const { row, guard } = await readEndpoint(store, lease.endpoint);
        if (closedBefore(row, lease)) return { answer: undefined, writes: [] };
        const owned = ownedRow(row, lease, releaseId);
        const release = await readRelease(store, releaseId);
        const next = closed(owned, outcome, good, pendingOf(release));
        return {
          answer: undefined,
          writes: [putEndpoint(next, guard), ...endRecord(release, outcome, at)],
        };
      }),
  };
}

export async function readEndpoint(
  store: DynamoStore,
  endpoint: string,
): Promise<{ readonly row: EndpointRow | undefined; readonly guard: Guard }> {
  const found = await store.get(keyOf.endpoint(endpoint));
  return {
    row: found && parseRow(endpointRow, 'endpoints', found),
    guard: guardOf('endpoints', found),
  };
}

const putEndpoint = (row: EndpointRow, guard: Guard): Write =>
  put(keyOf.endpoint(row.endpoint), endpointColumns(row), guard);
