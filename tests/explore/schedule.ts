import type { TaskPhase } from '../../local/machine/position.ts';
import type { EndpointRow, ReleaseRecord } from '../../src/app/ports/ledger.ts';
import type { Act, Moment } from './base-runs.ts';
import { grid } from './base-runs.ts';
import type { Controller } from './controller.ts';
import { callsNow, dueOf, executionsOf } from './fakes/machine.ts';
import { endUpdate } from './fakes/serving.ts';
import { canGoOn, changeWorld, type Live, type World } from './world.ts';

/** What is due next. Whatever needs no handler (transitions, updates, time itself) happens on the way to it. */

export type Due =
  | { readonly kind: 'call'; readonly arn: string; readonly state: string; readonly phase: TaskPhase }
  | { readonly kind: 'act'; readonly act: Act }
  | { readonly kind: 'deliver' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'reconcile' }
  /** The platform tells that an execution broke. */
  | { readonly kind: 'statusChange' }
  /** Nothing runs, nothing waits, nothing is under way. */
  | { readonly kind: 'rest' };

/** Takes the world on to the next thing that somebody has to do. Deterministic. */
export async function toNextDue(controller: Controller, live: Live): Promise<Due> {
  for (;;) {
    const moved = await settleExecutions(controller, live);
    if (moved) continue;
    if (endUpdatesDue(live)) continue;
    dropZombies(live);
    const due = dueNow(controller, live.world);
    if (due) return due;
    const next = nextTime(controller, live.world);
    if (next === undefined) return { kind: 'rest' };
    changeWorld(live, { now: Math.max(live.world.now, next) });
  }
}

async function settleExecutions(controller: Controller, live: Live): Promise<boolean> {
  const before = live.world;
  for (const { arn } of executionsOf(before)) await controller.engine.advance(live, arn);
  return live.world !== before;
}

function endUpdatesDue(live: Live): boolean {
  const before = live.world;
  for (const [endpoint, { update }] of Object.entries(before.workspace.endpoints)) {
    if (update && update.until <= before.now) endUpdate(live, endpoint);
  }
  return live.world !== before;
}

/** A function that has run out of its time is ended by its platform. */
function dropZombies(live: Live): void {
  const { zombies, now } = live.world;
  const alive = zombies.filter((one) => now < one.until);
  if (alive.length < zombies.length) changeWorld(live, { zombies: alive });
}

function dueNow(controller: Controller, world: World): Due | undefined {
  const act = controller.run.acts[world.acted];
  if (act && isDue(controller, world, act[1])) return { kind: 'act', act: act[1] };
  for (const execution of executionsOf(world)) {
    const { phase, state } = execution.position;
    if (callsNow(execution) && phase.kind === 'task')
      return { kind: 'call', arn: execution.arn, state, phase };
  }
  if (world.broke > 0) return { kind: 'statusChange' };
  if (world.bus.some((one) => one.notBefore <= world.now)) return { kind: 'deliver' };
  if (atRest(world)) return undefined;
  if (world.nextTick <= world.now) return { kind: 'tick' };
  if (world.nextReconcile <= world.now) return { kind: 'reconcile' };
  return undefined;
}

/** Whether the moment of the next act has come, and it is this one. */
export function isDue(controller: Controller, world: World, act: Act): boolean {
  const next = controller.run.acts[world.acted];
  return next?.[1] === act && hasCome(next[0], world);
}

function hasCome(moment: Moment, world: World): boolean {
  if (moment === 'now') return true;
  if (moment === 'idle') return atRest(world);
  const at = timeOf(moment, world);
  return at !== undefined && world.now >= at;
}

function timeOf(moment: Exclude<Moment, string>, world: World): number | undefined {
  if ('restoring' in moment) {
    const began = Object.values(world.ghost.releases).find((one) => one.restoreAt !== null)?.restoreAt;
    return began == null ? undefined : began + moment.restoring;
  }
  const since = world.ledger.waits.find((one) => one.state === moment.open && one.phase === 'open')?.since;
  return since === undefined ? undefined : since + (moment.for ?? 0);
}

/** The next moment at which anything can happen; undefined at rest. */
function nextTime(controller: Controller, world: World): number | undefined {
  if (atRest(world)) return undefined;
  const moment = controller.run.acts[world.acted]?.[0];
  const acts = typeof moment === 'object' ? timeOf(moment, world) : undefined;
  const times = [
    ...executionsOf(world).map(dueOf),
    ...Object.values(world.workspace.endpoints).map(({ update }) => update?.until),
    ...world.bus.map((one) => one.notBefore),
    ...world.zombies.filter(canGoOn).map((one) => one.until),
    acts,
    world.nextTick,
    world.nextReconcile,
  ].filter((time): time is number => time !== undefined && time > world.now);
  return Math.min(...times);
}

/** Every start has ended and left nothing behind. */
export function atRest(world: World): boolean {
  const { ledger } = world;
  return (
    executionsOf(world).every(({ status }) => status !== 'RUNNING') &&
    ledger.releases.every((one) => one.phase === 'ended' || waitsForPerson(world, one)) &&
    ledger.endpoints.every((row) => world.lookedAt >= lastChange(world, row)) &&
    ledger.endpoints.every((row) => row.owner === null) &&
    ledger.waits.every((one) => one.phase === 'closed') &&
    ledger.deliveries.every((one) => one.published) &&
    world.bus.length === 0 &&
    world.broke === 0 &&
    !world.zombies.some(canGoOn) &&
    Object.values(world.workspace.endpoints).every(({ update }) => update === null)
  );
}

/** Since when nothing of ours can change the endpoint: from there on whatever differs is somebody else's, and is told. */
export function lastChange({ ledger }: World, { endpoint, writesUntil }: EndpointRow): number {
  const ended = ledger.releases.map((one) => (one.endpoint === endpoint ? (one.endedAt ?? 0) : 0));
  return Math.max(writesUntil, ...ended);
}

/** Nothing begins on an endpoint that somebody froze or changed by hand, until a person says what is to be. */
const waitsForPerson = ({ ledger }: World, { endpoint, phase }: ReleaseRecord): boolean =>
  phase === 'queued' &&
  ledger.endpoints.some((row) => row.endpoint === endpoint && (row.drift !== null || row.freeze !== null));

/** Ticks stand on a grid, whatever they were late. */
export const nextOnGrid = (now: number, every: number = grid): number =>
  (Math.floor(now / every) + 1) * every;
