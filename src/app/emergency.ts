import { isPerson } from '../contracts/actors.ts';
import { ReleaseError } from '../contracts/errors.ts';
import type { Release } from '../domain/release.ts';
import type { ReleaseRecord } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { emergencyStart } from './release-mode.ts';
import { note } from './trail.ts';

/**
 * A person's way past the comparison, for when the baseline itself is the trouble. What an emergency leaves out, and
 * what it never does, is `inEmergency`.
 */

export interface Declared {
  readonly actor: string;
  readonly from: 'registry' | 'person' | 'alert';
  readonly reason?: string | undefined;
}

/**
 * Written before the release can begin, so that its plan finds the line, whoever starts it.
 * @throws `CommandRejected` unless a person gives a reason, and for a release that has begun already.
 */
export async function declareEmergency(
  ports: Ports,
  release: Pick<Release, 'releaseId' | 'endpoint' | 'intent'>,
  { actor, from, reason = '' }: Declared,
): Promise<void> {
  if (from !== 'person' || !isPerson(actor)) {
    throw new ReleaseError('CommandRejected', `Only people declare an emergency, and ${actor} is none.`);
  }
  if (release.intent !== 'release') {
    throw new ReleaseError('CommandRejected', 'Only the start of a version can be an emergency.');
  }
  if (reason.trim() === '') {
    throw new ReleaseError('CommandRejected', 'An emergency is started with a reason: --reason "...".');
  }
  const known = await ports.ledger.release(release.releaseId);
  if (known && known.phase !== 'queued') throw alreadyBegun(known);
  await note(ports, release, emergencyStart, reason, { actor, once: '1' });
}

/** Its plan is made, and does not become another one. */
export function alreadyBegun({ releaseId, endpoint, version }: ReleaseRecord): ReleaseError {
  const says =
    `Version ${version} is in release on ${endpoint} already: \`headgate abort ${releaseId}\` ends that, ` +
    'and then it can be started as an emergency.';
  return new ReleaseError('CommandRejected', says);
}
