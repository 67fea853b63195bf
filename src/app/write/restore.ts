import { isReleaseError, ReleaseError } from '../../contracts/errors.ts';
import { type Lease, lastArrival, readsBehind } from '../../domain/lease.ts';
import type { Intent } from '../../domain/release.ts';
import { describeTraffic, sameTraffic, type Traffic } from '../../domain/traffic.ts';
import { type Instant, percent } from '../../domain/units.ts';
import { plannedBefore } from '../plan-document.ts';
import type { EndpointRow, WriteIntent } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import type { Configuration, ObservedEndpoint } from '../ports/workspace.ts';
import { observesOnly } from '../release-mode.ts';
import { configurationOf, hiddenFields, keep, observedOrGone, onItsWay, targetOf } from './configurations.ts';
import { wouldWrite } from './would-write.ts';

/** The write verb's way back: traffic first, observed, then everything else. */

export type RestoreProgress =
  /** Nothing is left to do: everything is as it was, or what is `foreign` is left as somebody else changed it. */
  | { readonly kind: 'observed'; readonly baselineServes: boolean; readonly foreign: readonly string[] }
  /** A write was sent, or one is still in progress. */
  | {
      readonly kind: 'settling';
      readonly trafficRestored: boolean;
      readonly says: string;
      /** What somebody else changed and this write takes back: without the baseline's entity there is no other way. */
      readonly takesBack?: readonly string[];
    }
  /** The baseline serves. What is left to do, if anything, waits until nothing that was recorded before can arrive. */
  | { readonly kind: 'draining'; readonly baselineServes: boolean; readonly says: string };

/**
 * One step back to the target: observes first, then sends at most one update. Traffic goes first (everything else
 * as it is), the rest of the configuration only after that was observed. Called again until it answers `observed`.
 * @throws `LeaseLost`; `DatabricksConflict` while somebody's update is in progress; the workspace's own errors.
 */
export async function restoreStep(ports: Ports, lease: Lease, intent: Intent): Promise<RestoreProgress> {
  const row = await ports.ledger.beginRestore(lease);
  const left = row.intent === null ? await leftAsItIs(ports, row, intent) : undefined;
  if (left) return left;
  const target = targetOf(row);
  const { serving } = ports.workspace('production');
  // Asked before the look: what is read may be as old as the request for it.
  const now = ports.clock.now();
  const seen = await serving.observe(lease.endpoint);
  const toBaseline = onlyOn(target.entity, seen);
  const baselineServes = toBaseline !== null && sameTraffic(toBaseline, seen.traffic);
  const doubts = doubtsOf(row, now);
  if (seen.update === 'inProgress') {
    const ours = row.intent?.direction === 'restore' && (await onItsWay(ports, seen, row.intent.desired));
    if (ours)
      return { kind: 'settling', trafficRestored: false, says: 'the restoring update is in progress' };
    throw new ReleaseError(
      'DatabricksConflict',
      `${lease.endpoint}: an update is in progress and blocks the restore`,
    );
  }
  if (toBaseline !== null && !baselineServes) return trafficFirst(toBaseline);
  const good = await configurationOf(ports, target.configuration);
  const gaps = serving.differences(good, seen.configuration);
  if (gaps.length === 0) {
    // All is as it was, or the read is behind a write that is under way: who looks once more a minute later knows.
    const says = 'a forward write of less than a minute ago may not be visible yet';
    if (doubts.unseen) return { kind: 'settling', trafficRestored: false, says };
    return final([]);
  }
  if (toBaseline !== null && doubts.unseen) return trafficFirst(toBaseline);
  const foreign = row.intent?.purpose === trafficOnly ? gaps : await foreignDifferences(ports, row, seen);
  if (baselineServes && foreign.length > 0) return final(foreign);
  // A late forward write would give the candidate traffic again: it is not removed while that may happen.
  if (toBaseline !== null && doubts.mayArrive) {
    const says = 'a forward write may still arrive; the rest of the configuration is put back when it cannot';
    return { kind: 'draining', baselineServes, says };
  }
  await send('configuration', serving.change(good, hiddenFields(ports, lease)));
  const says = 'the configuration is put back';
  return { kind: 'settling', trafficRestored: baselineServes, says, takesBack: foreign };

  async function trafficFirst(wanted: Traffic): Promise<RestoreProgress> {
    // Known only now: once the traffic is written, what is foreign looks like a part of our own write.
    const kept = row.intent?.purpose === trafficOnly || (await foreignIfKnown(ports, row, seen)).length > 0;
    const change = { traffic: wanted, ...hiddenFields(ports, lease) };
    await send(kept ? trafficOnly : 'traffic', serving.change(seen.configuration, change));
    return { kind: 'settling', trafficRestored: false, says: describeTraffic(wanted) };
  }

  /** Whoever recorded a write may live on unheard and send it after this look: so it is looked once more. */
  function final(left: readonly string[]): RestoreProgress {
    if (now >= row.writesUntil) {
      return { kind: 'observed', baselineServes, foreign: left };
    }
    const says = 'a write that was recorded before may still arrive; looked at again until it cannot';
    return { kind: 'draining', baselineServes, says };
  }

  async function send(purpose: string, desired: Configuration): Promise<void> {
    const intent: WriteIntent = {
      direction: 'restore',
      purpose,
      desired: await keep(ports, row, `restore-${purpose}`, desired),
      before: await keep(ports, row, 'before', seen.configuration),
      candidateShare: 0,
      at: ports.clock.now(),
      ...(doubts.forwardAt === undefined ? {} : { forwardAt: doubts.forwardAt }),
      ...(row.intent?.accepted ? { accepted: true } : {}),
    };
    await ports.ledger.recordIntent(lease, intent);
    await serving.replace(lease.endpoint, desired);
    // Refused, or of unknown fate, it leaves what is read as doubtful as it was.
    if (doubts.unseen) await ports.ledger.recordIntent(lease, { ...intent, accepted: true });
  }
}

/** What the last forward write leaves in doubt: it may not be visible yet, while reads are behind, and may still arrive. */
function doubtsOf({ intent, writesUntil }: EndpointRow, now: Instant) {
  const forwardAt = intent?.direction === 'forward' ? intent.at : intent?.forwardAt;
  // Before its own first write an owner may still meet one of the owner before.
  if (forwardAt === undefined)
    return { forwardAt, unseen: false, mayArrive: intent === null && now < writesUntil };
  const unseen = intent?.accepted !== true && now - forwardAt < readsBehind;
  return { forwardAt, unseen, mayArrive: now < lastArrival(forwardAt) };
}

/**
 * Where this epoch wrote nothing: a release or a drill has nothing to put back, so whatever differs is somebody else's
 * and stays; and where nothing may be written, what would be is told. Undefined where there is something to do.
 */
async function leftAsItIs(
  ports: Ports,
  row: EndpointRow,
  intent: Intent,
): Promise<RestoreProgress | undefined> {
  const { endpoint, owner } = row;
  const observing = owner !== null && (await observesOnly(ports, { ...owner, endpoint }));
  if (intent === 'rollback' && !observing) return undefined;
  const { serving } = ports.workspace('production');
  const seen = await observedOrGone(ports, endpoint);
  if (seen === null)
    return { kind: 'observed', baselineServes: false, foreign: [`${endpoint} is not there`] };
  const target = targetOf(row);
  const good = await configurationOf(ports, target.configuration);
  const gaps = serving.differences(good, seen.configuration);
  if (observing && gaps.length > 0) {
    const says = `restore: ${serving.differences(seen.configuration, good).join('; ')}`;
    await wouldWrite(ports, { ...owner, endpoint }, 'restore', good, says);
  }
  const toBaseline = onlyOn(target.entity, seen);
  const baselineServes = toBaseline !== null && sameTraffic(toBaseline, seen.traffic);
  return { kind: 'observed', baselineServes, foreign: gaps };
}

/** Purpose of a restoring write after which the rest of the configuration stays as somebody else changed it. */
const trafficOnly = 'traffic-only';

/** A document that cannot be read must not keep the traffic where it is; what follows the traffic needs it, and says so. */
async function foreignIfKnown(ports: Ports, row: EndpointRow, seen: ObservedEndpoint) {
  return foreignDifferences(ports, row, seen).catch((error: unknown) => {
    if (isReleaseError(error, 'EvidenceInvalid')) return [];
    throw error;
  });
}

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
