import * as z from 'zod';
import type { Wait, WaitKey, WaitLedger } from '../../app/ports/ledger.ts';
import { requireNoCommand } from '../../app/ports/ledger-command-rules.ts';
import { parseRow, type Row, waitColumns, waitRow } from '../../app/ports/ledger-rows.ts';
import { ownedRow } from '../../app/ports/ledger-rules.ts';
import { closedBy, decided, noted, opened, renewed } from '../../app/ports/ledger-wait-rules.ts';
import { readEndpoint } from './dynamo-endpoints.ts';
import { beginningWith, keyOf, listOf } from './dynamo-keys.ts';
import { pendingOf, readRelease, unchanged } from './dynamo-release-row.ts';
import type { Decision, DynamoStore } from './dynamo-store.ts';
import { check, type Guard, guardOf, point, pointedTo, put, remove, type Write } from './dynamo-writes.ts';

interface FoundWait {
  readonly wait: Wait | undefined;
  readonly guard: Guard;
  /** Order of arrival among all waits. */
  readonly seq: number;
}

const nothing = <Answer>(answer: Answer): Decision<Answer> => ({ answer, writes: [] });

export function waitLedger(store: DynamoStore): WaitLedger {
  return {
    registerWait: (lease, wait) =>
      store.write(async () => {
        const endpoint = await readEndpoint(store, lease.endpoint);
        const row = ownedRow(endpoint.row, lease, wait.releaseId);
        const owned = check(keyOf.endpoint(lease.endpoint), endpoint.guard);
        const known = await readWait(store, wait);
        if (known.wait) {
          const next = renewed(row, known.wait, wait.token);
          return next === known.wait
            ? nothing(next)
            : { answer: next, writes: [putWait(next, known), owned] };
        }
        const release = await readRelease(store, row.owner.releaseId);
        requireNoCommand(wait.kind, pendingOf(release));
        const next = opened(row, wait);
        const seq = await store.next(keyOf.arrivals);
        return {
          answer: parseRow(waitRow, 'waits', waitColumns(next)),
          writes: [
            putWait(next, { guard: 'absent', seq }),
            point(keyOf.unclosedWait(wait), keyOf.wait(wait)),
            owned,
            // Whoever restores has obeyed every command, so a new one is no reason to look again.
            ...(wait.kind === 'restore' ? [] : [unchanged(release)]),
          ],
        };
      }),

    wait: async (key) => (await readWait(store, key)).wait,

    async unclosedWaits(releaseId) {
      const prefix = beginningWith(...(releaseId === undefined ? [] : [releaseId]));
      const listed = await store.query(listOf.unclosedWaits, { prefix });
      return (await store.getAll(listed.map(pointedTo)))
        .map(foundIn)
        .flatMap(({ wait, seq }) => (wait && wait.phase !== 'closed' ? [{ wait, seq }] : []))
        .sort((a, b) => a.wait.since - b.wait.since || a.seq - b.seq)
        .map(({ wait }) => wait);
    },

    decideWait: (key, taken) =>
      store.write(async () => {
        const known = await readWait(store, key);
        const next = decided(known.wait, taken);
        return next ? { answer: true, writes: [putWait(next, known)] } : nothing(false);
      }),

    closeWait: (key, token) =>
      store.write(async () => {
        const known = await readWait(store, key);
        const next = closedBy(known.wait, token);
        if (!next || next === known.wait) return nothing(next?.phase === 'closed');
        return { answer: true, writes: [putWait(next, known), remove(keyOf.unclosedWait(key))] };
      }),

    noteWait: (key, note) =>
      store.write(async () => {
        const known = await readWait(store, key);
        const next = noted(known.wait, note);
        return next ? { answer: undefined, writes: [putWait(next, known)] } : nothing(undefined);
      }),
  };
}

async function readWait(store: DynamoStore, key: WaitKey): Promise<FoundWait> {
  return foundIn(await store.get(keyOf.wait(key)));
}

function foundIn(row: Row | undefined): FoundWait {
  if (!row) return { wait: undefined, guard: 'absent', seq: 0 };
  const { seq } = parseRow(z.object({ seq: z.int() }), 'waits', row);
  return { wait: parseRow(waitRow, 'waits', row), guard: guardOf('waits', row), seq };
}

const putWait = (wait: Wait, { guard, seq }: Pick<FoundWait, 'guard' | 'seq'>): Write =>
  put(keyOf.wait(wait), { ...waitColumns(wait), seq }, guard);
