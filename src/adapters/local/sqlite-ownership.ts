import type { EndpointRow } from '../../app/ports/ledger.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { holds, type Lease } from '../../domain/lease.ts';
import { endpointRow, parseRow } from './sqlite-rows.ts';
import type { SqliteStore } from './sqlite-store.ts';

export type OwnedRow = EndpointRow & { readonly owner: NonNullable<EndpointRow['owner']> };

/**
 * The row that `lease` still owns, for `releaseId` where given.
 * @throws ReleaseError `LeaseLost` on another epoch, a closed row, or a release that is not the owner.
 */
export function ownedRow(store: SqliteStore, lease: Lease, releaseId?: string): OwnedRow {
  const row = readEndpoint(store, lease.endpoint);
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

export function readEndpoint(store: SqliteStore, endpoint: string): EndpointRow | undefined {
  const row = store.row('SELECT * FROM endpoints WHERE endpoint = :endpoint', { endpoint });
  return row && parseRow(endpointRow, 'endpoints', row);
}
