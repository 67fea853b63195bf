import * as z from 'zod';
import type { CommandRow } from '../../app/ports/ledger.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { effectOf, firstToObey, type Outcome } from '../../domain/release.ts';
import { moment, parseRow, parseRows } from './sqlite-rows.ts';
import type { SqliteStore } from './sqlite-store.ts';

export const commandRow = z
  .object({
    seq: z.int(),
    commandId: z.string(),
    releaseId: z.string(),
    kind: z.enum(['rollback', 'alert', 'abort', 'supersede', 'hold', 'resume', 'approve']),
    actor: z.string(),
    reason: z.string(),
    at: moment,
    phase: z.enum(['pending', 'applied', 'rejected']),
    says: z.string(),
  })
  .transform(({ seq, ...row }): CommandRow => ({ ...row, order: seq }));

/** The pending command of a release to obey first; undefined when nothing is pending. */
export function toObey(store: SqliteStore, releaseId: string): CommandRow | undefined {
  return firstToObey(readCommands(store, releaseId).filter((command) => command.phase === 'pending'));
}

/** @param command One that stops or holds. */
export function refusalBy(command: CommandRow): ReleaseError {
  const name = effectOf(command.kind) === 'hold' ? 'HoldRequested' : 'ReleaseInterrupted';
  return new ReleaseError(name, `${command.kind} by ${command.actor}: ${command.reason}`, {
    facts: {
      commandId: command.commandId,
      kind: command.kind,
      actor: command.actor,
      reason: command.reason,
    },
  });
}

/** Nothing obeys a command of a release that ended, so none stays pending. */
export function rejectPending(store: SqliteStore, releaseId: string, outcome: Outcome): void {
  store.run(
    `UPDATE commands SET phase = 'rejected', says = :says WHERE releaseId = :releaseId AND phase = 'pending'`,
    { releaseId, says: `the release had ended (${outcome.kind}): ${outcome.says}` },
  );
}

export function readCommand(store: SqliteStore, commandId: string): CommandRow | undefined {
  const row = store.row('SELECT * FROM commands WHERE commandId = :commandId', { commandId });
  return row && parseRow(commandRow, 'commands', row);
}

export function readCommands(store: SqliteStore, releaseId: string): CommandRow[] {
  return parseRows(
    commandRow,
    'commands',
    store.rows('SELECT * FROM commands WHERE releaseId = :releaseId ORDER BY seq', { releaseId }),
  );
}
