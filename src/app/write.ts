import { isReleaseError, ReleaseError } from '../contracts/errors.ts';
import type { EvidenceRef } from '../domain/evidence.ts';
import type { Lease } from '../domain/lease.ts';
import type { Intent } from '../domain/release.ts';
import { describeTraffic, sameTraffic, shareOf, type Traffic } from '../domain/traffic.ts';
import { minutes, percent } from '../domain/units.ts';
import { canonicalJson } from './digest.ts';
import { plannedBefore } from './plan-document.ts';
import type { EndpointRow, GoodConfiguration } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import type { Configuration, ConfigurationChange, ObservedEndpoint } from './ports/workspace.ts';

/** The only way to touch an endpoint: epoch, intent, full desired state, read back, compare. */

export interface ForwardGoal {
  readonly purpose: 'warm' | 'shift' | 'promote' | 'retire';
  readonly change: ConfigurationChange;
  /** The entity that this release added; the workspace may fill in fields of it. */
  readonly candidate: string;
  /** The caller comes back until the goal is observed. */
  readonly polled?: true;
}

/** How long a GET may still show the endpoint as it was before an accepted write. */
const readsBehind = minutes(1);

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
 */
export async function strayed(ports: Ports, lease: Lease, candidate: string): Promise<readonly string[]> {
  const row = await ports.ledger.assertLease(lease);
  if (row.intent === null) return [];
  const { serving } = ports.workspace('production');
  try {
    const seen = await serving.observe(lease.endpoint);
    if (seen.update === 'inProgress') return [];
    const desired = await configurationOf(ports, row.intent.desired);
    return serving.differences(desired, seen.configuration, candidate);
  } catch (error) {
    if (isReleaseError(error, 'DatabricksNotFound')) return [`it is gone: ${error.message}`];
    throw error;
  }
}

export type RestoreProgress =
  /** Everything is as it was; `wrote` tells whether this execution ever wrote. */
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

export function targetOf(row: EndpointRow): GoodConfiguration {
  if (row.target) return row.target;
  throw new ReleaseError('NoLastGood', `${row.endpoint}: no verified configuration to go back to`);
}

export async function configurationOf(ports: Ports, reference: EvidenceRef): Promise<Configuration> {
  return JSON.parse(await ports.evidence.get(reference)) as Configuration;
}

/** The whole configuration as a good one: what it serves, and the snapshot to go back to. */
export async function keepGood(
  ports: Ports,
  seen: ObservedEndpoint,
  entity: string,
): Promise<GoodConfiguration> {
  const served = seen.entities.find((one) => one.name === entity);
  if (!served)
    throw new ReleaseError('DatabricksAnswerUnreadable', `${seen.endpoint}: no served entity ${entity}`);
  const text = canonicalJson(seen.configuration);
  const path = `endpoints/${seen.endpoint}/configurations/good-${served.version}.json`;
  const configuration = await ports.evidence.put(path, text, `${entity} at 100 %`);
  return { configuration, entity, version: served.version, verifiedAt: ports.clock.now() };
}

/** Fields that the workspace does not show are sent with every write, as the configuration declares them. */
export function hiddenFields(ports: Ports, lease: Lease): { hidden?: Readonly<Record<string, unknown>> } {
  const declared = Object.values(ports.environment.endpoints).find((one) => one.endpoint === lease.endpoint);
  const hidden = declared?.hiddenFields;
  return hidden === undefined || hidden === 'none' ? {} : { hidden };
}

async function keep(
  ports: Ports,
  row: EndpointRow,
  name: string,
  desired: Configuration,
): Promise<EvidenceRef> {
  const path = `endpoints/${row.endpoint}/configurations/epoch-${row.epoch}-${name}.json`;
  return ports.evidence.put(path, canonicalJson(desired), name);
}

async function onItsWay(
  ports: Ports,
  seen: ObservedEndpoint,
  desired: EvidenceRef,
  ours?: string,
): Promise<boolean> {
  const { pending } = seen;
  if (pending === null) return false;
  // What is pending shows entities and routes only; the rest of the configuration is not part of the question.
  const asked = Object.entries(await configurationOf(ports, desired)).filter(([key]) => key in pending);
  return (
    ports.workspace('production').serving.differences(Object.fromEntries(asked), pending, ours).length === 0
  );
}

/** Before each forward write the endpoint must be what we left behind, or what we found when we began. */
async function refuseForeignChange(
  ports: Ports,
  row: EndpointRow,
  seen: ObservedEndpoint,
  candidate: string,
): Promise<void> {
  const { serving } = ports.workspace('production');
  const known = row.intent ? [row.intent.desired, row.intent.before] : [targetOf(row).configuration];
  let gaps: readonly string[] = [];
  for (const reference of known) {
    const gap = serving.differences(await configurationOf(ports, reference), seen.configuration, candidate);
    if (gap.length === 0) return;
    if (gaps.length === 0) gaps = gap;
  }
  throw new ReleaseError('ForeignChange', `${row.endpoint} was changed by somebody else: ${gaps.join('; ')}`);
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
