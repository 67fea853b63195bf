import * as z from 'zod';
import type { Wait, WaitDecision, WaitKey, WaitKind, WaitLedger } from '../../app/ports/ledger.ts';
import { effectOf } from '../../domain/release.ts';
import { ownedRow } from './sqlite-ownership.ts';
import { refusalBy, toObey } from './sqlite-pending.ts';
import { flag, json, moment, parseRow, parseRows, text, where } from './sqlite-rows.ts';
import type { SqliteStore } from './sqlite-store.ts';

const reference = z.record(z.string(), z.unknown());
const decision = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), output: z.unknown(), says: z.string() }),
  z.object({
    kind: z.literal('stopped'),
    error: z.string(),
    says: z.string(),
    facts: z.exactOptional(z.unknown()),
  }),
]);
const lastLook = z.object({ at: moment, says: z.string() });

const waitRow = z
  .object({
    releaseId: z.string(),
    state: z.string(),
    visit: z.int(),
    endpoint: z.string(),
    epoch: z.int(),
    kind: z.enum(['job', 'endpointUpdate', 'approval', 'probes', 'traffic', 'hold', 'restore', 'skipped']),
    token: z.string(),
    reference: json(reference),
    exposed: flag,
    since: moment,
    deadline: moment,
    phase: z.enum(['open', 'decided', 'closed']),
    decision: json(decision).nullable(),
    lastLook: json(lastLook).nullable(),
  })
  .refine((row) => (row.phase === 'open') === (row.decision === null), 'its phase does not fit its decision');

const byKey = 'releaseId = :releaseId AND state = :state AND visit = :visit';
const keyOf = ({ releaseId, state, visit }: WaitKey) => ({ releaseId, state, visit });

export function waitLedger(store: SqliteStore): WaitLedger {
  return {
    async registerWait(lease, wait) {
      return store.write(() => {
        const row = ownedRow(store, lease, wait.releaseId);
        const known = readWait(store, wait);
        if (known) return renewToken(store, known, wait.token);
        requireNoCommand(store, wait.kind, row.owner.releaseId);
        const inserted = store.row(
          `INSERT INTO waits (releaseId, state, visit, endpoint, epoch, kind, token, reference, exposed, since,
             deadline, phase)
           VALUES (:releaseId, :state, :visit, :endpoint, :epoch, :kind, :token, :reference, :exposed, :since,
             :deadline, 'open') RETURNING *`,
          {
            ...keyOf(wait),
            endpoint: lease.endpoint,
            epoch: lease.epoch,
            kind: wait.kind,
            token: wait.token,
            reference: text(wait.reference),
            exposed: wait.exposed ? 1 : 0,
            since: wait.since,
            deadline: wait.deadline,
          },
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
      const written = text(carried(taken));
      return store.write(
        () =>
          store.run(
            `UPDATE waits SET phase = 'decided', decision = :written WHERE ${byKey} AND phase = 'open'`,
            {
              ...keyOf(key),
              written,
            },
          ) === 1,
      );
    },

    async closeWait(key, token) {
      return store.write(() => {
        const known = readWait(store, key);
        if (known?.phase === 'decided' && known.token === token) {
          return store.run(`UPDATE waits SET phase = 'closed' WHERE ${byKey}`, keyOf(key)) === 1;
        }
        return known?.phase === 'closed';
      });
    },

    async noteWait(key, note) {
      store.write(() => {
        const known = readWait(store, key);
        if (known?.phase !== 'open') return;
        const next = { ...known, ...present(note) };
        store.run(`UPDATE waits SET lastLook = :lastLook, reference = :reference WHERE ${byKey}`, {
          ...keyOf(key),
          lastLook: text(next.lastLook),
          reference: text(next.reference),
        });
      });
    },
  };
}

/** A hold is obeyed by waiting, and whoever restores has obeyed everything already. */
function requireNoCommand(store: SqliteStore, kind: WaitKind, releaseId: string): void {
  if (kind === 'restore') return;
  const command = toObey(store, releaseId);
  if (!command) return;
  const effect = effectOf(command.kind);
  if (effect === 'restore' || (effect === 'hold' && kind !== 'hold')) throw refusalBy(command);
}

function renewToken(store: SqliteStore, known: Wait, token: string): Wait {
  if (known.phase === 'closed') return known;
  store.run(`UPDATE waits SET token = :token WHERE ${byKey}`, { ...keyOf(known), token });
  return { ...known, token };
}

/** JSON has no `undefined`; a token's success without output is sent as null. */
function carried(taken: WaitDecision): WaitDecision {
  return taken.kind === 'done' ? { ...taken, output: taken.output ?? null } : taken;
}

function present(note: Parameters<WaitLedger['noteWait']>[1]): typeof note {
  return {
    ...(note.lastLook === undefined ? {} : { lastLook: note.lastLook }),
    ...(note.reference === undefined ? {} : { reference: note.reference }),
  };
}

function readWait(store: SqliteStore, key: WaitKey): Wait | undefined {
  const row = store.row(`SELECT * FROM waits WHERE ${byKey}`, keyOf(key));
  return row && parseRow(waitRow, 'waits', row);
}
