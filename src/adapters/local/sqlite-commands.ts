import type { CommandLedger } from '../../app/ports/ledger.ts';
import { requireRoom, requireRunning } from '../../app/ports/ledger-command-rules.ts';
import { commandRow, parseRow } from '../../app/ports/ledger-rows.ts';
import { readCommand, readCommands, readPending } from './sqlite-pending.ts';
import { phaseOf } from './sqlite-releases.ts';
import type { SqliteStore } from './sqlite-store.ts';

export function commandLedger(store: SqliteStore): CommandLedger {
  return {
    async addCommand(command) {
      return store.write(() => {
        const known = readCommand(store, command.commandId);
        if (known) return known;
        requireRunning(command, phaseOf(store, command.releaseId));
        requireRoom(command, readPending(store, command.releaseId));
        const row = store.row(
          `INSERT INTO commands (commandId, releaseId, kind, actor, reason, at, phase, says)
           VALUES (:commandId, :releaseId, :kind, :actor, :reason, :at, 'pending', '') RETURNING *`,
          {
            commandId: command.commandId,
            releaseId: command.releaseId,
            kind: command.kind,
            actor: command.actor,
            reason: command.reason,
            at: command.at,
          },
        );
        return parseRow(commandRow, 'commands', row ?? {});
      });
    },

    async commands(releaseId) {
      return store.read(() => readCommands(store, releaseId));
    },

    async settleCommand(commandId, phase, says) {
      store.write(() =>
        store.run(
          `UPDATE commands SET phase = :phase, says = :says WHERE commandId = :commandId AND phase = 'pending'`,
          { commandId, phase, says },
        ),
      );
    },
  };
}
