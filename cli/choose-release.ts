import type { ReleaseView } from '../src/contracts/api.ts';
import { CliFault } from './fault.ts';

/**
 * The release that a person means by an id, a version or an endpoint; without a word, the only one that is live.
 * Of several for one version or endpoint, the live one, else the newest.
 * @returns undefined when nothing was named and nothing is live.
 */
export function chooseRelease(
  releases: readonly ReleaseView[],
  named: string | undefined,
): ReleaseView | undefined {
  const newestFirst = [...releases].sort((a, b) => b.requestedAt.localeCompare(a.requestedAt));
  const live = newestFirst.filter(({ phase }) => phase === 'running' || phase === 'held');
  const queued = newestFirst.filter(({ phase }) => phase === 'queued');
  if (named !== undefined) return chooseNamed(newestFirst, named);
  if (live.length > 1) throw several(live, 'are live');
  if (live.length === 0 && queued.length > 1) throw several(queued, 'wait');
  return live[0] ?? queued[0];
}

function chooseNamed(newestFirst: readonly ReleaseView[], named: string): ReleaseView {
  const matching = newestFirst.filter((release) =>
    [release.releaseId, release.version, release.endpoint, release.model].includes(named),
  );
  const live = matching.filter(({ phase }) => phase !== 'ended');
  const endpoints = new Set((live.length > 0 ? live : matching).map(({ endpoint }) => endpoint));
  if (endpoints.size > 1) throw several(live.length > 0 ? live : matching, `match "${named}"`);
  const chosen = live.find(({ phase }) => phase !== 'queued') ?? live[0] ?? matching[0];
  if (chosen !== undefined) return chosen;
  const mend = 'name a release id, a version or an endpoint; `headgate status` lists what is live';
  throw new CliFault('UnknownRelease', `there is no release "${named}"`, mend, 'notFound');
}

function several(releases: readonly ReleaseView[], what: string): CliFault {
  const names = releases.map(({ releaseId, endpoint, version }) => `${releaseId} (${endpoint} ${version})`);
  return new CliFault(
    'AmbiguousRelease',
    `${releases.length} releases ${what}: ${names.join(', ')}`,
    'name one of them by its id',
    'usage',
  );
}
