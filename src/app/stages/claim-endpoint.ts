import { errors, isReleaseError } from '../../contracts/errors.ts';
import type { StateInput, StateOutput } from '../../contracts/states.ts';
import type { Release } from '../../domain/release.ts';
import { claimable } from '../claimable.ts';
import type { Ports } from '../ports/ports.ts';
import { note, ourselves } from '../trail.ts';

/**
 * Validates everything that can be known beforehand, then takes the endpoint. A refusal ends the release's record;
 * the endpoint was not touched.
 */
export async function claimEndpoint(
  ports: Ports,
  input: StateInput<'ClaimEndpoint'>,
): Promise<StateOutput<'ClaimEndpoint'>> {
  const releaseId = input.request.releaseId ?? input.execution.name;
  try {
    const { release, target } = await claimable(ports, releaseId, input.request);
    await recordStart(ports, release);
    const owner = { releaseId, executionArn: input.execution.arn };
    const lease = await ports.ledger.claim(release.endpoint, owner, target);
    await ports.ledger.markRunning(releaseId, input.execution.arn);
    await note(ports, release, 'ClaimEndpoint', `owns ${release.endpoint} with epoch ${lease.epoch}`, {
      once: '1',
    });
    return { release, lease };
  } catch (error) {
    if (isReleaseError(error) && errors[error.name].retry === 'never') {
      // A retry would hear the same, so this is the release's end.
      const says = `${error.name}: ${error.message}`;
      const known = await ports.ledger.release(releaseId);
      if (known) await ports.ledger.endRelease(releaseId, { kind: 'rejected', says }, ports.clock.now());
      await note(ports, { releaseId, endpoint: input.request.endpoint }, 'ReleaseRefused', says, {
        once: '1',
      });
    }
    throw error;
  }
}

/** An execution that a person started at the engine itself has no record yet. */
async function recordStart(ports: Ports, release: Release): Promise<void> {
  const earlier = await ports.ledger.releases({ endpoint: release.endpoint, version: release.version });
  if (earlier.some((one) => one.releaseId === release.releaseId)) return;
  await ports.ledger.addRelease({
    ...release,
    generation: earlier.length + 1,
    requestedBy: ourselves,
    requestedAt: ports.clock.now(),
  });
}
