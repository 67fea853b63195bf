import type { CommandRow } from '../../app/ports/ledger.ts';
import { saysOfEnd } from '../../app/ports/ledger-command-rules.ts';
import { commandRow, parseRow, parseRows } from '../../app/ports/ledger-rows.ts';
import type { Outcome } from '../../domain/release.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** The commands of a release that nobody obeyed yet, in order of arrival. */
export function readPending(store: SqliteStore, releaseId: string): CommandRow[] {
  return readCommands(store, releaseId).filter((command) => command.phase === 'pending');
}

/** Nothing obeys a command of a release that ended, so none stays pending. */
export function rejectPending(store: SqliteStore, releaseId: string, outcome: Outcome): void {
  store.run(
    `UPDATE commands SET phase = 'rejected', says = :says WHERE releaseId = :releaseId AND phase = 'pending'`,
    { releaseId, says: saysOfEnd(outcome) },
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
