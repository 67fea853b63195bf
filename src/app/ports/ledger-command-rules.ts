import { ReleaseError } from '../../contracts/errors.ts';
import { type Command, effectOf, firstToObey, type Outcome } from '../../domain/release.ts';
import type { CommandRow, ReleaseRecord, WaitKind } from './ledger.ts';

/** What the ledger decides about commands and about the record of the release that they are for. */

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

/** @throws ReleaseError `CommandRejected` unless the release runs. @param phase Undefined without a record. */
export function requireRunning(command: Command, phase: ReleaseRecord['phase'] | undefined): void {
  if (phase === 'running') return;
  const found = phase ?? 'unknown';
  throw new ReleaseError(
    'CommandRejected',
    `${command.kind}: release ${command.releaseId} is ${found}, and only a running release takes commands`,
    { facts: { releaseId: command.releaseId, kind: command.kind, phase: found } },
  );
}

/** What a release has pending at most: 100 of 2,000 ASCII characters each, or fewer with more bytes. */
const mostPending = 100;
/** A store may keep a release in one item of 400 KiB, with its files. */
const mostPendingBytes = 256 * 1024;

/**
 * Beyond the bound only what is to be obeyed before all that is pending has room, as an abort behind many holds:
 * that is once for each rank, so that the bound is passed by a few.
 * @throws ReleaseError `CommandRejected`, `pending` among its facts.
 */
export function requireRoom(command: Command, pending: readonly CommandRow[]): void {
  const after = [...pending, command];
  const fits = pending.length < mostPending && Buffer.byteLength(JSON.stringify(after)) <= mostPendingBytes;
  if (fits || firstToObey<Command>(after) === command) return;
  const { releaseId, kind } = command;
  throw new ReleaseError(
    'CommandRejected',
    `${kind}: release ${releaseId} has ${pending.length} commands pending already, and takes no more before it obeyed some`,
    { facts: { releaseId, kind, phase: 'running', pending: pending.length } },
  );
}

/**
 * A hold is obeyed by waiting, and whoever restores has obeyed everything already.
 * @throws ReleaseError `ReleaseInterrupted` or `HoldRequested` by what is to be obeyed before a wait of this kind.
 */
export function requireNoCommand(kind: WaitKind, pending: readonly CommandRow[]): void {
  if (kind === 'restore') return;
  const command = firstToObey(pending);
  if (!command) return;
  const effect = effectOf(command.kind);
  if (effect === 'restore' || (effect === 'hold' && kind !== 'hold')) throw refusalBy(command);
}

/** What a command still pending is told when its release ends: nothing obeys it any more, so it is rejected. */
export const saysOfEnd = (outcome: Outcome): string =>
  `the release had ended (${outcome.kind}): ${outcome.says}`;

/** @throws ReleaseError `CommandRejected` when the ledger has no such record. */
export function knownRelease<Found extends object>(record: Found | undefined, releaseId: string): Found {
  if (record) return record;
  throw new ReleaseError('CommandRejected', `the ledger has no release ${releaseId}`, {
    facts: { releaseId, phase: 'unknown' },
  });
}

/**
 * Whether the record is to be marked as running under this execution; false when it is already, or has ended.
 * @throws ReleaseError `LeaseHeldByOther` when another execution runs it.
 */
export function startsRunning(
  record: Pick<ReleaseRecord, 'releaseId' | 'phase' | 'executionArn'>,
  executionArn: string,
): boolean {
  const { releaseId } = record;
  if (record.phase === 'running' && record.executionArn !== executionArn) {
    throw new ReleaseError(
      'LeaseHeldByOther',
      `release ${releaseId} already runs as execution ${record.executionArn}`,
      { facts: { releaseId, executionArn: record.executionArn } },
    );
  }
  return record.phase === 'queued';
}
