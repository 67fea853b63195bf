import type { CommandRow, EndpointLedger, EndpointRow, WriteIntent } from '../../app/ports/ledger.ts';
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
  type OwnedRow,
  ownedRow,
  restoring,
  takenOver,
  yielded,
} from '../../app/ports/ledger-rules.ts';
import type { Lease } from '../../domain/lease.ts';
import { keyOf, listOf } from './dynamo-keys.ts';
import { endRecord, pendingOf, readRelease, unchanged } from './dynamo-release-row.ts';
import type { Decision, DynamoStore } from './dynamo-store.ts';
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

    takeOver: (lost, owner) =>
      store.write(async () => {
        const { row, guard } = await readEndpoint(store, lost.endpoint);
        const release = await readRelease(store, owner.releaseId);
        const next = takenOver(row, lost, owner, release.stored?.record.phase === 'ended');
        return {
          answer: { endpoint: lost.endpoint, epoch: next.epoch },
          writes: next === row ? [] : [putEndpoint(next, guard), unchanged(release)],
        };
      }),

    freeze: (endpoint, wanted) =>
      store.write(async () => {
        const { row, guard } = await readEndpoint(store, endpoint);
        const next = frozenAs(row, endpoint, wanted);
        return { answer: next, writes: next === row ? [] : [putEndpoint(next, guard)] };
      }),

    yieldEndpoint: (endpoint, freeze, outcome) =>
      store.write(async () => {
        const { row, guard } = await readEndpoint(store, endpoint);
        const next = yielded(row, endpoint, freeze);
        const release = row?.owner && (await readRelease(store, row.owner.releaseId));
        return {
          answer: next,
          writes: [putEndpoint(next, guard), ...(release ? endRecord(release, outcome, freeze.at) : [])],
        };
      }),

    noteDrift: (at, drift) =>
      store.write(async () => {
        const { row, guard } = await readEndpoint(store, at.endpoint);
        const next = drifted(row, at, drift);
        return { answer: undefined, writes: next ? [putEndpoint(next, guard)] : [] };
      }),

    assertLease: async (lease) => ownedRow((await readEndpoint(store, lease.endpoint)).row, lease),

    recordIntent: (lease, intent) =>
      store.write(() =>
        moved(store, lease, intent.direction, (row, pending) => intended(row, intent, pending)),
      ),

    announce: (lease, move) =>
      store.write(() => moved(store, lease, move.direction, (row, pending) => announced(row, move, pending))),

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
        const next = closed(owned, outcome, at, good, pendingOf(release));
        return {
          answer: undefined,
          writes: [putEndpoint(next, guard), ...endRecord(release, outcome, at)],
        };
      }),
  };
}

/** What is about to be written; forward, as long as nobody gives a command meanwhile. */
async function moved(
  store: DynamoStore,
  lease: Lease,
  direction: WriteIntent['direction'],
  decide: (row: OwnedRow, pending: readonly CommandRow[]) => EndpointRow,
): Promise<Decision<EndpointRow>> {
  const { row, guard } = await readEndpoint(store, lease.endpoint);
  const owned = ownedRow(row, lease);
  if (direction === 'restore') {
    const next = decide(owned, []);
    return { answer: next, writes: [putEndpoint(next, guard)] };
  }
  const release = await readRelease(store, owned.owner.releaseId);
  const next = decide(owned, pendingOf(release));
  return { answer: next, writes: [putEndpoint(next, guard), unchanged(release)] };
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
