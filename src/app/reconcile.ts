import { isReleaseError } from '../contracts/errors.ts';
import type { Lease } from '../domain/lease.ts';
import { effectOf, type Outcome, type Release } from '../domain/release.ts';
import { entitiesWithTraffic } from '../domain/traffic.ts';
import { minutes } from '../domain/units.ts';
import { dueDrills } from './drill.ts';
import { policyIfAny } from './environment.ts';
import type { Exposure } from './judge.ts';
import type { EndpointRow } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { sideBySide } from './side-by-side.ts';
import { conclude } from './stages/conclude.ts';
import { recordIncident } from './stages/incident.ts';
import { restoreBaseline, verifyBaseline } from './stages/restore.ts';
import { requestRelease, startNext } from './start.ts';
import { brief, inWords, note, ourselves, wholeTrail } from './trail.ts';
import { aboutWait } from './wait.ts';
import { differencesTo, observedOrGone } from './write/configurations.ts';

/**
 * The guarantee that does not live inside of an execution: every endpoint converges to its ledger. It acts only where
 * the owner's execution is over and the row still has its epoch, so that it is never a rival of one that runs.
 */

export interface Reconciled {
  /** Endpoints whose owner was dead: taken over now, or before and not finished yet. */
  readonly orphans: number;
  /** Endpoints that nobody owns and that serve something else than their last good configuration. */
  readonly drifted: number;
  readonly troubles: readonly { readonly where: string; readonly says: string }[];
}

/**
 * One look at every endpoint. May run twice at the same time and be cut off anywhere: each step is conditional on the
 * epoch, and is tried again.
 * @param look Whether endpoints that nobody owns are compared with the ledger too, which costs a request each, and
 * drills begun that are due.
 */
export async function reconcile(ports: Ports, look: { readonly drift: boolean }): Promise<Reconciled> {
  const troubles: { where: string; says: string }[] = [];
  let orphans = 0;
  let drifted = 0;
  const visit = async (row: EndpointRow) => {
    try {
      if (row.freeze?.kind === 'breakglass') return;
      if (row.owner !== null) orphans += (await finishOrphan(ports, row, row.owner)) ? 1 : 0;
      else if (look.drift) drifted += (await lookForDrift(ports, row)) ? 1 : 0;
    } catch (error) {
      // Lost to somebody who came first: there is nothing left to do here.
      if (!isReleaseError(error, 'LeaseLost')) troubles.push({ where: row.endpoint, says: inWords(error) });
    }
  };
  await sideBySide(await ports.ledger.endpoints(), visit);
  if (look.drift) troubles.push(...(await dueDrills(ports)).troubles);
  return { orphans, drifted, troubles };
}

type Owner = NonNullable<EndpointRow['owner']>;

/** Stands for the execution where the reconciler owns an endpoint. */
const reconciler = 'headgate:reconciler';

/** How long an execution that the machine does not show may be one that it does not show yet. */
const shownWithin = minutes(10);

/** @returns Whether the endpoint was an orphan. */
async function finishOrphan(ports: Ports, row: EndpointRow, owner: Owner): Promise<boolean> {
  const { endpoint } = row;
  const record = await ports.ledger.release(owner.releaseId);
  const { model = '', version = '', intent = 'release' } = record ?? {};
  const release: Release = { releaseId: owner.releaseId, endpoint, model, version, intent };
  let lease: Lease = { endpoint, epoch: row.epoch };
  if (owner.executionArn !== reconciler) {
    const end = await endOf(ports, owner, release);
    if (end === undefined) return false;
    lease = await ports.ledger.takeOver(lease, { releaseId: owner.releaseId, executionArn: reconciler });
    await note(
      ports,
      release,
      'TakenOver',
      `its execution ${end}; epoch ${lease.epoch} finishes what it left`,
      {
        once: String(lease.epoch),
      },
    );
  }
  await finish(ports, release, lease);
  return true;
}

/** How the owner's execution ended, in words; undefined while it runs. */
async function endOf(ports: Ports, owner: Owner, release: Release): Promise<string | undefined> {
  const phase = await ports.machine.phase(owner.executionArn);
  switch (phase) {
    case 'running':
      return undefined;
    case 'unknown': {
      const claim = (await wholeTrail(ports, release)).find(({ action }) => action === 'ClaimEndpoint');
      const since = ports.clock.now() - (claim?.at ?? 0);
      return since > shownWithin ? 'is unknown to the machine' : undefined;
    }
    case 'aborted':
      return 'was stopped';
    case 'timedOut':
      return 'timed out';
    case 'succeeded':
    case 'failed':
      return 'ended before it gave the endpoint back';
  }
}

/** The stages that the machine would have called, one step each time; done when the endpoint is closed. */
async function finish(ports: Ports, release: Release, lease: Lease): Promise<void> {
  const promoted = await provenPromotion(ports, release, lease);
  if (promoted === 'settling') return;
  if (promoted) {
    await conclude(ports, { release, lease, outcome: promoted });
    return;
  }
  const taken = (await wholeTrail(ports, release)).findLast((one) => one.action === 'TakenOver');
  const failure = { error: 'ExecutionLost', cause: taken?.says ?? 'its execution is over' };
  try {
    await restoreBaseline(ports, { release, lease, failure });
    await verifyBaseline(ports, { release, lease });
  } catch (error) {
    // On its way: looked at again at the next tick.
    if (isReleaseError(error, 'TrafficSettling') || isReleaseError(error, 'EndpointDraining')) return;
    throw error;
  }
  const exposure = await lastExposure(ports, release.releaseId);
  const { outcome } = await recordIncident(ports, { release, lease, failure, exposure });
  await conclude(ports, { release, lease, outcome });
}

/** Since when the candidate had which share, as the wait knew it in which the execution was lost; [] between waits. */
async function lastExposure(ports: Ports, releaseId: string): Promise<Exposure[]> {
  const waits = await ports.ledger.unclosedWaits(releaseId);
  return waits.flatMap((wait) => aboutWait<{ exposure?: Exposure[] }>(wait).exposure ?? []);
}

/**
 * A release that had proven itself and only tidied up: it is not undone because its execution died. Undefined where
 * there is anything to put back.
 */
async function provenPromotion(
  ports: Ports,
  release: Release,
  lease: Lease,
): Promise<Outcome | 'settling' | undefined> {
  const row = await ports.ledger.assertLease(lease);
  // The machine enters RetireBaseline by the soak's certificate only.
  const proven = (await wholeTrail(ports, release)).some(({ action }) => action === 'RetireBaseline');
  if (!proven || row.phase !== 'forward') return undefined;
  const commands = await ports.ledger.commands(release.releaseId);
  if (commands.some((one) => one.phase === 'pending' && effectOf(one.kind) === 'restore')) return undefined;
  const seen = await ports.workspace('production').serving.observe(release.endpoint);
  const served = entitiesWithTraffic(seen.traffic).map(
    (name) => seen.entities.find((entity) => entity.name === name)?.version,
  );
  if (served.length !== 1 || served[0] !== release.version) return undefined;
  if (seen.update === 'inProgress' || ports.clock.now() < row.writesUntil) return 'settling';
  return { kind: 'promoted', says: `version ${release.version} had proven itself; its execution was lost` };
}

/** @returns Whether the endpoint serves something else than its last good configuration. */
async function lookForDrift(ports: Ports, row: EndpointRow): Promise<boolean> {
  if (row.lastGood === null || ports.clock.now() < row.writesUntil) return false;
  const seen = await observedOrGone(ports, row.endpoint);
  if (seen?.update === 'inProgress') return row.drift !== null;
  const gaps = seen ? await differencesTo(ports, row.lastGood, seen) : [`${row.endpoint} is gone`];
  const at = { endpoint: row.endpoint, epoch: row.epoch };
  if (gaps.length === 0) {
    if (row.drift === null) return false;
    await tellDrift(ports, row, 'DriftGone', 'it serves its last good configuration again');
    await ports.ledger.noteDrift(at, null);
    await startNext(ports, row.endpoint);
    return false;
  }
  const says = brief(gaps.join('; '));
  if (row.drift?.says === says) {
    await putBack(ports, row, row.drift.since);
    return true;
  }
  // Told first: told twice is better than never.
  await tellDrift(ports, row, 'DriftFound', `changed by somebody else: ${says}`);
  await byPolicy(ports, row, says);
  await ports.ledger.noteDrift(at, { since: row.drift?.since ?? ports.clock.now(), says });
  return true;
}

/** How many rollbacks a drift gets by policy, before somebody has to look. */
const mostRestores = 3;

/**
 * Asks for the rollback that policy wants of a drift; again where one ended without it.
 * @returns Whether policy wants one, and there is one to come.
 */
async function putBack(ports: Ports, { endpoint }: EndpointRow, since: number): Promise<boolean> {
  if (policyIfAny(ports.environment, endpoint)?.onDrift !== 'restore') return false;
  const asked = (await ports.ledger.releases({ endpoint })).filter(
    ({ intent, requestedBy, requestedAt }) =>
      intent === 'rollback' && requestedBy === ourselves && requestedAt >= since,
  );
  if (asked.length >= mostRestores) return false;
  const wish = { named: endpoint, version: undefined, intent: 'rollback', actor: ourselves } as const;
  await requestRelease(ports, { ...wish, from: 'alert' });
  return true;
}

/** What a person changed is left alone and told, unless the policy says that it is put back. */
async function byPolicy(ports: Ports, row: EndpointRow, says: string): Promise<void> {
  const { endpoint } = row;
  if (await putBack(ports, row, row.drift?.since ?? ports.clock.now())) return;
  await ports.ledger.audit({
    at: ports.clock.now(),
    actor: ourselves,
    action: 'PersonNeeded',
    says: `${endpoint} was changed by hand (${says}): \`headgate adopt ${endpoint}\` keeps that, \`headgate rollback ${endpoint}\` undoes it; no release starts before`,
    endpoint,
  });
}

async function tellDrift(ports: Ports, { endpoint }: EndpointRow, action: string, says: string) {
  await ports.ledger.audit({ at: ports.clock.now(), actor: ourselves, action, says, endpoint });
}
