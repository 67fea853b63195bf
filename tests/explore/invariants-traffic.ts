import { endpoint as production } from './base-runs.ts';
import type { Invariant } from './invariants.ts';
import type { World } from './world.ts';
import { mayArrive, namesOf, newShare, sharesOf, versionOf, type Write, writesIn } from './writes.ts';

/** What callers' requests may meet. */

const shown = (shares: ReadonlyMap<string, number>) =>
  [...shares].map(([name, share]) => `${name} ${share} %`).join(', ');

export const trafficInvariants: readonly Invariant[] = [
  {
    name: 'shares are whole and sum to 100',
    ids: ['I14'],
    says: 'Every endpoint sends all of its requests somewhere, in whole percentages from 0 to 100.',
    broken({ after }) {
      for (const [endpoint, { active }] of Object.entries(after.workspace.endpoints)) {
        const shares = sharesOf(active);
        const values = [...shares.values()];
        const whole = values.every((one) => Number.isInteger(one) && one >= 0 && one <= 100);
        const lost = [...shares].some(([name, share]) => share > 0 && !namesOf(active).includes(name));
        const sum = values.reduce((total, one) => total + one, 0);
        if (!whole || lost || sum !== 100) return `${endpoint} serves ${shown(shares)}`;
      }
      return undefined;
    },
  },
  {
    name: 'traffic only to what was ready before',
    ids: ['I13', 'J3'],
    says: 'On the way forward an entity gets requests only after it was deployed by an earlier update.',
    broken({ happenings }) {
      const bold = writesIn(happenings).find(
        ({ desired, active, row }) =>
          row?.intent?.direction === 'forward' &&
          [...sharesOf(desired)].some(([name, share]) => share > 0 && !namesOf(active).includes(name)),
      );
      return bold && `${bold.endpoint}: a new entity gets traffic at once: ${shown(sharesOf(bold.desired))}`;
    },
  },
  {
    name: 'one candidate at most',
    ids: ['I6'],
    says: 'At most one entity besides the baseline has requests.',
    broken({ after, happenings }) {
      if (after.ghost.foreign[production] || writesIn(happenings).length === 0) return undefined;
      for (const { desired, row } of writesIn(happenings)) {
        const back = row?.target?.entity;
        const others = [...sharesOf(desired)].filter(([name, share]) => share > 0 && name !== back);
        if (others.length > 1) return `${shown(new Map(others))} beside ${back}`;
      }
      return undefined;
    },
  },
  {
    name: 'no unapproved traffic',
    ids: ['J2', 'J15'],
    says: 'A candidate has requests only after its tests, evaluation, staging and an approval in time, all of this release.',
    broken({ happenings }) {
      for (const write of writesIn(happenings)) {
        const late = write.call.actor?.late === true;
        if (!write.row || newShare(write.desired, write.row) === 0) continue;
        if (!late && write.row.intent?.direction !== 'forward') continue;
        const missing = missingProof(write);
        if (missing !== undefined) return `${shown(sharesOf(write.desired))} without ${missing}`;
      }
      return undefined;
    },
  },
  {
    name: 'what serves is not removed',
    ids: ['I1'],
    says: 'No update removes an entity that has requests at that moment.',
    broken({ happenings }) {
      for (const { call, desired, active, endpoint, row } of writesIn(happenings)) {
        // Nothing can stop an update that is on its way: it is waited for, and what it did is put right.
        if (row && mayArrive(call, row)) continue;
        if (
          row?.intent?.direction === 'restore' &&
          row.intent.purpose === 'configuration' &&
          !keeps(desired, active)
        )
          continue;
        const left = [...sharesOf(active)].find(
          ([name, share]) => share > 0 && !namesOf(desired).includes(name),
        );
        if (left) return `${endpoint}: ${left[0]} had ${left[1]} % and is removed`;
      }
      return undefined;
    },
  },
  {
    name: 'a stop is a stop',
    ids: ['I4', 'I8', 'J7'],
    says: 'After an accepted stop, an alert or evidence against it, no update gives the candidate more.',
    broken({ before, happenings }) {
      for (const { call, desired, active, row } of writesIn(happenings)) {
        if (!row?.owner || mayArrive(call, row)) continue;
        const ghost = before.ghost.releases[row.owner.releaseId];
        const stopped = ghost?.stopAt ?? ghost?.refusedAt ?? ghost?.restoreAt ?? null;
        if (stopped === null || row.intent?.direction === 'restore') continue;
        const [from, to] = [newShare(active, row), newShare(desired, row)];
        if (to > from) return `from ${from} % to ${to} % after a stop at ${new Date(stopped).toISOString()}`;
      }
      return undefined;
    },
  },
  {
    name: 'what somebody else changed is kept',
    ids: ['I18', 'J5'],
    says: 'No update takes back a field that a person changed, unless a person asks for that, and none goes forward past a foreign change.',
    broken({ before, happenings }) {
      for (const { endpoint, desired, active, row, call } of writesIn(happenings)) {
        const foreign = before.ghost.foreign[endpoint];
        if (!foreign || (row && mayArrive(call, row)) || isHidden(call.before, endpoint)) continue;
        // Where the entity to go back to is gone, it comes back with its whole configuration, and that is told.
        if (row?.target && !namesOf(active).includes(row.target.entity)) continue;
        const asked = call.before.ledger.releases.find((one) => one.releaseId === row?.owner?.releaseId);
        if (asked?.intent !== 'rollback' && 'tags' in active && !('tags' in desired))
          return `${endpoint}: the changed field is taken back`;
        const forward = row?.intent?.direction === 'forward' && row.epoch === foreign.epoch;
        if (forward && row.intent !== null && row.intent.at >= foreign.at && isForeign(before, endpoint)) {
          return `${endpoint}: a forward write past a foreign change`;
        }
      }
      return undefined;
    },
  },
];

/** No read shows the field yet that somebody else has changed. */
function isHidden({ workspace, now }: World, endpoint: string): boolean {
  const behind = workspace.endpoints[endpoint]?.behind;
  return behind != null && behind.until > now && !('tags' in behind.shows.active);
}

/** Whether the traffic or the fields are still as somebody else set them. */
export function isForeign(world: World, endpoint: string): boolean {
  const state = world.workspace.endpoints[endpoint];
  if (!state) return false;
  return 'tags' in state.active || [...sharesOf(state.active).values()].includes(40);
}

/** Where the entity to go back to is gone, everything has to be put back in one update. */
const keeps = (desired: Write['desired'], active: Write['active']): boolean =>
  namesOf(desired).some((name) => namesOf(active).includes(name));

const proofs = ['Test', 'Evaluate', 'DeployToStaging', 'VerifyStaging', 'Approve', 'WarmCandidate'];

function missingProof({ call, row, desired }: Write): string | undefined {
  const releaseId = (call.actor?.late && call.actor.releaseId) || row?.owner?.releaseId || '';
  const { waits, commands, releases } = call.before.ledger;
  const release = releases.find((one) => one.releaseId === releaseId);
  // A drill brings no new version: what it gives traffic to is one more entity of what serves already.
  if (release?.intent === 'drill') return wrongVersion(desired, row, row?.lastGood?.version);
  const passed = (state: string) =>
    waits.some((one) => one.releaseId === releaseId && one.state === state && one.decision?.kind === 'done');
  const lacking = proofs.find((state) => !passed(state));
  if (lacking !== undefined) return `a passed ${lacking}`;
  const voice = commands.some(
    (one) => one.releaseId === releaseId && one.kind === 'approve' && one.phase === 'applied',
  );
  if (!voice) return 'an approval of this release';
  return wrongVersion(desired, row, release?.version);
}

function wrongVersion(desired: Write['desired'], row: Write['row'], version: string | undefined) {
  const wrong = [...sharesOf(desired)].find(
    ([name, share]) => share > 0 && name !== row?.target?.entity && versionOf(desired, name) !== version,
  );
  return wrong && `being the approved version: ${wrong[0]}`;
}
