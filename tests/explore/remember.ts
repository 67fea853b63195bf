import { isDeepStrictEqual } from 'node:util';
import type { EndpointRow, WriteIntent } from '../../src/app/ports/ledger.ts';
import type { ObservedEndpoint } from '../../src/app/ports/workspace.ts';
import type { Lease } from '../../src/domain/lease.ts';
import { type Command, effectOf } from '../../src/domain/release.ts';
import { type Ghost, newReleaseGhost, type ReleaseGhost } from './ghost.ts';
import type { Happening, World } from './world.ts';
import { newShare } from './writes.ts';

/** The memory of the invariants after a step. */

export type CallHappening = Extract<Happening, { kind: 'call' }>;

export function remember(world: World, happenings: readonly Happening[]): Ghost {
  let ghost = world.ghost;
  const change = (releaseId: string, by: (one: ReleaseGhost) => Partial<ReleaseGhost>) => {
    const one = ghost.releases[releaseId] ?? newReleaseGhost;
    const changed = { ...one, ...by(one) };
    if (isDeepStrictEqual(one, changed) && ghost.releases[releaseId]) return;
    ghost = { ...ghost, releases: { ...ghost.releases, [releaseId]: changed } };
  };
  for (const one of happenings) {
    if (one.kind === 'call') learn(one, change);
    else if (one.kind === 'fault') {
      for (const releaseId of Object.keys(ghost.releases)) change(releaseId, troubledFrom(one.at));
    } else if (one.kind === 'foreign') {
      const epoch = world.ledger.endpoints.find((row) => row.endpoint === one.endpoint)?.epoch ?? 0;
      const foreign = { ...ghost.foreign, [one.endpoint]: { what: one.what, at: one.at, epoch } };
      ghost = { ...ghost, foreign };
    } else if (one.kind === 'event' && one.type === 'TaskTimedOut') {
      change(one.arn.split(':').at(-1) ?? '', troubledFrom(one.at));
    } else if (one.kind === 'updated' && one.after.last === 'failed') {
      const owner = world.ledger.endpoints.find((row) => row.endpoint === one.endpoint)?.owner;
      if (owner) change(owner.releaseId, troubledFrom(one.at));
    }
    if (one.kind === 'updated') heal(world, one, change);
  }
  for (const { releaseId, outcome } of world.ledger.releases) {
    const known = ghost.releases[releaseId]?.outcome ?? null;
    if (outcome && known === null) change(releaseId, () => ({ outcome: outcome.kind }));
  }
  return ghost;
}

/** Trouble lasts until a call on the way back is answered. It is none after the baseline was observed. */
const troubledFrom =
  (at: number) =>
  (one: ReleaseGhost): Partial<ReleaseGhost> =>
    one.restoreAt === null || one.observedAt !== null
      ? {}
      : { troubledSince: one.troubledSince ?? at, wasTroubled: true };

const answeredAt = ({ troubledSince, refusedFor }: ReleaseGhost, at: number): Partial<ReleaseGhost> =>
  troubledSince === null ? {} : { troubledSince: null, refusedFor: refusedFor + at - troubledSince };

/** A late update that gave the candidate traffic is healed when the baseline has all of it again. */
function heal(
  world: World,
  { endpoint, after, at }: Extract<Happening, { kind: 'updated' }>,
  change: Change,
) {
  const row = world.ledger.endpoints.find((one) => one.endpoint === endpoint);
  if (!row?.owner || row.phase !== 'restoring') return;
  const share = newShare(after.active, row);
  const hadBaseline = world.ghost.releases[row.owner.releaseId]?.observedAt != null;
  if (share === 0) change(row.owner.releaseId, () => ({ unhealedSince: null }));
  else if (hadBaseline)
    change(row.owner.releaseId, ({ unhealedSince }) => ({ unhealedSince: unhealedSince ?? at }));
}

type Change = (releaseId: string, by: (one: ReleaseGhost) => Partial<ReleaseGhost>) => void;

function learn(call: CallHappening, change: Change): void {
  if (call.port === 'ledger') learnOfLedger(call, change);
  else if (call.port === 'serving') learnOfServing(call, change);
}

function learnOfLedger({ method, args, outcome, value, at, before }: CallHappening, change: Change): void {
  if (outcome !== 'ok') return;
  switch (method) {
    case 'addCommand': {
      const { releaseId, kind } = args[0] as Command;
      const { phase } = value as { phase: string };
      if (phase === 'pending' && effectOf(kind) === 'restore') {
        change(releaseId, ({ stopAt }) => ({ stopAt: stopAt ?? at }));
      }
      return;
    }
    case 'audit': {
      const { action, says, releaseId } = args[0] as { action: string; says: string; releaseId?: string };
      if (releaseId === undefined) return;
      if (action === 'JudgeHealth' && says.startsWith('rollback')) {
        change(releaseId, ({ refusedAt }) => ({ refusedAt: refusedAt ?? at }));
      }
      if (action === 'BaselineObserved')
        change(releaseId, ({ observedAt }) => ({ observedAt: observedAt ?? at }));
      return;
    }
    case 'claim': {
      const { releaseId } = args[1] as { releaseId: string };
      const { configuration } = args[2] as { configuration: { digest: string } };
      change(releaseId, ({ target }) => ({ target: target ?? configuration.digest }));
      return;
    }
    case 'beginRestore': {
      const owner = (value as EndpointRow).owner;
      const { endpoint } = args[0] as Lease;
      const active = before.workspace.endpoints[endpoint]?.active;
      const hadTraffic = active !== undefined && newShare(active, value as EndpointRow) > 0;
      if (owner)
        change(owner.releaseId, ({ restoreAt }) => (restoreAt === null ? { restoreAt: at, hadTraffic } : {}));
      return;
    }
    case 'recordIntent': {
      const { epoch, endpoint } = args[0] as Lease;
      const { desired } = args[1] as WriteIntent;
      const owner = before.ledger.endpoints.find((row) => row.endpoint === endpoint)?.owner;
      const entry = `${epoch}:${desired.digest}`;
      if (owner)
        change(owner.releaseId, ({ intents }) =>
          intents.includes(entry) ? {} : { intents: [...intents, entry] },
        );
    }
  }
}

/** States that bring the baseline back. */
export const goesBack: readonly string[] = ['RestoreBaseline', 'VerifyBaseline', 'AwaitBaseline'];

function learnOfServing(
  { method, actor, outcome, value, at, before, args }: CallHappening,
  change: Change,
): void {
  const row = before.ledger.endpoints.find((one) => one.endpoint === args[0]);
  if (!row?.owner || row.phase !== 'restoring') return;
  const { releaseId } = row.owner;
  if (outcome !== 'ok') {
    change(releaseId, troubledFrom(at));
    return;
  }
  // While another update is in progress nothing can be sent: what comes after it is counted.
  const blocked = method === 'observe' && (value as ObservedEndpoint).update === 'inProgress';
  if (blocked) {
    change(releaseId, ({ acceptedAt }) => (acceptedAt === null ? { calls: 0 } : {}));
    // Somebody's that still gives the candidate traffic: nothing can be sent until it is over.
    const desired = before.workspace.endpoints[row.endpoint]?.update?.desired;
    if (desired && newShare(desired, row) > 0) change(releaseId, troubledFrom(at));
    return;
  }
  if (actor !== undefined && !actor.late) change(releaseId, (one) => answeredAt(one, at));
  const active = before.workspace.endpoints[row.endpoint]?.active;
  const hurts = active !== undefined && newShare(active, row) > 0;
  const counts = hurts && actor !== undefined && goesBack.includes(actor.name) && !actor.late;
  if (counts) change(releaseId, ({ calls, acceptedAt }) => (acceptedAt === null ? { calls: calls + 1 } : {}));
  if (method === 'replace') change(releaseId, ({ acceptedAt }) => ({ acceptedAt: acceptedAt ?? at }));
}
