import type { Wait, WaitKey } from '../../src/app/ports/ledger.ts';
import type { Invariant } from './invariants.ts';
import type { World } from './world.ts';
import { callsIn, newShare, rowOf, sharesOf } from './writes.ts';

/** Success is what was observed: nothing is told for true that the endpoint does not serve. */

interface Exposure {
  readonly candidate: number;
  readonly until: number | null;
}

export const observedInvariants: readonly Invariant[] = [
  {
    name: 'what is judged was observed',
    ids: ['I20', 'J2'],
    says: 'Evidence is gathered for a share only while the endpoint serves the candidate just that share, unless somebody else changed it.',
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
