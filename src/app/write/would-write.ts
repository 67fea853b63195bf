import type { Release } from '../../domain/release.ts';
import { canonicalJson } from '../digest.ts';
import type { Ports } from '../ports/ports.ts';
import type { Configuration } from '../ports/workspace.ts';
import { brief, note } from '../trail.ts';

/**
 * What observe-only leaves to people: said once, with the whole configuration as a file that can be sent as it is.
 * @param says What would change, in words.
 */
export async function wouldWrite(
  ports: Ports,
  release: Pick<Release, 'releaseId' | 'endpoint'>,
  what: string,
  desired: Configuration,
  says: string,
): Promise<void> {
  const path = `releases/${release.releaseId}/would-write/${what}.json`;
  const evidence = await ports.evidence.put(path, canonicalJson(desired), brief(says));
  await note(ports, release, 'WouldWrite', `observe-only: ${brief(says)}`, {
    evidence,
    once: `${what}/${evidence.digest}`,
  });
}
