import { ReleaseError } from '../../contracts/errors.ts';
import { type Lease, readsBehind } from '../../domain/lease.ts';
import type { Release } from '../../domain/release.ts';
import { shareOf } from '../../domain/traffic.ts';
import type { EndpointRow } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import type { Configuration, ConfigurationChange, ObservedEndpoint } from '../ports/workspace.ts';
import { configurationOf, keep, onItsWay, strangeTo, targetOf } from './configurations.ts';
import { wouldWrite } from './would-write.ts';

/** The only way to touch an endpoint: epoch, intent, full desired state, read back, compare. Forward here; back in restore.ts. */

export interface ForwardGoal {
  readonly purpose: 'warm' | 'shift' | 'promote' | 'retire';
  readonly change: ConfigurationChange;
  /** The entity that this release added; the workspace may fill in fields of it. */
  readonly candidate: string;
  /** The caller comes back until the goal is observed. */
  readonly polled?: true;
  /** Throws what speaks against the write, by what was just observed. Not asked where nothing is left to write. */
  readonly guard?: (seen: ObservedEndpoint) => Promise<void>;
  /** Says what would be written, and writes nothing. */
  readonly observeOnly?: Release | undefined;
}

/**
 * Asks the endpoint to serve `goal`. Writes nothing when it already does, or when just that is on its way.
 * @throws `LeaseLost`, `ReleaseInterrupted`, `HoldRequested` from the ledger; `ForeignChange` when the endpoint is
 * neither as we wrote it nor as we found it; `DatabricksConflict` while another update is in progress.
 */
export async function writeForward(ports: Ports, lease: Lease, goal: ForwardGoal): Promise<void> {
  const row = await ports.ledger.assertLease(lease);
  const { serving } = ports.workspace('production');
  const seen = await serving.observe(lease.endpoint);
  const wanted = (base: Configuration) => serving.change(base, goal.change);
  if (goal.observeOnly) return sayOnly(ports, goal.observeOnly, seen, wanted(seen.configuration), goal);
  if (seen.update === 'inProgress') {
    const ours = row.intent !== null && (await onItsWay(ports, seen, row.intent.desired, goal.candidate));
    if (ours && isGoal(seen.pending ?? {})) return;
    throw new ReleaseError('DatabricksConflict', `${lease.endpoint}: another update is in progress`);
  }
  await refuseForeignChange(ports, row, seen, goal.candidate);
  const desired = wanted(seen.configuration);
  if (serving.differences(desired, seen.configuration, goal.candidate).length === 0) return;
  // Sent already, and perhaps not visible yet. A second one would be refused while the first is under way.
  const sent = goal.polled && row.intent?.purpose === goal.purpose ? row.intent : undefined;
  if (sent && seen.update === 'none' && ports.clock.now() - sent.at < readsBehind) return;
  await goal.guard?.(seen);
  await ports.ledger.recordIntent(lease, {
    direction: 'forward',
    purpose: goal.purpose,
    desired: await keep(ports, row, goal.purpose, desired),
    before: await keep(ports, row, 'before', seen.configuration),
    candidateShare: goal.change.traffic ? shareOf(goal.change.traffic, goal.candidate) : 0,
    at: ports.clock.now(),
  });
  await serving.replace(lease.endpoint, desired);

  function isGoal(pending: Configuration): boolean {
    return serving.differences(wanted(pending), pending, goal.candidate).length === 0;
  }
}

async function sayOnly(
  ports: Ports,
  release: Release,
  seen: ObservedEndpoint,
  desired: Configuration,
  { purpose, change, candidate }: ForwardGoal,
): Promise<void> {
  const { serving } = ports.workspace('production');
  if (serving.differences(desired, seen.configuration, candidate).length === 0) return;
  // The other way round, so that the words say what becomes of what is there.
  const changes = serving.differences(seen.configuration, desired);
  const share = change.traffic ? `-${shareOf(change.traffic, candidate)}` : '';
  await wouldWrite(ports, release, `${purpose}${share}`, desired, `${purpose}: ${changes.join('; ')}`);
}

/**
 * Reads the endpoint back and compares it with the newest intent.
 * @throws `TrafficSettling` while it is on its way, `EndpointUpdateFailed` when the workspace gave up,
 * `ForeignChange` when it serves something that nobody here asked for.
 */
export async function readBack(ports: Ports, lease: Lease, candidate: string): Promise<ObservedEndpoint> {
  const row = await ports.ledger.assertLease(lease);
  const { serving } = ports.workspace('production');
  const seen = await serving.observe(lease.endpoint);
  if (row.intent === null) return seen;
  if (seen.update === 'inProgress') {
    throw new ReleaseError('TrafficSettling', `${lease.endpoint}: the update is in progress`);
  }
  const desired = await configurationOf(ports, row.intent.desired);
  const gaps = serving.differences(desired, seen.configuration, candidate);
  if (gaps.length === 0) return seen;
  if (seen.update === 'failed' || seen.update === 'cancelled') {
    throw new ReleaseError(
      'EndpointUpdateFailed',
      `${lease.endpoint}: the update ${seen.update}; ${gaps[0]}`,
    );
  }
  const before = await configurationOf(ports, row.intent.before);
  if (serving.differences(before, seen.configuration, candidate).length === 0) {
    // A read right after the write may still show the state before it.
    throw new ReleaseError('TrafficSettling', `${lease.endpoint}: not yet observed: ${gaps[0]}`);
  }
  throw new ReleaseError(
    'ForeignChange',
    `${lease.endpoint} was changed by somebody else: ${gaps.join('; ')}`,
  );
}

/**
 * What differs from the newest intent although that was observed: somebody else's doing. Empty while an update is in
 * progress, because what comes of it is not known yet.
 * @param seen Null when there is no such endpoint any more.
 */
export async function strayed(
  ports: Ports,
  lease: Lease,
  candidate: string,
  seen: ObservedEndpoint | null,
): Promise<readonly string[]> {
  const row = await ports.ledger.assertLease(lease);
  if (row.intent === null || seen?.update === 'inProgress') return [];
  if (seen === null) return ['it is gone'];
  const desired = await configurationOf(ports, row.intent.desired);
  return ports.workspace('production').serving.differences(desired, seen.configuration, candidate);
}

/** Before each forward write the endpoint must be what we left behind, or what we found when we began. */
async function refuseForeignChange(
  ports: Ports,
  row: EndpointRow,
  seen: ObservedEndpoint,
  candidate: string,
): Promise<void> {
  const known = row.intent ? [row.intent.desired, row.intent.before] : [targetOf(row).configuration];
  const gaps = await strangeTo(ports, known, seen, candidate);
  if (gaps.length === 0) return;
  throw new ReleaseError('ForeignChange', `${row.endpoint} was changed by somebody else: ${gaps.join('; ')}`);
}
