import { ReleaseError } from '../../contracts/errors.ts';
import { askedBy, effectOf, firstToObey } from '../../domain/release.ts';
import type { CommandRow, EndpointRow, Freeze, WriteIntent } from './ledger.ts';
import { refusalBy } from './ledger-command-rules.ts';

/** What the ledger decides about whoever wants to move forward on an endpoint. */

/**
 * A stop goes before a restore that has begun, and that before a hold: whoever restores is not asked to wait.
 * @throws ReleaseError `ReleaseInterrupted` or `HoldRequested` as `EndpointLedger.recordIntent` says.
 */
export function requireForward(row: EndpointRow, pending: readonly CommandRow[]): void {
  const command = firstToObey(pending);
  const effect = command ? effectOf(command.kind) : 'continue';
  if (command && effect === 'restore') throw refusalBy(command);
  if (row.phase === 'restoring') throw restoringNow(row);
  if (command && effect === 'hold') throw refusalBy(command);
  if (row.freeze) throw held(row, row.freeze);
}

/** @throws ReleaseError `EndpointDraining` while another write than the intended one may still arrive. */
export function requireDrained(row: EndpointRow, intent: WriteIntent): void {
  const { intent: newest, writesUntil } = row;
  // However late an earlier attempt at the same arrives, it changes nothing any more.
  const again = newest?.direction === 'forward' && newest.desired.digest === intent.desired.digest;
  if (!again && intent.at < writesUntil) throw drainingNow(row);
}

export const drainingNow = ({ endpoint, writesUntil }: EndpointRow): ReleaseError =>
  new ReleaseError('EndpointDraining', `endpoint ${endpoint}: an earlier write may still arrive`, {
    facts: { until: writesUntil },
  });

export function restoringNow({ endpoint, epoch, phase }: EndpointRow): ReleaseError {
  return new ReleaseError('ReleaseInterrupted', `endpoint ${endpoint}: the baseline is being restored`, {
    facts: { endpoint, epoch, phase },
  });
}

const saysOfFreeze = ({ endpoint }: EndpointRow, { kind, by, reason }: Freeze): string =>
  `endpoint ${endpoint}: ${askedBy(kind, by, reason)}`;

/** Why a claim is refused while a person has the endpoint. */
export function frozen(row: EndpointRow, freeze: Freeze): ReleaseError {
  return new ReleaseError('EndpointFrozen', saysOfFreeze(row, freeze), { facts: { kind: freeze.kind } });
}

function held(row: EndpointRow, freeze: Freeze): ReleaseError {
  return new ReleaseError('HoldRequested', saysOfFreeze(row, freeze), {
    facts: { kind: 'freeze', actor: freeze.by, reason: freeze.reason },
  });
}
