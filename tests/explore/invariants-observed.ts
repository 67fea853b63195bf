import type { EndpointLedger, Wait, WaitDecision, WaitKey } from '../../src/app/ports/ledger.ts';
import type { Invariant } from './invariants.ts';
import { isForeign } from './invariants-traffic.ts';
import type { World } from './world.ts';
import { callsIn, newShare, rowOf, sameWait, sharesOf } from './writes.ts';

/** Success is what was observed: nothing is told for true that the endpoint does not serve. */

interface Exposure {
  readonly candidate: number;
  readonly until: number | null;
}

export const observedInvariants: readonly Invariant[] = [
  {
    name: 'what is judged was observed',
    ids: ['I20', 'J2'],
    says: 'Evidence is gathered for a share only while the endpoint serves the candidate just that share, and nothing is decided by what was gathered while somebody else has changed it.',
    broken({ happenings }) {
      for (const { port, method, args, outcome, before } of callsIn(happenings)) {
        if (port !== 'ledger' || method !== 'registerWait' || outcome !== 'ok') continue;
        const { endpoint } = args[0] as { endpoint: string };
        const wait = args[1] as Pick<Wait, 'kind' | 'reference' | 'state' | 'releaseId' | 'visit'>;
        if (wait.kind !== 'traffic' || isChanged(before, endpoint) || isOver(before, wait)) continue;
        const exposures = (wait.reference['exposure'] ?? []) as readonly Exposure[];
        const claimed = exposures.findLast(({ until }) => until === null)?.candidate;
        const served = candidateShare(before, endpoint);
        if (claimed !== undefined && served !== undefined && claimed !== served)
          return `${wait.state} judges ${claimed} % while ${endpoint} serves ${served} %`;
      }
      return decidedOnForeign(happenings);
    },
  },
  {
    name: 'good is what was promoted',
    ids: ['I2', 'I20'],
    says: 'What becomes the last good configuration by a promotion serves the version that was promoted.',
    broken({ happenings }) {
      for (const { port, method, args, outcome, before } of callsIn(happenings)) {
        if (port !== 'ledger' || method !== 'close' || outcome !== 'ok') continue;
        const [, releaseId, { kind }, , good] = args as Parameters<EndpointLedger['close']>;
        const { version } = before.ledger.releases.find((one) => one.releaseId === releaseId) ?? {};
        if (kind === 'promoted' && good && good.configuration.version !== version)
          return `version ${version} is promoted, and ${good.configuration.version} becomes good`;
      }
      return undefined;
    },
  },
  {
    name: 'final means that the baseline serves',
    ids: ['I20', 'I25', 'J5'],
    says: 'A restore is called final only while the candidate has no traffic, unless somebody else set it.',
    broken({ happenings }) {
      for (const { port, method, args, outcome, before } of callsIn(happenings)) {
        if (port !== 'ledger' || method !== 'close' || outcome !== 'ok') continue;
        const { endpoint } = args[0] as { endpoint: string };
        const { kind } = args[2] as { kind: string };
        if (kind === 'promoted' || kind === 'observed' || isChanged(before, endpoint)) continue;
        // Who wrote nothing found it so, and leaves it.
        if (rowOf(before, endpoint)?.intent === null) continue;
        const left = candidateShare(before, endpoint);
        if (left !== undefined && left !== 0)
          return `${kind}, while ${endpoint} serves the candidate ${left} %`;
      }
      return undefined;
    },
  },
];

function decidedOnForeign(happenings: Parameters<typeof callsIn>[0]): string | undefined {
  for (const { port, method, args, outcome, before, actor } of callsIn(happenings)) {
    if (port !== 'ledger' || method !== 'decideWait' || outcome !== 'ok' || actor?.late) continue;
    const [key, { kind }] = args as [WaitKey, WaitDecision];
    const wait = before.ledger.waits.find((one) => sameWait(one, key));
    if (
      wait?.kind === 'traffic' &&
      wait.phase === 'open' &&
      kind === 'done' &&
      isForeign(before, wait.endpoint) &&
      // While a late write of ours may hide the change, only harm decides, and that whoever caused it.
      before.now >= (rowOf(before, wait.endpoint)?.writesUntil ?? 0)
    )
      return `${wait.state} is decided by evidence while ${wait.endpoint} is as somebody else changed it`;
  }
  return undefined;
}

/** Decided before: a late attempt that registers once more gathers nothing. */
const isOver = ({ ledger }: World, { releaseId, state, visit }: WaitKey): boolean =>
  ledger.waits.some(
    (one) =>
      one.releaseId === releaseId && one.state === state && one.visit === visit && one.phase !== 'open',
  );

const isChanged = (world: World, endpoint: string): boolean =>
  world.ghost.foreign[endpoint]?.what === 'traffic';

/** What all but the entity to go back to have; undefined where nobody owns the endpoint any more. */
function candidateShare(world: World, endpoint: string): number | undefined {
  const active = world.workspace.endpoints[endpoint]?.active;
  const row = rowOf(world, endpoint);
  if (!active || !row?.owner || sharesOf(active).size === 0) return undefined;
  return newShare(active, row);
}
