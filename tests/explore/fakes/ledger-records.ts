import type {
  CommandLedger,
  CommandRow,
  ReleaseLedger,
  ReleaseRecord,
} from '../../../src/app/ports/ledger.ts';
import {
  knownRelease,
  requireRoom,
  requireRunning,
  saysOfEnd,
  startsRunning,
} from '../../../src/app/ports/ledger-command-rules.ts';
import { heldByOther } from '../../../src/app/ports/ledger-rules.ts';
import type { Outcome } from '../../../src/domain/release.ts';
import type { Instant } from '../../../src/domain/units.ts';
import { inUtf8, kept, type LedgerCell } from './ledger.ts';

/** Releases and what was asked of them. */

export function pendingOf(cell: LedgerCell, releaseId: string): CommandRow[] {
  return cell.get().commands.filter((one) => one.releaseId === releaseId && one.phase === 'pending');
}

export function rejectPending(cell: LedgerCell, releaseId: string, outcome: Outcome): void {
  const says = saysOfEnd(outcome);
  const commands = cell.get().commands.map((one): CommandRow => {
    const open = one.releaseId === releaseId && one.phase === 'pending';
    return open ? { ...one, phase: 'rejected', says } : one;
  });
  cell.set({ commands });
}

/** A record that ended keeps its first outcome. */
export function endRecord(cell: LedgerCell, releaseId: string, outcome: Outcome, at: Instant): void {
  changeRecord(cell, releaseId, (one) =>
    one.phase === 'ended' ? one : { ...one, phase: 'ended', outcome: kept(outcome), endedAt: at },
  );
}

export function changeRecord(
  cell: LedgerCell,
  releaseId: string,
  change: (record: ReleaseRecord) => ReleaseRecord,
): void {
  const { releases } = cell.get();
  cell.set({ releases: releases.map((one) => (one.releaseId === releaseId ? change(one) : one)) });
}

export function commandRows(cell: LedgerCell): CommandLedger {
  return {
    addCommand: async (command) => {
      const { commands, releases, nextOrder } = cell.get();
      const known = commands.find((one) => one.commandId === command.commandId);
      if (known) return known;
      requireRunning(command, releases.find((one) => one.releaseId === command.releaseId)?.phase);
      requireRoom(command, pendingOf(cell, command.releaseId));
      const { commandId, releaseId, kind, at } = command;
      const row: CommandRow = {
        commandId,
        releaseId,
        kind,
        actor: inUtf8(command.actor),
        reason: inUtf8(command.reason),
        at,
        phase: 'pending',
        says: '',
        order: nextOrder,
      };
      cell.set({ commands: [...commands, row], nextOrder: nextOrder + 1 });
      return row;
    },
    commands: async (releaseId) => cell.get().commands.filter((one) => one.releaseId === releaseId),
    settleCommand: async (commandId, phase, says) => {
      const { commands } = cell.get();
      const settled = commands.map((one) =>
        one.commandId === commandId && one.phase === 'pending' ? { ...one, phase, says: inUtf8(says) } : one,
      );
      cell.set({ commands: settled });
    },
  };
}

export function releaseRows(cell: LedgerCell): ReleaseLedger {
  const find = (releaseId: string) => cell.get().releases.find((one) => one.releaseId === releaseId);
  return {
    addRelease: async (release) => {
      const known = find(release.releaseId);
      if (known) return { record: known, added: false };
      const { releaseId, endpoint, model, version, intent } = release;
      const { generation, requestedBy, requestedAt } = release;
      const record: ReleaseRecord = {
        ...{ releaseId, endpoint, model, version, intent },
        ...{ generation, requestedBy: inUtf8(requestedBy), requestedAt },
        phase: 'queued',
        executionArn: null,
        outcome: null,
        endedAt: null,
        files: [],
      };
      cell.set({ releases: [...cell.get().releases, record] });
      return { record, added: true };
    },
    release: async (releaseId) => find(releaseId),
    releases: async (filter = {}) =>
      cell
        .get()
        .releases.filter(
          (one) =>
            (filter.endpoint ?? one.endpoint) === one.endpoint &&
            (filter.version ?? one.version) === one.version &&
            (filter.phase ?? one.phase) === one.phase,
        )
        .toSorted((a, b) => a.requestedAt - b.requestedAt),
    markRunning: async (releaseId, executionArn) => {
      if (!startsRunning(knownRelease(find(releaseId), releaseId), executionArn)) return;
      changeRecord(cell, releaseId, (one) => ({ ...one, phase: 'running', executionArn }));
    },
    endRelease: async (releaseId, outcome, at) => {
      if (knownRelease(find(releaseId), releaseId).phase === 'ended') return;
      const row = cell.get().endpoints.find((one) => one.owner?.releaseId === releaseId);
      if (row?.owner) throw heldByOther(row.endpoint, row.owner);
      endRecord(cell, releaseId, outcome, at);
      rejectPending(cell, releaseId, outcome);
    },
    attachFile: async (releaseId, file) => {
      const record = knownRelease(find(releaseId), releaseId);
      if (record.files.some((one) => one.ref === file.ref)) return;
      changeRecord(cell, releaseId, (one) => ({ ...one, files: [...one.files, kept(file)] }));
    },
  };
}
