import { isReleaseError } from '../contracts/errors.ts';
import type { EndpointConfig } from '../contracts/policy.ts';
import type { Command } from '../domain/release.ts';
import { accept } from './command.ts';
import { policyIfAny } from './environment.ts';
import type { ReleaseRecord } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';

/** What is in release, or waits, and gives way to what was asked for after it. */

/** One that ended between the look and the command has made way by itself. */
async function toldUnlessEnded(ports: Ports, command: Command): Promise<void> {
  try {
    await accept(ports, command);
  } catch (error) {
    const { phase } = (await ports.ledger.release(command.releaseId)) ?? {};
    if (!isReleaseError(error, 'CommandRejected') || phase !== 'ended') throw error;
  }
}

/** Neither a rollback nor an emergency waits for the rehearsal of a rollback. */
export async function endDrill(ports: Ports, by: ReleaseRecord): Promise<void> {
  const running = await ports.ledger.releases({ endpoint: by.endpoint, phase: 'running' });
  for (const { releaseId } of running.filter(({ intent }) => intent === 'drill')) {
    await toldUnlessEnded(ports, {
      commandId: `supersede-${releaseId}-${by.releaseId}`,
      releaseId,
      kind: 'supersede',
      actor: by.requestedBy,
      reason: `${by.intent === 'rollback' ? 'a rollback to' : 'an emergency start of'} version ${by.version} was asked for`,
      at: ports.clock.now(),
    });
  }
}

/** Older releases of the endpoint give way to a newer version, by policy; to an emergency always. */
export async function supersede(
  ports: Ports,
  config: EndpointConfig,
  by: ReleaseRecord,
  emergency = false,
): Promise<void> {
  // A policy that is not there is refused, and recorded, by the release's claim.
  const policy = policyIfAny(ports.environment, config.endpoint);
  if (by.intent !== 'release' || !(emergency || policy?.onNewVersion === 'supersede')) return;
  const all = await ports.ledger.releases({ endpoint: config.endpoint });
  // Only older ones: two versions that arrive at once must not end each other.
  const earlier = all.slice(
    0,
    all.findIndex(({ releaseId }) => releaseId === by.releaseId),
  );
  const reason = `version ${by.version} was ${emergency ? 'started as an emergency' : 'registered'}`;
  for (const release of earlier.filter((one) => one.intent === 'release')) {
    if (release.phase === 'queued') {
      await ports.ledger.endRelease(
        release.releaseId,
        { kind: 'superseded', says: reason },
        ports.clock.now(),
      );
    } else if (release.phase === 'running') {
      const commandId = `supersede-${release.releaseId}-${by.releaseId}`;
      const at = ports.clock.now();
      await toldUnlessEnded(ports, {
        commandId,
        releaseId: release.releaseId,
        kind: 'supersede',
        actor: by.requestedBy,
        reason,
        at,
      });
    }
  }
}
