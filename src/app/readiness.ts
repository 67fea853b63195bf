import { isReleaseError, ReleaseError } from '../contracts/errors.ts';
import { type ReadinessGap, readinessGaps, type Standby } from '../domain/readiness.ts';
import { configOf } from './environment.ts';
import type { PlanDocument } from './plan-document.ts';
import type { Ports } from './ports/ports.ts';
import type { ObservedEndpoint } from './ports/workspace.ts';
import { note } from './trail.ts';

/**
 * Whether all traffic could go back to the baseline at once: asked before each increase, and told at every look while
 * the candidate has traffic. Never asked on the way back, which has no gates.
 *
 * It rests on the observation that its caller made, and one request to the registry. What no workspace shows is not
 * checked: the grants of whoever created the endpoint, which every update needs anew, and free capacity beyond what is
 * provisioned. The peak is what the configuration declares (`peakConcurrency`), because counts of requests do not say
 * how many were worked on at once.
 */

export type Planned = Pick<PlanDocument, 'release' | 'baseline' | 'policy'>;

/**
 * Tells people each cause once.
 * @throws `RollbackNotReady` where the policy requires readiness; the workspace's own errors.
 */
export async function requireReady(ports: Ports, planned: Planned, seen: ObservedEndpoint): Promise<void> {
  const gaps = await gapsOf(ports, planned, seen, registered(ports, planned));
  if (gaps.length === 0) return;
  await tellGaps(ports, planned, gaps);
  if (planned.policy.readiness === 'tell') return;
  const { endpoint } = planned.release;
  throw new ReleaseError('RollbackNotReady', `${endpoint}: ${gaps.map(({ says }) => says).join('; ')}`);
}

/** Says what `requireReady` would, and stops nothing. A registry that does not answer is asked at the next look. */
export async function tellReadiness(ports: Ports, planned: Planned, seen: ObservedEndpoint): Promise<void> {
  const asked = registered(ports, planned).catch((error: unknown) => {
    if (isReleaseError(error)) return 'unknown' as const;
    throw error;
  });
  await tellGaps(ports, planned, await gapsOf(ports, planned, seen, asked));
}

async function gapsOf(
  ports: Ports,
  { release, baseline }: Planned,
  seen: ObservedEndpoint,
  registry: Promise<Standby['registered']>,
): Promise<readonly ReadinessGap[]> {
  const entity = seen.entities.find(({ name }) => name === baseline.entity);
  const standby: Standby = {
    ...baseline,
    present: entity?.version === baseline.version,
    ready: entity?.ready ?? false,
    scaleToZero: entity?.scaleToZero ?? false,
    leastConcurrency: entity?.leastConcurrency,
    registered: await registry,
    updating: seen.update === 'inProgress',
  };
  return readinessGaps(standby, configOf(ports.environment, release.endpoint).peakConcurrency);
}

/** A version that may not be read is as good as gone: the workspace would refuse to deploy it anew. */
async function registered(ports: Ports, { release, baseline }: Planned): Promise<Standby['registered']> {
  try {
    const { registry } = ports.workspace('production');
    return (await registry.version(release.model, baseline.version)).ready ? 'ready' : 'notReady';
  } catch (error) {
    if (isReleaseError(error, 'UnknownModelVersion', 'DatabricksNotFound', 'DatabricksForbidden'))
      return 'hidden';
    throw error;
  }
}

async function tellGaps(ports: Ports, { release }: Planned, gaps: readonly ReadinessGap[]): Promise<void> {
  for (const { cause, says } of gaps) {
    const told = `${release.endpoint}: a rollback would not be ready: ${says}`;
    await note(ports, release, 'PersonNeeded', told, { once: `readiness-${cause}` });
  }
}
