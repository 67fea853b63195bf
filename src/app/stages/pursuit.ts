import { type ErrorName, isReleaseError, type ReleaseError } from '../../contracts/errors.ts';
import { type Lease, lastArrival } from '../../domain/lease.ts';
import type { Release } from '../../domain/release.ts';
import { instant, type Millis, millis, minutes, seconds } from '../../domain/units.ts';
import { policyIfAny } from '../environment.ts';
import { plannedBefore } from '../plan-document.ts';
import type { AuditRow } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { brief, note, wholeTrail } from '../trail.ts';
import { type RestoreProgress, restoreStep } from '../write/restore.ts';
import { openRefusal, restoreActions } from './way-back.ts';

/** The way back is tried until it is observed. What stands in its way is written down, and told to a person in time. */

export interface Owned {
  readonly release: Release;
  readonly lease: Lease;
}

/**
 * One step of the restore. The trail says since when the platform refused, when it accepted the first write, and when
 * the baseline was seen to serve; a restore that lasts longer than policy bears is told to a person at each doubling.
 * @throws What `restoreStep` throws.
 */
export async function pursue(ports: Ports, owned: Owned): Promise<RestoreProgress> {
  const meter = metered(ports);
  let progress: RestoreProgress;
  try {
    progress = await restoreStep(meter.ports, owned.lease, owned.release.intent);
  } catch (error) {
    if (isReleaseError(error) && isPlatforms(error.name)) await refused(ports, owned, error);
    else if (isReleaseError(error) && error.name !== 'LeaseLost')
      await stuck(ports, owned, 'the way back', error);
    throw error;
  }
  await went(ports, owned, progress, meter.calls());
  return progress;
}

/** What is left to do once the baseline serves: refused by the platform for too long, it is told as well. */
export async function insist(
  ports: Ports,
  owned: Owned,
  what: string,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (isReleaseError(error) && error.name !== 'LeaseLost') await stuck(ports, owned, what, error);
    throw error;
  }
}

async function stuck(ports: Ports, owned: Owned, what: string, error: ReleaseError): Promise<void> {
  const says = `${what}: ${error.name}: ${brief(error.message, 600)}`;
  await escalate(ports, owned, await wholeTrail(ports, owned.release), says);
}

const isPlatforms = (name: ErrorName): boolean => name.startsWith('Databricks');

/** Ports whose calls to the serving endpoint are counted. */
function metered(ports: Ports): { readonly ports: Ports; readonly calls: () => number } {
  let calls = 0;
  const counted: Ports = Object.create(ports, {
    workspace: {
      value: (role: Parameters<Ports['workspace']>[0]) => {
        const workspace = ports.workspace(role);
        const { serving } = workspace;
        return {
          ...workspace,
          serving: {
            ...serving,
            observe: (...given: Parameters<typeof serving.observe>) => {
              calls += 1;
              return serving.observe(...given);
            },
            replace: (...given: Parameters<typeof serving.replace>) => {
              calls += 1;
              return serving.replace(...given);
            },
          },
        };
      },
    },
  });
  return { ports: counted, calls: () => calls };
}

async function refused(ports: Ports, owned: Owned, error: ReleaseError): Promise<void> {
  const { release } = owned;
  const trail = await wholeTrail(ports, release);
  const says = `${error.name}: ${brief(error.message, 600)}`;
  const open = openRefusal(trail);
  if (open === undefined) {
    const before = trail.filter(({ action }) => action === restoreActions.answered).length;
    await note(ports, release, restoreActions.refused, says, { once: String(before) });
  }
  const since = iso(open?.at ?? ports.clock.now());
  await escalate(ports, owned, trail, `the platform refuses since ${since}, now with ${says}`);
}

async function went(ports: Ports, owned: Owned, progress: RestoreProgress, calls: number): Promise<void> {
  const { release } = owned;
  const trail = await wholeTrail(ports, release);
  const open = openRefusal(trail);
  if (open !== undefined) {
    const waited = Math.round((ports.clock.now() - open.at) / 1000);
    await note(ports, release, restoreActions.answered, `after ${waited} s`, { once: String(open.order) });
  }
  await noteAcceptance(ports, owned, trail, calls);
  if (progress.kind === 'settling' ? progress.trafficRestored : progress.baselineServes) {
    await note(ports, release, restoreActions.observed, 'the baseline serves all traffic, observed', {
      once: '1',
    });
  }
  if (progress.kind === 'settling' && progress.takesBack?.length) {
    const says = `taken back with the baseline's entity, which was gone: ${brief(progress.takesBack.join('; '))}`;
    await note(ports, release, 'ForeignChange', says, { once: 'taken' });
  }
  if (progress.kind === 'settling') await escalate(ports, owned, trail, progress.says);
  else if (progress.kind === 'observed') await noteEnd(ports, release, progress.foreign);
}

async function noteEnd(ports: Ports, release: Release, foreign: readonly string[]): Promise<void> {
  if (foreign.length > 0) {
    const says = `left as somebody else changed it: ${brief(foreign.join('; '))}`;
    await note(ports, release, 'ForeignChange', says, { once: 'restore' });
  }
  await note(ports, release, restoreActions.final, 'nothing is left to put back', { once: '1' });
}

/** A recorded restoring write that the next look did not find refused was accepted, though its answer may be lost. */
async function noteAcceptance(ports: Ports, owned: Owned, trail: readonly AuditRow[], calls: number) {
  if (trail.some(({ action }) => action === restoreActions.accepted)) return;
  const { intent } = await ports.ledger.assertLease(owned.lease);
  if (intent?.direction !== 'restore') return;
  const { release } = owned;
  const content = { schema: 'headgate.acceptance/v1', at: ports.clock.now(), databricksCalls: calls };
  const says = `the restoring write was accepted, with ${calls} calls to Databricks`;
  const path = `releases/${release.releaseId}/restore-accepted.json`;
  const evidence = await ports.evidence.put(path, `${JSON.stringify(content)}\n`, says);
  await note(ports, release, restoreActions.accepted, says, { evidence, once: '1' });
}

/** Told after policy's time and again after each doubling of it: a person who is needed is not told every minute. */
async function escalate(
  ports: Ports,
  { release, lease }: Owned,
  trail: readonly AuditRow[],
  what: string,
): Promise<void> {
  const began = trail.find(({ action }) => action === restoreActions.began)?.at;
  if (began === undefined) return;
  const served = trail.some(({ action }) => action === restoreActions.observed);
  const waited = ports.clock.now() - began;
  // Once the baseline serves, two waits for late writes belong to a restore in which nothing is wrong.
  const patience = (await escalateAfter(ports, release)) + (served ? 2 * lastArrival(instant(0)) : 0);
  if (waited < patience) return;
  const doubling = Math.floor(Math.log2(waited / patience));
  const lacks = served
    ? 'the baseline serves all traffic, but not everything is back'
    : 'the baseline was not seen to serve all traffic';
  const says =
    `${lease.endpoint}: ${lacks} ${Math.round(waited / 1000)} s after the restore began: ${what}. It is tried on. ` +
    `\`headgate breakglass ${lease.endpoint}\` prints the request that restores it by hand.`;
  await note(ports, release, 'PersonNeeded', says, { once: `restore/${doubling}` });
}

async function escalateAfter(ports: Ports, release: Release): Promise<Millis> {
  const planned = (await plannedBefore(ports, release.releaseId))?.policy;
  const policy = planned ?? policyIfAny(ports.environment, release.endpoint);
  // Below a second every look would be a doubling of its own. Without a policy: as if it said nothing.
  return millis(Math.max(policy?.escalateAfter ?? minutes(5), seconds(1)));
}

const iso = (at: number) => new Date(at).toISOString();
