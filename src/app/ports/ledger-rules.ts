import { ReleaseError } from '../../contracts/errors.ts';
import { holds, type Lease, lastArrival } from '../../domain/lease.ts';
import { effectOf, firstToObey, type Outcome } from '../../domain/release.ts';
import { type Instant, instant } from '../../domain/units.ts';
import type {
  CommandRow,
  Drift,
  EndpointLedger,
  EndpointRow,
  Freeze,
  GoodConfiguration,
  Lift,
  WriteIntent,
} from './ledger.ts';
import { refusalBy } from './ledger-command-rules.ts';
import { drainingNow, frozen, requireDrained, requireForward, restoringNow } from './ledger-forward-rules.ts';

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
  // Of the version that serves already, the configuration before is none to go back to.
  const previousGood = row.lastGood?.version === good.version ? row.previousGood : row.lastGood;
  return { ...row, lastGood: good, previousGood, drift: null };
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
    if (!sameOwner(row.owner, owner)) throw heldByOther(endpoint, row.owner);
    return row;
  }
  if (!row?.lastGood) {
    throw new ReleaseError('NoLastGood', `endpoint ${endpoint} was never adopted`, { facts: { endpoint } });
  }
  if (ended) throw overAlready(endpoint, owner);
  if (row.freeze?.kind === 'breakglass') throw frozen(row, row.freeze);
  return { ...row, epoch: row.epoch + 1, owner, phase: 'forward', target, intent: null, exposed: false };
}

/**
 * The row under whoever finishes what `lost` left; the row as it was when it has been taken over by that owner already.
 * @param ended Whether the release that takes over has a record that ended.
 * @throws ReleaseError `LeaseLost` when the endpoint is not owned with the epoch of `lost`, or the release has ended.
 */
export function takenOver(
  row: EndpointRow | undefined,
  lost: Lease,
  owner: OwnedRow['owner'],
  ended: boolean,
): EndpointRow {
  if (row?.epoch === lost.epoch + 1 && row.owner && sameOwner(row.owner, owner)) return row;
  const owned = ownedRow(row, lost);
  if (ended) throw overAlready(lost.endpoint, owner);
  return { ...owned, epoch: owned.epoch + 1, owner };
}

const sameOwner = (a: OwnedRow['owner'], b: OwnedRow['owner']): boolean =>
  a.executionArn === b.executionArn && a.releaseId === b.releaseId;

function overAlready(endpoint: string, { releaseId }: OwnedRow['owner']): ReleaseError {
  return new ReleaseError('LeaseLost', `release ${releaseId} has ended and claims nothing any more`, {
    facts: { endpoint, releaseId },
  });
}

/**
 * A freeze takes nothing from the person who has the endpoint, and whoever lifts one lifts what was seen: otherwise the
 * row as it was.
 */
export function frozenAs(
  known: EndpointRow | undefined,
  endpoint: string,
  wanted: Freeze | Lift,
): EndpointRow {
  const row = known ?? neverAdopted(endpoint);
  if ('lifts' in wanted) return sameFreeze(row.freeze, wanted.lifts) ? { ...row, freeze: null } : row;
  return wanted.kind === 'freeze' && row.freeze?.kind === 'breakglass' ? row : { ...row, freeze: wanted };
}

const sameFreeze = (found: Freeze | null, seen: Freeze): boolean =>
  found !== null && found.kind === seen.kind && found.by === seen.by && found.at === seen.at;

/** The row without an owner and with a new epoch, so that whoever had it writes no more. */
export function yielded(known: EndpointRow | undefined, endpoint: string, freeze: Freeze): EndpointRow {
  const row = known ?? neverAdopted(endpoint);
  return { ...row, epoch: row.epoch + 1, phase: 'closed', owner: null, freeze, drift: null };
}

/** Undefined unless nobody owned the endpoint since it was looked at. */
export function drifted(
  row: EndpointRow | undefined,
  at: Lease,
  drift: Drift | null,
): EndpointRow | undefined {
  return row?.phase === 'closed' && row.epoch === at.epoch ? { ...row, drift } : undefined;
}

/**
 * The row with the intent. Pending commands matter to a forward intent only.
 * @throws ReleaseError `ReleaseInterrupted` or `HoldRequested` by what is to be obeyed first; `EndpointDraining`.
 */
export function intended(row: OwnedRow, intent: WriteIntent, pending: readonly CommandRow[]): EndpointRow {
  const next = announced(row, intent, pending);
  if (intent.direction === 'forward') requireDrained(row, intent);
  const exposed = row.exposed || (intent.direction === 'forward' && intent.candidateShare > 0);
  return { ...next, intent, exposed };
}

/** The row that expects a write of that direction to arrive. @throws ReleaseError as `intended`, but for the drain. */
export function announced(
  row: OwnedRow,
  { direction, at }: Pick<WriteIntent, 'direction' | 'at'>,
  pending: readonly CommandRow[],
): EndpointRow {
  if (direction === 'forward') requireForward(row, pending);
  // Whoever took over may have a clock that is behind that of the owner before.
  return { ...row, writesUntil: later(row.writesUntil, lastArrival(at)) };
}

const later = (a: Instant, b: Instant): Instant => (a > b ? a : b);

export const restoring = (row: OwnedRow): EndpointRow => ({ ...row, phase: 'restoring' });

/** Whether this very lease was closed before, so that closing again changes nothing. */
export const closedBefore = (row: EndpointRow | undefined, lease: Lease): boolean =>
  row?.phase === 'closed' && holds(lease, row);

/**
 * The row without an owner.
 * @throws ReleaseError `ReleaseInterrupted` for a promotion while a command that stops it is pending, whose sender
 *   would be told that it came too late, and once the way back has begun; `EndpointDraining` of one while a write of
 *   this epoch may still arrive.
 */
export function closed(
  row: OwnedRow,
  outcome: Outcome,
  at: Instant,
  good: Promotion,
  pending: readonly CommandRow[],
): EndpointRow {
  const command = firstToObey(pending);
  if (outcome.kind === 'promoted') {
    if (command && effectOf(command.kind) === 'restore') throw refusalBy(command);
    // A late attempt, after whoever stopped the release was obeyed.
    if (row.phase === 'restoring') throw restoringNow(row);
    // Such as a retirement by an attempt that lives on: it would look like somebody else's change.
    if (at < row.writesUntil) throw drainingNow(row);
  }
  return { ...row, ...(good ? { ...goodAfter(row, good), drift: null } : {}), phase: 'closed', owner: null };
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
    writesUntil: instant(0),
    freeze: null,
    drift: null,
  };
}
