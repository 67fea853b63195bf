import * as z from 'zod';
import type { CommandLedger, CommandRow } from '../../app/ports/ledger.ts';
import { requireRoom, requireRunning, saysOfEnd } from '../../app/ports/ledger-command-rules.ts';
import { commandRow, parseRow, type Row } from '../../app/ports/ledger-rows.ts';
import { commandsBegin, keyOf, listOf } from './dynamo-keys.ts';
import { type FoundRelease, putRelease, readRelease } from './dynamo-release-row.ts';
import type { DynamoStore } from './dynamo-store.ts';
import { guardOf, put, type Write } from './dynamo-writes.ts';

/** Where a command is, by its id alone; never changed. */
const place = z.object({ releaseId: z.string(), order: z.int() });

export function commandLedger(store: DynamoStore): CommandLedger {
  return {
    addCommand: (command) =>
      store.write(async () => {
        const known = await findCommand(store, command.commandId);
        if (known) return known.row ? { answer: known.row, writes: [] } : 'again';
        const { releaseId } = command;
        const release = await readRelease(store, releaseId);
        requireRunning(command, release.stored?.record.phase);
        if (!release.stored) return 'again';
        requireRoom(command, release.stored.pending);
        // Drawn after the release was read: of two commands that race, the one that is written later has the higher.
        const order = await store.next(keyOf.arrivals);
        const row: CommandRow = {
          ...command,
          // DynamoDB takes no half of a character, which is what people's words have where they were cut.
          actor: command.actor.toWellFormed(),
          reason: command.reason.toWellFormed(),
          phase: 'pending',
          says: '',
          order,
        };
        const pending = [...release.stored.pending, row];
        return {
          answer: row,
          writes: [
            put(keyOf.commandId(command.commandId), { releaseId, order }, 'absent'),
            putCommand(row, 'absent'),
            putRelease({ ...release.stored, pending }, release.guard),
          ],
        };
      }),

    async commands(releaseId) {
      // First, so that a command settled before the end is not told as one that the end rejected.
      const release = await readRelease(store, releaseId);
      const rows = await store.query(listOf.release(releaseId), { prefix: commandsBegin });
      return rows.map((row) => asOf(release, row));
    },

    settleCommand: (commandId, phase, says) =>
      store.write(async () => {
        const known = await findCommand(store, commandId);
        if (!known) return { answer: undefined, writes: [] };
        const { release, guard, row } = known;
        const isPending = release.stored?.pending.some((command) => command.commandId === commandId);
        if (!release.stored || !isPending || release.stored.record.phase === 'ended')
          return { answer: undefined, writes: [] };
        if (!row) return 'again';
        const pending = release.stored.pending.filter((command) => command.commandId !== commandId);
        return {
          answer: undefined,
          writes: [
            putCommand({ ...row, phase, says: says.toWellFormed() }, guard),
            putRelease({ ...release.stored, pending }, release.guard),
          ],
        };
      }),
  };
}

/** Undefined for an id that was never written; without `row` while the transaction that writes it is not yet seen in full. */
async function findCommand(store: DynamoStore, commandId: string) {
  const known = await store.get(keyOf.commandId(commandId));
  if (!known) return undefined;
  const { releaseId, order } = parseRow(place, 'commands', known);
  const release = await readRelease(store, releaseId);
  const found = await store.get(keyOf.command(releaseId, order));
  return { release, row: found && asOf(release, found), guard: guardOf('commands', found) };
}

/** Nothing obeys a command of a release that ended: what is still pending then was rejected by the end. */
function asOf({ stored }: FoundRelease, found: Row): CommandRow {
  const row = parseRow(commandRow, 'commands', found);
  const outcome = stored?.record.outcome;
  if (row.phase !== 'pending' || !outcome) return row;
  return { ...row, phase: 'rejected', says: saysOfEnd(outcome) };
}

function putCommand({ order, ...command }: CommandRow, guard: Parameters<typeof put>[2]): Write {
  return put(keyOf.command(command.releaseId, order), { ...command, seq: order }, guard);
}
