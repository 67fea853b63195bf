import type { EndpointRow } from '../../src/app/ports/ledger.ts';
import { type Lease, lastArrival, longestHandler, readsBehind } from '../../src/domain/lease.ts';
import { instant } from '../../src/domain/units.ts';
import { endpoint } from './base-runs.ts';
import { refusedOf } from './ghost.ts';
import type { Invariant } from './invariants.ts';
import { goesBack } from './remember.ts';
import { canary } from './root.ts';
import type { World } from './world.ts';
import { callsIn, mayArrive, rowOf, writesIn } from './writes.ts';

/** Who may write, in which order, and what is never told. */

/** Calls of the ledger that only the owner of an endpoint may make. */
const owners = ['recordIntent', 'registerWait', 'beginRestore', 'assertLease'];
const observedWithin = 120_000;
/** As `lastArrival` has it: the longest life of a handler, and how long reads may be behind. */
const landsWithin = longestHandler + readsBehind;

export const controlInvariants: readonly Invariant[] = [
  {
    name: 'one writer',
    ids: ['J1', 'I10'],
    says: 'The ledger records what the present epoch asks, and an endpoint is written by the present epoch only.',
    broken({ happenings, before }) {
      for (const { port, method, args, outcome, before: at } of callsIn(happenings)) {
        if (port !== 'ledger' || outcome !== 'ok' || !owners.includes(method)) continue;
        const lease = args[0] as Lease;
        const row = rowOf(at, lease.endpoint);
        if (row?.epoch !== lease.epoch || row.owner === null)
          return `${method} with epoch ${lease.epoch} while the ledger has ${row?.epoch}, owner ${row?.owner?.releaseId}`;
      }
      for (const { call, row, digest } of writesIn(happenings)) {
        if (!row?.owner || mayArrive(call, row)) continue;
        const intents = call.before.ghost.releases[row.owner.releaseId]?.intents ?? [];
        const present = [...intents, ...intentsIn(happenings)].includes(`${row.epoch}:${digest}`);
        const known = Object.values(before.ghost.releases).some((one) =>
          one.intents.some((entry) => entry.endsWith(digest)),
        );
        if (!present && known) return `a write of an earlier epoch reaches ${row.endpoint}`;
      }
      return undefined;
    },
  },
  {
    name: 'intent before write',
    ids: ['I11', 'J1'],
    says: 'Every update was recorded, whole, before it was sent; a move of the alias is announced, so that it is waited for.',
    broken({ happenings, before }) {
      for (const { digest, endpoint } of writesIn(happenings)) {
        const earlier = Object.values(before.ghost.releases).flatMap((one) => one.intents);
        const recorded = [...earlier, ...intentsIn(happenings)].some((entry) => entry.endsWith(`:${digest}`));
        if (!recorded) return `${endpoint}: a configuration is sent that no intent recorded`;
      }
      return unannounced(happenings);
    },
  },
  {
    name: 'no way forward while going back',
    ids: ['I25', 'I4'],
    says: 'From the beginning of a restore, and from an accepted stop, no forward write is recorded any more.',
    broken({ happenings, before }) {
      for (const { port, method, args, outcome, before: at } of callsIn(happenings)) {
        if (port !== 'ledger' || method !== 'recordIntent' || outcome !== 'ok') continue;
        const { direction, purpose } = args[1] as { direction: string; purpose: string };
        const row = rowOf(at, (args[0] as Lease).endpoint);
        if (direction !== 'forward') continue;
        if (row?.phase === 'restoring') return `${purpose} is recorded while the baseline is being restored`;
        const ghost = before.ghost.releases[row?.owner?.releaseId ?? ''];
        if (ghost?.stopAt != null || ghost?.restoreAt != null) return `${purpose} is recorded after a stop`;
      }
      return undefined;
    },
  },
  {
    name: 'the way back is fixed',
    ids: ['I2'],
    says: 'What a release goes back to is fixed by its claim and was the last good configuration.',
    broken({ before, after }) {
      for (const row of after.ledger.endpoints) {
        const was = rowOf(before, row.endpoint);
        if (!row.owner || !row.target) continue;
        const claimed = after.ghost.releases[row.owner.releaseId]?.target;
        if (claimed != null && claimed !== row.target.configuration.digest)
          return `${row.endpoint}: the target became ${row.target.version}`;
        const fresh = was?.epoch !== row.epoch && was?.owner === null;
        if (fresh && !isGood(was, row)) return `${row.endpoint}: claimed with a target that was never good`;
      }
      return undefined;
    },
  },
  {
    name: 'silence after the end',
    ids: ['J9'],
    says: 'Nothing writes to an endpoint for a release that has ended, or while nobody owns it; and who has ended owns none.',
    broken({ happenings, after }) {
      for (const { call, row, endpoint } of writesIn(happenings)) {
        const ended = call.before.ledger.releases.find((one) => one.releaseId === call.actor?.releaseId);
        if (ended?.phase === 'ended') return `${endpoint} is written for ${ended.releaseId}, which had ended`;
        if (row?.owner === null) return `${endpoint} is written while nobody owns it`;
      }
      return ownedByNobodyLeft(after);
    },
  },
  {
    name: 'one outcome',
    ids: ['I21'],
    says: 'A release ends once: its outcome never changes.',
    broken({ after }) {
      const changed = after.ledger.releases.find(({ releaseId, outcome }) => {
        const first = after.ghost.releases[releaseId]?.outcome ?? null;
        return first !== null && first !== outcome?.kind;
      });
      return (
        changed &&
        `${changed.releaseId} ended as ${after.ghost.releases[changed.releaseId]?.outcome}, now ${changed.outcome?.kind}`
      );
    },
  },
  {
    name: 'three calls to the way back',
    ids: ['I12'],
    says: 'No attempt at the way back takes more than three calls to its first accepted update, and where the candidate had traffic and nothing fails meanwhile all attempts together take no more.',
    broken({ happenings, after }) {
      const attempt = attemptIn(happenings);
      if (attempt > 3) return `one attempt took ${attempt} calls`;
      const slow = Object.entries(after.ghost.releases).find(
        ([, { calls, acceptedAt, wasTroubled, hadTraffic }]) =>
          acceptedAt !== null && hadTraffic && !wasTroubled && calls > 3,
      );
      return slow && `${slow[0]} took ${slow[1].calls} calls`;
    },
  },
  {
    name: 'the baseline is observed in time',
    ids: ['J7', 'I25'],
    says: 'The baseline is observed within 120 s of the first accepted update. Time is told apart only from a refusal, a lost call or a failed update to the next answer, and while the watcher is paused.',
    broken({ after }) {
      const { ghost } = after;
      const late = Object.entries(ghost.releases).find(([, one]) => {
        if (one.acceptedAt === null || one.observedAt !== null || one.outcome !== null) return false;
        // A person who sets the traffic after that has the last word.
        if (
          Object.values(ghost.foreign).some(
            ({ what, at }) => what === 'traffic' && at >= Number(one.restoreAt),
          )
        )
          return false;
        const from = Math.max(one.acceptedAt, ghost.pausedUntil);
        return after.now - from - refusedOf(one, after.now) > observedWithin;
      });
      return (
        late &&
        `${late[0]}: not observed ${(after.now - (late[1].acceptedAt ?? 0)) / 1000} s after its restore was accepted, ${refusedOf(late[1], after.now) / 1000} s of them refused`
      );
    },
  },
  {
    name: 'what lands late is healed',
    ids: ['J1', 'J9', 'I25'],
    says: 'An update that lands after the baseline was observed and gives the candidate traffic is taken back within the 150 s in which such updates may land and the 120 s of a restore.',
    broken({ after }) {
      const left = Object.entries(after.ghost.releases).find(([, one]) => {
        if (one.unhealedSince === null) return false;
        const from = Math.max(one.unhealedSince, after.ghost.pausedUntil);
        const apart = landsWithin + observedWithin + refusedOf(one, after.now);
        return one.outcome !== null || after.now - from > apart;
      });
      return left && `${left[0]}: what landed late still has traffic`;
    },
  },
  {
    name: 'histories and states stay small',
    ids: ['J17'],
    says: 'No history reaches 25,000 events and no state 256 KiB.',
    broken({ after, before }) {
      for (const execution of Object.values(after.executions)) {
        if (execution === before.executions[execution.arn]) continue;
        if (execution.lastEvent >= 25_000) return `${execution.name} has ${execution.lastEvent} events`;
        if (execution.error === 'States.DataLimitExceeded' && after.ghost.faultAt === 0)
          return `${execution.name} grew too large`;
      }
      return undefined;
    },
  },
  {
    name: 'no secret is told',
    ids: ['J13'],
    says: 'No row, event, token, state or evidence but the kept configurations holds a secret value.',
    broken({ happenings }) {
      for (const { port, method, args } of callsIn(happenings)) {
        // A configuration is kept whole, or it could not be put back: there, and nowhere else.
        const isConfiguration = port === 'evidence' && String(args[0]).includes('/configurations/');
        if (!['ledger', 'machine', 'bus', 'evidence'].includes(port) || isConfiguration) continue;
        if (JSON.stringify(args).includes(canary)) return `${port}.${method} is given a secret`;
      }
      return undefined;
    },
  },
];

const isGood = (was: EndpointRow | undefined, row: EndpointRow): boolean =>
  [was?.lastGood, was?.previousGood].some(
    (good) => good?.configuration.digest === row.target?.configuration.digest,
  );

/** Intents of the step itself, as the ghost keeps them. */
function intentsIn(happenings: Parameters<typeof callsIn>[0]): string[] {
  return callsIn(happenings).flatMap(({ port, method, args, outcome }) => {
    if (port !== 'ledger' || method !== 'recordIntent' || outcome !== 'ok') return [];
    const [{ epoch }, { desired }] = args as [Lease, { desired: { digest: string } }];
    return [`${epoch}:${desired.digest}`];
  });
}

function ownedByNobodyLeft({ ledger }: World): string | undefined {
  const left = ledger.endpoints.find(({ owner }) =>
    ledger.releases.some((one) => one.releaseId === owner?.releaseId && one.phase === 'ended'),
  );
  return left && `${left.endpoint} is owned by ${left.owner?.releaseId}, which has ended`;
}

function unannounced(happenings: Parameters<typeof callsIn>[0]): string | undefined {
  const bold = callsIn(happenings).find(
    ({ method, actor, before, at }) =>
      method === 'setAlias' &&
      !actor?.late &&
      Number(rowOf(before, endpoint)?.writesUntil) < lastArrival(instant(at)),
  );
  return bold && `the alias is set to ${String(bold.args[2])}, and the ledger waits for nothing`;
}

/** Calls to the endpoint of one attempt at the way back, up to its accepted update. */
function attemptIn(happenings: Parameters<typeof callsIn>[0]): number {
  const calls = callsIn(happenings).filter(
    ({ port, actor }) => port === 'serving' && actor && goesBack.includes(actor.name) && !actor.late,
  );
  return calls.findIndex(({ method, outcome }) => method === 'replace' && outcome === 'ok') + 1;
}
