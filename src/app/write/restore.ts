import { isReleaseError, ReleaseError } from '../../contracts/errors.ts';
import type { Lease } from '../../domain/lease.ts';
import type { Intent } from '../../domain/release.ts';
import { describeTraffic, sameTraffic, type Traffic } from '../../domain/traffic.ts';
import { percent } from '../../domain/units.ts';
import { plannedBefore } from '../plan-document.ts';
import type { EndpointRow } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import type { Configuration, ObservedEndpoint } from '../ports/workspace.ts';
import { configurationOf, hiddenFields, keep, onItsWay, readsBehind, targetOf } from './configurations.ts';

/** The write verb's way back: traffic first, observed, then everything else. */

export type RestoreProgress =
  /** Nothing is left to do: everything is as it was, or what is `foreign` is left as somebody else changed it. */
  | { readonly kind: 'observed'; readonly baselineServes: boolean; readonly foreign: readonly string[] }
  /** A write was sent, or one is still in progress. */
  | { readonly kind: 'settling'; readonly trafficRestored: boolean; readonly says: string };

/**
 * One step back to the target: observes first, then sends at most one update. Traffic goes first (everything else
 * as it is), the rest of the configuration only after that was observed. Called again until it answers `observed`.
 * @throws `LeaseLost`; `DatabricksConflict` while somebody's update is in progress; the workspace's own errors.
 */
export async function restoreStep(ports: Ports, lease: Lease, intent: Intent): Promise<RestoreProgress> {
  const row = await ports.ledger.beginRestore(lease);
  const target = targetOf(row);
  const { serving } = ports.workspace('production');
  // A release that wrote nothing has nothing to put back: whatever differs is somebody else's and stays.
  const untouched = row.intent === null && intent === 'release';
  const found = await serving.observe(lease.endpoint).catch((error: unknown) => {
    if (untouched && isReleaseError(error, 'DatabricksNotFound')) return null;
    throw error;
  });
  if (found === null)
    return { kind: 'observed', baselineServes: false, foreign: [`${lease.endpoint} is not there`] };
  const seen: ObservedEndpoint = found;
  const good = await configurationOf(ports, target.configuration);
  const gaps = serving.differences(good, seen.configuration);
  const toBaseline = onlyOn(target.entity, seen);
  const baselineServes = toBaseline !== null && sameTraffic(toBaseline, seen.traffic);
  if (untouched) return { kind: 'observed', baselineServes, foreign: gaps };
  if (seen.update === 'inProgress') {
    const ours = row.intent?.direction === 'restore' && (await onItsWay(ports, seen, row.intent.desired));
    if (ours)
      return { kind: 'settling', trafficRestored: false, says: 'the restoring update is in progress' };
    throw new ReleaseError(
      'DatabricksConflict',
      `${lease.endpoint}: an update is in progress and blocks the restore`,
    );
  }
  if (gaps.length === 0) {
    const { intent: last } = row;
    const fresh = last?.direction === 'forward' && ports.clock.now() - last.at < readsBehind;
    if (!fresh) return { kind: 'observed', baselineServes, foreign: [] };
    // All is as it was, or the read is behind a write that is under way: who looks once more a minute later knows.
    const says = `the ${last.purpose} of less than a minute ago may not be visible yet`;
    return { kind: 'settling', trafficRestored: false, says };
  }
  if (toBaseline !== null && !baselineServes) {
    // Known only now: once the traffic is written, what is foreign looks like a part of our own write.
    const kept =
      row.intent?.purpose === trafficOnly || (await foreignDifferences(ports, row, seen)).length > 0;
    await send(
      kept ? trafficOnly : 'traffic',
      serving.change(seen.configuration, { traffic: toBaseline, ...hiddenFields(ports, lease) }),
    );
    return { kind: 'settling', trafficRestored: false, says: describeTraffic(toBaseline) };
  }
  const foreign = row.intent?.purpose === trafficOnly ? gaps : await foreignDifferences(ports, row, seen);
  if (baselineServes && foreign.length > 0) return { kind: 'observed', baselineServes, foreign };
  await send('configuration', serving.change(good, hiddenFields(ports, lease)));
  return { kind: 'settling', trafficRestored: baselineServes, says: 'the configuration is put back' };

  async function send(purpose: string, desired: Configuration): Promise<void> {
    await ports.ledger.recordIntent(lease, {
      direction: 'restore',
      purpose,
      desired: await keep(ports, row, `restore-${purpose}`, desired),
      before: await keep(ports, row, 'before', seen.configuration),
      candidateShare: 0,
      at: ports.clock.now(),
    });
    await serving.replace(lease.endpoint, desired);
  }
}

/** Purpose of a restoring write after which the rest of the configuration stays as somebody else changed it. */
const trafficOnly = 'traffic-only';

/** Differences that neither the good configuration nor our own writes explain: left as they are, and told. */
async function foreignDifferences(
  ports: Ports,
  row: EndpointRow,
  seen: ObservedEndpoint,
): Promise<readonly string[]> {
  if (row.intent === null) return [];
  const { serving } = ports.workspace('production');
  const own = await configurationOf(ports, row.intent.desired);
  const before = await configurationOf(ports, row.intent.before);
  const routed = (base: Configuration) => serving.change(base, { traffic: seen.traffic });
  const document = row.owner ? await plannedBefore(ports, row.owner.releaseId) : undefined;
  const candidate = document?.candidate.entity;
  const gaps = serving.differences(routed(own), seen.configuration, candidate);
  if (gaps.length === 0) return [];
  return serving.differences(routed(before), seen.configuration, candidate).length === 0 ? [] : gaps;
}

/** All on one entity, the others kept warm at 0 %; null when the endpoint has no such entity any more. */
function onlyOn(entity: string, seen: ObservedEndpoint): Traffic | null {
  if (!seen.entities.some((one) => one.name === entity)) return null;
  const shares = seen.entities.map((one) => [one.name, percent(one.name === entity ? 100 : 0)] as const);
  return Object.fromEntries(shares);
}
