import type {
  EndpointLedger,
  EndpointRow,
  Wait,
  WaitKey,
  WaitLedger,
} from '../../../src/app/ports/ledger.ts';
import { requireNoCommand } from '../../../src/app/ports/ledger-command-rules.ts';
import {
  adopted,
  announced,
  claimed,
  closed,
  closedBefore,
  drifted,
  frozenAs,
  intended,
  ownedRow,
  restoring,
  takenOver,
  yielded,
} from '../../../src/app/ports/ledger-rules.ts';
import { closedBy, decided, noted, opened, renewed } from '../../../src/app/ports/ledger-wait-rules.ts';
import { kept, type LedgerCell } from './ledger.ts';
import { endRecord, pendingOf, rejectPending } from './ledger-records.ts';

/** Who may write, and where releases stand still. */

export function endpointRows(cell: LedgerCell): EndpointLedger {
  const row = (endpoint: string) => cell.get().endpoints.find((one) => one.endpoint === endpoint);
  const save = (changed: EndpointRow): EndpointRow => {
    const others = cell.get().endpoints.filter((one) => one.endpoint !== changed.endpoint);
    const all = [...others, changed].sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
    cell.set({ endpoints: all });
    return changed;
  };
  const isEnded = (releaseId: string) =>
    cell.get().releases.find((one) => one.releaseId === releaseId)?.phase === 'ended';
  return {
    endpoint: async (endpoint) => row(endpoint),
    endpoints: async () => cell.get().endpoints,
    adopt: async (endpoint, good) => save(adopted(row(endpoint), endpoint, kept(good))),
    claim: async (endpoint, owner, target) => {
      const ended = isEnded(owner.releaseId);
      const { epoch } = save(claimed(row(endpoint), endpoint, kept(owner), kept(target), ended));
      return { endpoint, epoch };
    },
    takeOver: async (lost, owner) => {
      const ended = isEnded(owner.releaseId);
      const { endpoint, epoch } = save(takenOver(row(lost.endpoint), lost, kept(owner), ended));
      return { endpoint, epoch };
    },
    freeze: async (endpoint, wanted) => save(frozenAs(row(endpoint), endpoint, kept(wanted))),
    yieldEndpoint: async (endpoint, freeze, outcome) => {
      const found = row(endpoint);
      const changed = save(yielded(found, endpoint, kept(freeze)));
      if (found?.owner) {
        endRecord(cell, found.owner.releaseId, outcome, freeze.at);
        rejectPending(cell, found.owner.releaseId, outcome);
      }
      return changed;
    },
    noteDrift: async (at, drift) => {
      const changed = drifted(row(at.endpoint), at, drift && kept(drift));
      if (changed) save(changed);
    },
    assertLease: async (lease) => ownedRow(row(lease.endpoint), lease),
    recordIntent: async (lease, intent) => {
      const owned = ownedRow(row(lease.endpoint), lease);
      return save(intended(owned, kept(intent), pendingOf(cell, owned.owner.releaseId)));
    },
    announce: async (lease, move) => {
      const owned = ownedRow(row(lease.endpoint), lease);
      return save(announced(owned, move, pendingOf(cell, owned.owner.releaseId)));
    },
    beginRestore: async (lease) => save(restoring(ownedRow(row(lease.endpoint), lease))),
    close: async (lease, releaseId, outcome, at, good) => {
      const found = row(lease.endpoint);
      if (closedBefore(found, lease)) return;
      const owned = ownedRow(found, lease, releaseId);
      save(closed(owned, outcome, at, good, pendingOf(cell, releaseId)));
      endRecord(cell, releaseId, outcome, at);
      rejectPending(cell, releaseId, outcome);
    },
  };
}

const same = (a: WaitKey, b: WaitKey) =>
  a.releaseId === b.releaseId && a.state === b.state && a.visit === b.visit;

export function waitRows(cell: LedgerCell): WaitLedger {
  const find = (key: WaitKey) => cell.get().waits.find((one) => same(one, key));
  const change = (wait: Wait): Wait => {
    cell.set({ waits: cell.get().waits.map((one) => (same(one, wait) ? wait : one)) });
    return wait;
  };
  return {
    registerWait: async (lease, given) => {
      const wait = kept(given);
      const found = cell.get().endpoints.find((one) => one.endpoint === lease.endpoint);
      const row = ownedRow(found, lease, wait.releaseId);
      const known = find(wait);
      if (known) return change(renewed(row, known, wait.token));
      requireNoCommand(wait.kind, pendingOf(cell, row.owner.releaseId));
      const fresh = opened(row, wait);
      cell.set({ waits: [...cell.get().waits, fresh] });
      return fresh;
    },
    wait: async (key) => find(key),
    unclosedWaits: async (releaseId) =>
      cell
        .get()
        .waits.filter(
          (one) => one.phase !== 'closed' && (releaseId === undefined || one.releaseId === releaseId),
        )
        .toSorted((a, b) => a.since - b.since),
    decideWait: async (key, decision) => {
      const wait = decided(find(key), kept(decision));
      if (wait) change(kept(wait));
      return wait !== undefined;
    },
    closeWait: async (key, token) => {
      const wait = closedBy(find(key), token);
      if (wait) change(wait);
      return wait?.phase === 'closed';
    },
    noteWait: async (key, note) => {
      const wait = noted(find(key), kept(note));
      if (wait) change(wait);
    },
  };
}
