import { ReleaseError } from '../../contracts/errors.ts';
import { holds, type Lease } from '../../domain/lease.ts';
import { effectOf, firstToObey, type Outcome } from '../../domain/release.ts';
import type { CommandRow, EndpointLedger, EndpointRow, GoodConfiguration, WriteIntent } from './ledger.ts';
import { refusalBy } from './ledger-command-rules.ts';

/**
 * What the ledger decides about endpoints, over rows that a store has read: every store decides by these. The store's part is
 * that the rows still are as they were read when it writes what was decided.
 */

export type OwnedRow = EndpointRow & { readonly owner: NonNullable<EndpointRow['owner']> };
type Promotion = Parameters<EndpointLedger['close']>[4];

/**
 * The row that `lease` still owns, for `releaseId` where given.
 * @throws ReleaseError `LeaseLost` on another epoch, a closed row, or a release that is not the owner.
 */
export function ownedRow(row: EndpointRow | undefined, lease: Lease, releaseId?: string): OwnedRow {
  const owner = row?.owner;
  if (!row || !owner || !holds(lease, row) || (releaseId !== undefined && owner.releaseId !== releaseId)) {
    throw new ReleaseError(
      'LeaseLost',
      `endpoint ${lease.endpoint}: epoch ${lease.epoch}${releaseId === undefined ? '' : ` of release ${releaseId}`} ` +
        `no longer owns it; the ledger has epoch ${row?.epoch ?? 'none'}, ${owner ? `owner ${owner.releaseId}` : 'no owner'}`,
      {
        facts: {
          endpoint: lease.endpoint,
          epoch: lease.epoch,
          currentEpoch: row?.epoch ?? null,
          owner: owner ?? null,
        },
      },
    );
  }
  return { ...row, owner };
}

export function heldByOther(endpoint: string, owner: OwnedRow['owner']): ReleaseError {
  return new ReleaseError('LeaseHeldByOther', `endpoint ${endpoint} is owned by release ${owner.releaseId}`, {
    facts: { endpoint, releaseId: owner.releaseId, executionArn: owner.executionArn },
  });
}

/** @throws ReleaseError `LeaseHeldByOther` while a release owns the endpoint. */
export function adopted(known: EndpointRow | undefined, endpoint: string, good: GoodConfiguration) {
  const row = known ?? neverAdopted(endpoint);
  if (row.owner) throw heldByOther(endpoint, row.owner);
  const previousGood = sameConfiguration(row.lastGood, good) ? row.previousGood : row.lastGood;
  return { ...row, lastGood: good, previousGood };
}

/**
 * The row under its new owner; the row as it was when that very execution owns it already.
 * @param ended Whether the claiming release has a record that ended.
 * @throws ReleaseError `LeaseHeldByOther`, `NoLastGood`, `LeaseLost` as `EndpointLedger.claim` says.
 */
export function claimed(
  row: EndpointRow | undefined,
  endpoint: string,
  owner: OwnedRow['owner'],
  target: GoodConfiguration,
  ended: boolean,
): EndpointRow {
  if (row?.owner) {
    const again = row.owner.executionArn === owner.executionArn && row.owner.releaseId === owner.releaseId;
    if (!again) throw heldByOther(endpoint, row.owner);
    return row;
  }
  if (!row?.lastGood) {
    throw new ReleaseError('NoLastGood', `endpoint ${endpoint} was never adopted`, { facts: { endpoint } });
  }
  if (ended) {
    throw new ReleaseError('LeaseLost', `release ${owner.releaseId} has ended and claims nothing any more`, {
      facts: { endpoint, releaseId: owner.releaseId },
    });
  }
  return { ...row, epoch: row.epoch + 1, owner, phase: 'forward', target, intent: null, exposed: false };
}

/**
 * The row with the intent. Pending commands matter to a forward intent only.
 * @throws ReleaseError `ReleaseInterrupted` or `HoldRequested` by what is to be obeyed first.
 */
export function intended(row: OwnedRow, intent: WriteIntent, pending: readonly CommandRow[]): EndpointRow {
  if (intent.direction === 'forward') requireForward(row, pending);
  const exposed = row.exposed || (intent.direction === 'forward' && intent.candidateShare > 0);
  return { ...row, intent, exposed };
}

export const restoring = (row: OwnedRow): EndpointRow => ({ ...row, phase: 'restoring' });

/** Whether this very lease was closed before, so that closing again changes nothing. */
export const closedBefore = (row: EndpointRow | undefined, lease: Lease): boolean =>
  row?.phase === 'closed' && holds(lease, row);

/**
 * The row without an owner.
 * @throws ReleaseError `ReleaseInterrupted` for a promotion while a command that stops it is pending: whoever sent
 *   that would be told that it came too late.
 */
export function closed(
  row: OwnedRow,
  outcome: Outcome,
  good: Promotion,
  pending: readonly CommandRow[],
): EndpointRow {
  const command = firstToObey(pending);
  if (outcome.kind === 'promoted' && command && effectOf(command.kind) === 'restore')
    throw refusalBy(command);
  return { ...row, ...(good ? goodAfter(row, good) : {}), phase: 'closed', owner: null };
}

/** A stop goes before a restore that has begun, and that before a hold: whoever restores is not asked to wait. */
function requireForward(row: OwnedRow, pending: readonly CommandRow[]): void {
  const command = firstToObey(pending);
  const effect = command ? effectOf(command.kind) : 'continue';
  if (command && effect === 'restore') throw refusalBy(command);
  if (row.phase === 'restoring') {
    throw new ReleaseError('ReleaseInterrupted', `endpoint ${row.endpoint}: the baseline is being restored`, {
      facts: { endpoint: row.endpoint, epoch: row.epoch, phase: row.phase },
    });
  }
  if (command && effect === 'hold') throw refusalBy(command);
}

function goodAfter(
  row: EndpointRow,
  good: NonNullable<Promotion>,
): Pick<EndpointRow, 'lastGood' | 'previousGood'> {
  switch (good.by) {
    case 'promotion':
      return { lastGood: good.configuration, previousGood: row.lastGood };
    case 'rollback':
      // Back on the lastGood itself nothing was rolled back beyond it, so the one before stays reachable.
      return {
        lastGood: good.configuration,
        previousGood: sameConfiguration(row.lastGood, good.configuration) ? row.previousGood : null,
      };
  }
}

function sameConfiguration(a: GoodConfiguration | null, b: GoodConfiguration): boolean {
  return a?.configuration.digest === b.configuration.digest;
}

function neverAdopted(endpoint: string): EndpointRow {
  return {
    endpoint,
    epoch: 0,
    owner: null,
    phase: 'closed',
    lastGood: null,
    previousGood: null,
    target: null,
    intent: null,
    exposed: false,
  };
}
