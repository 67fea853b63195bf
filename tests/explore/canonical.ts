import { hash } from 'node:crypto';
import { canonicalJson } from '../../src/app/digest.ts';
import type { EndpointRow, GoodConfiguration, ReleaseRecord, Wait } from '../../src/app/ports/ledger.ts';
import { restoreActions } from '../../src/app/stages/way-back.ts';
import { isPerson } from '../../src/contracts/actors.ts';
import { effectOf } from '../../src/domain/release.ts';
import { type BaseRun, beginning, grid } from './base-runs.ts';
import { executionMeaning } from './canonical-machine.ts';
import { ageClass, exactAge, fileMeaning, forPeople, isTime, told } from './canonical-values.ts';
import { refusedOf } from './ghost.ts';
import { lastChange } from './schedule.ts';
import { canGoOn, type EndpointState, type World, type Zombie } from './world.ts';

/**
 * The meaning of a world: two worlds with the same one behave alike from here on, so one of them is explored. Left out is
 * what only people read (most of the trail, texts, names of files), identifiers are told by what they belong to, and times by
 * the classes that the code can tell apart. The unmerged runs of the shards check that nothing was left out wrongly.
 */
export function meaningOf(world: World, run: BaseRun): string {
  const { ledger, workspace } = world;
  const unendedReleases = ledger.releases.filter((one) => one.phase !== 'ended');
  const text = JSON.stringify([
    world.now % grid,
    world.nextTick - world.now,
    world.nextReconcile - world.now,
    ledger.endpoints.map((row) => lastChange(world, row) <= world.lookedAt),
    futureOf(run, world),
    ledger.endpoints.map((row) => rowMeaning(world, row)),
    ledger.waits.filter((wait) => matters(world, wait)).map((wait) => waitMeaning(world, wait)),
    unendedReleases.flatMap((one) => commandsThatMatter(world, one)),
    // Whoever finishes what an execution left reads off the trail whether the release had proven itself.
    unendedReleases.map((one) => saidOf(ledger, one, 'RetireBaseline') !== undefined),
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
    world.zombies.filter(canGoOn).map((one) => zombieMeaning(world, one)),
    ghostMeaning(world),
  ]);
  return hash('sha1', text, 'binary');
}

/** What people will do yet and how versions behave: runs that differ in nothing else from here on are one. */
function futureOf(run: BaseRun, world: World): unknown {
  const { acted, ledger } = world;
  const { behaviour, onNewVersion, faultsUntil, acts } = run;
  const { bad, badInShadow, windows = [], ...rest } = behaviour;
  const isOver = (version: string) => {
    const tried = ledger.releases.filter((one) => one.version === version && one.intent === 'release');
    return tried.length > 0 && tried.every((one) => one.phase === 'ended' || isGoingBack(ledger, one));
  };
  const still = (versions: readonly string[]) => versions.filter((one) => !isOver(one));
  const edges = windows.flat().map((edge) => ageClass(world, beginning + edge));
  return [still(bad), still(badInShadow), rest, edges, onNewVersion, faultsUntil, acts.slice(acted)];
}

/** The way back never turns: nothing of the release is judged, held or approved any more. */
const isGoingBack = (ledger: World['ledger'], { releaseId, endpoint }: ReleaseRecord): boolean =>
  ledger.endpoints.some(
    (row) => row.endpoint === endpoint && row.phase === 'restoring' && row.owner?.releaseId === releaseId,
  );

/**
 * Of settled commands only what is asked for again: an alert finds what it ordered, an approval and a hold count until
 * the release goes on or back, and from then on which command stopped it. One that was refused a person nobody asks for.
 */
function commandsThatMatter({ ledger }: World, release: ReleaseRecord): unknown[] {
  const all = ledger.commands.filter((one) => one.releaseId === release.releaseId);
  const back = isGoingBack(ledger, release);
  // What came after the way back had begun did not begin it, and gives the release no name.
  const began = back && all.length > 0 ? saidOf(ledger, release, restoreActions.began) : undefined;
  const went = all.findLastIndex((one) => one.kind === 'resume' && one.phase === 'applied');
  return all.flatMap((one, at) => {
    const { releaseId, kind, phase, actor } = one;
    const counts = back ? effectOf(kind) === 'restore' : at > went || kind === 'approve';
    const lasts = !isPerson(actor) || (phase === 'applied' && counts);
    if (phase !== 'pending' && !lasts) return [];
    const late = began !== undefined && one.at > began;
    return [[releaseId, kind, phase, effectOf(kind) === 'continue' ? actor : '', late]];
  });
}

/** When the trail says it first; undefined where it does not. */
const saidOf = (
  { audit }: World['ledger'],
  { releaseId }: ReleaseRecord,
  action: string,
): number | undefined => audit.find((one) => one.action === action && one.releaseId === releaseId)?.at;

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
    intent && [intent.direction, intent.purpose, intent.candidateShare],
    // Only whoever goes back asks how old a write is, and only of one that went forward.
    exactAge(world, (intent?.direction === 'forward' ? intent.at : intent?.forwardAt) ?? 0, 150_000),
    intent?.accepted === true && world.now - (intent.forwardAt ?? 0) < 70_000,
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
  wait.phase !== 'closed' || world.zombies.some(canGoOn) || wait.visit >= visitOf(world, wait.releaseId);

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
    // What was waited for is over once it is decided, but for a job that is yet to be cancelled.
    wait.phase === 'open' || wait.kind === 'job' ? told(world, wait.reference) : 0,
    wait.phase === 'open' ? ageClass(world, wait.deadline) : 0,
    wait.phase === 'open' && wait.kind !== 'hold' ? ageClass(world, wait.since) : 0,
    // A retried task is answered with it, however long ago it was made.
    told(world, wait.decision),
  ];
}

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
      // Nothing may be given to the candidate any more after either of them.
      one.restoreAt !== null ? 'back' : one.stopAt !== null ? 'stop' : one.refusedAt !== null,
      one.observedAt === null && one.acceptedAt !== null
        ? Math.floor((now - one.acceptedAt - refusedOf(one, now)) / grid)
        : null,
      one.observedAt === null && one.troubledSince === null,
      // How many calls it took was judged when the write was accepted.
      one.acceptedAt === null ? [one.calls, one.wasTroubled, one.hadTraffic] : null,
      one.observedAt !== null,
      one.unhealedSince === null ? null : Math.floor((now - one.unhealedSince) / grid),
      one.outcome,
    ]),
    Math.max(0, ghost.pausedUntil - now),
    Object.entries(ghost.foreign).map(([endpoint, one]) => [endpoint, one.what, one.epoch]),
  ];
}
