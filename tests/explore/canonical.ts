import { hash } from 'node:crypto';
import { canonicalJson } from '../../src/app/digest.ts';
import type { EndpointRow, GoodConfiguration, Wait } from '../../src/app/ports/ledger.ts';
import { effectOf } from '../../src/domain/release.ts';
import { type BaseRun, grid } from './base-runs.ts';
import { ageClass, exactAge, fileMeaning, forPeople, isTime, told } from './canonical-values.ts';
import { refusedOf } from './ghost.ts';
import { lastChange } from './schedule.ts';
import type { EndpointState, Execution, World, Zombie } from './world.ts';

/**
 * The meaning of a world: two worlds with the same one behave alike from here on, so one of them is explored. Left out is
 * what only people read (the trail, texts, names of files), identifiers are told by what they belong to, and times by
 * the classes that the code can tell apart. The unmerged runs of the shards check that nothing was left out wrongly.
 */
export function meaningOf(world: World, run: BaseRun): string {
  const { ledger, workspace } = world;
  const unended = new Set(ledger.releases.filter((one) => one.phase !== 'ended').map((one) => one.releaseId));
  const text = JSON.stringify([
    world.now % grid,
    world.nextTick - world.now,
    world.nextReconcile - world.now,
    ledger.endpoints.map((row) => lastChange(world, row) <= world.lookedAt),
    futureOf(run, world.acted),
    ledger.endpoints.map((row) => rowMeaning(world, row)),
    ledger.waits.filter((wait) => matters(world, wait)).map((wait) => waitMeaning(world, wait)),
    ledger.commands
      .filter((one) => unended.has(one.releaseId))
      .map((one) => [one.releaseId, one.kind, one.phase, effectOf(one.kind) === 'continue' ? one.actor : '']),
    ledger.releases.map((one) => [one.releaseId, one.phase, one.executionArn !== null, one.outcome?.kind]),
    ledger.deliveries.map((one) => [one.eventId, one.published]),
    ledger.quarantine.map((one) => one.quarantineId),
    Object.values(world.executions).map((one) => executionMeaning(world, one)),
    Object.values(workspace.endpoints).map((one) => endpointMeaning(world, one)),
    workspace.runs
      .filter((one) => one.until > world.now)
      .map((one) => [one.until - world.now, one.cancelled]),
    workspace.aliases,
    world.bus.map((one) => [
      one.event.metadata.eventId,
      one.attempts,
      Math.max(0, one.notBefore - world.now),
    ]),
    world.deadLetters.length,
    world.broke,
    world.zombies.map((one) => zombieMeaning(world, one)),
    ghostMeaning(world),
  ]);
  return hash('sha1', text, 'binary');
}

const futures = new Map<string, string>();

/** What people will do yet and how versions behave: runs that differ in nothing else from here on are one. */
function futureOf(run: BaseRun, acted: number): string {
  const key = `${run.name} ${acted}`;
  let known = futures.get(key);
  if (known === undefined) {
    const { behaviour, onNewVersion, faultsUntil, acts } = run;
    known = JSON.stringify([behaviour, onNewVersion, faultsUntil, acts.slice(acted)]);
    futures.set(key, known);
  }
  return known;
}

const goodMeaning = (world: World, good: GoodConfiguration | null) =>
  good && fileMeaning(world, good.configuration.ref);

function rowMeaning(world: World, row: EndpointRow): unknown {
  const { lastGood, previousGood, target, intent, owner, writesUntil, ...rest } = row;
  return [
    exactly(world, rest),
    Math.max(0, writesUntil - world.now),
    owner?.releaseId,
    owner?.executionArn,
    goodMeaning(world, lastGood),
    goodMeaning(world, previousGood),
    goodMeaning(world, target),
    intent && [intent.direction, intent.purpose, intent.candidateShare, exactAge(world, intent.at)],
    intent && [fileMeaning(world, intent.desired.ref), fileMeaning(world, intent.before.ref)],
  ];
}

function exactly(world: World, value: unknown): unknown {
  if (isTime(value)) return exactAge(world, value);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([key]) => !forPeople.has(key));
  return members.map(([key, member]) => [key, exactly(world, member)]);
}

function visitOf(world: World, releaseId: string): number {
  const execution = Object.values(world.executions).find((one) => one.name === releaseId);
  const visit = execution?.position.variables['visit'];
  return typeof visit === 'number' ? visit : 0;
}

/** A closed wait is found again by a retry of its own visit, or by a handler of an earlier one that lives on. */
const matters = (world: World, wait: Wait): boolean =>
  wait.phase !== 'closed' || world.zombies.length > 0 || wait.visit >= visitOf(world, wait.releaseId);

function waitMeaning(world: World, wait: Wait): unknown {
  const execution = Object.values(world.executions).find((one) => one.name === wait.releaseId);
  const phase = execution?.position.phase;
  const present = phase?.kind === 'task' && execution?.status === 'RUNNING' ? phase.token : undefined;
  const heard = present !== undefined && [wait.token, ...wait.earlierTokens].includes(present);
  return [
    wait.releaseId,
    wait.state,
    wait.visit - visitOf(world, wait.releaseId),
    wait.epoch,
    wait.kind,
    wait.phase,
    wait.exposed,
    heard,
    told(world, wait.reference),
    ageClass(world, wait.deadline),
    wait.kind === 'hold' ? 0 : ageClass(world, wait.since),
    told(world, wait.decision),
  ];
}

function executionMeaning(world: World, execution: Execution): unknown {
  const { status, name, position, called } = execution;
  const owned = world.ledger.endpoints.some((row) => row.owner?.executionArn === execution.arn);
  if (status !== 'RUNNING' && !owned) return [name, status, position.state];
  const { phase, variables, state } = position;
  const { visit: _v, failure: _f, ...rest } = variables;
  return [
    name,
    status,
    state,
    told(world, rest),
    position.retriesUsed,
    state === 'ClaimEndpoint' ? position.input : 0,
    phase.kind,
    phase.kind === 'waiting' ? phase.until - world.now : 0,
    phase.kind === 'task' ? [phase.submitted, called === phase.attempt, timerOf(world, phase.timeoutAt)] : 0,
    phase.kind === 'answered' ? told(world, phase.answer) : 0,
  ];
}

/** A time-out of days never comes before what it waits for; it is told apart where it is near. */
const timerOf = (world: World, timeoutAt: number | undefined): number =>
  timeoutAt === undefined ? 0 : Math.min(600_000, timeoutAt - world.now);

const configurations = new WeakMap<object, string>();

function configurationMeaning(configuration: object): string {
  let known = configurations.get(configuration);
  if (known === undefined) {
    known = hash('sha1', canonicalJson(configuration), 'base64');
    configurations.set(configuration, known);
  }
  return known;
}

function endpointMeaning(world: World, state: EndpointState): unknown {
  const { active, update, behind, last } = state;
  const late = behind && behind.until > world.now ? behind : null;
  return [
    configurationMeaning(active),
    last,
    update && [configurationMeaning(update.desired), update.until - world.now, update.ends],
    late && [configurationMeaning(late.shows.active), late.shows.last, late.until - world.now],
  ];
}

const zombieMeaning = (world: World, { label, since, until, answered, event }: Zombie): unknown => [
  label,
  answered.length,
  exactAge(world, since),
  until - world.now,
  told(world, event),
];

function ghostMeaning({ ghost, now }: World): unknown {
  return [
    Object.entries(ghost.releases).map(([releaseId, one]) => [
      releaseId,
      one.stopAt !== null,
      one.refusedAt !== null,
      one.restoreAt !== null,
      one.observedAt === null && one.acceptedAt !== null
        ? Math.floor((now - one.acceptedAt - refusedOf(one, now)) / grid)
        : null,
      one.observedAt === null ? [one.troubledSince === null, one.wasTroubled, one.hadTraffic] : null,
      one.acceptedAt === null ? one.calls : null,
      one.observedAt !== null,
      one.unhealedSince === null ? null : Math.floor((now - one.unhealedSince) / grid),
      one.outcome,
    ]),
    Math.max(0, ghost.pausedUntil - now),
    Object.entries(ghost.foreign).map(([endpoint, one]) => [endpoint, one.what, one.epoch]),
  ];
}
