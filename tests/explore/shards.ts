import { baseRuns } from './base-runs.ts';
import { chanceOf } from './chance.ts';
import { canHappen } from './events.ts';
import { eventNames, type Fault } from './fault.ts';
import { namesAt } from './faults.ts';
import type { Found, Node } from './node.ts';
import { Player } from './player.ts';
import { liveAt } from './root.ts';
import { take } from './step.ts';

/**
 * What merging and reduction leave out, as seeded whole runs: any name at any call, any two or three faults, any moment
 * at which a zombie goes on, pauses between retries drawn. A violation here that the search has not is a hole in it.
 */

export interface ShardFigures {
  runs: number;
  transitions: number;
  faults: number;
  rests: number;
}

export async function shard(
  seed: number,
  runs: number,
  about: {
    readonly onProgress?: (figures: ShardFigures, found: number) => void;
    readonly stop?: () => boolean;
  } = {},
): Promise<{ figures: ShardFigures; found: Found[] }> {
  const figures: ShardFigures = { runs: 0, transitions: 0, faults: 0, rests: 0 };
  const found = new Map<string, Found>();
  for (let index = 0; index < runs && !about.stop?.(); index++) {
    const chance = seed * 1_000_003 + index;
    for (const one of await wholeRun(chance, figures)) {
      const key = `${one.invariant}: ${one.seed.choices.map(({ choice }) => choice.kind).join('+')}`;
      if (!found.has(key)) found.set(key, one);
    }
    figures.runs++;
    about.onProgress?.(figures, found.size);
  }
  return { figures, found: [...found.values()] };
}

const longest = 4_000;

async function wholeRun(chance: number, figures: ShardFigures): Promise<Found[]> {
  const draw = chanceOf(chance ^ 0x5bd1e995);
  const run = baseRuns[Math.floor(draw() * baseRuns.length)] ?? baseRuns[0];
  if (!run) return [];
  // The pauses have a chance of their own, so that a replay of the choices draws the same ones.
  const random = chanceOf(chance);
  const player = new Player(run, { random });
  let left = 2 + Math.floor(draw() * 2);
  let node: Node = await player.root();
  for (let step = 0; step < longest && node.due.kind !== 'rest'; step++) {
    figures.transitions++;
    if (node.world.zombies.length > 0 && draw() < 0.3) {
      node = await player.after(node, { kind: 'thaw' });
      continue;
    }
    const fault = left > 0 && draw() < 0.05 ? await drawn(player, node, draw) : undefined;
    if (fault) {
      left--;
      figures.faults++;
      node = await player.after(node, fault);
      continue;
    }
    const live = player.liveAt(node.world);
    await take(player.controller, live, node.due);
    node = await player.stand(live, step + 1, node.choices, node.world);
  }
  if (node.due.kind === 'rest') {
    figures.rests++;
    player.rest(node);
  } else player.report(node, 'it has not ended');
  return [...player.found.values()].map((one) => ({ ...one, seed: { ...one.seed, chance } }));
}

/** A store makes `LedgerUnavailable` of each. */
const portErrors = [
  ...['DatabricksThrottled', 'DatabricksUnavailable', 'DatabricksConflict'],
  ...['DatabricksUnauthenticated', 'DatabricksForbidden', 'DatabricksNotFound', 'DatabricksRejected'],
  'DatabricksAnswerUnreadable',
];

/** Any fault at all, at any of the calls that the step makes; those that stand, die and land late as often as the rest. */
async function drawn(player: Player, node: Node, draw: () => number): Promise<Fault | undefined> {
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(draw() * all.length)];
  const { due, world } = node;
  if (due.kind === 'rest') return undefined;
  const kind = draw();
  if (kind < 0.25) {
    const event = pick(eventNames.filter((one) => canHappen(one, liveAt(world))));
    return event && { kind: 'event', event };
  }
  // Worlds are not changed by whoever looks at them, so the step can be taken to see what it calls.
  const { calls } = await take(player.controller, player.liveAt(world), due);
  const call = Math.floor(draw() * (calls.length + 1));
  const seen = due.kind === 'call' ? (pick(namesAt(due.state)) ?? 'Lambda.Unknown') : 'crash';
  const silent = due.kind === 'call' && due.phase.token === undefined && seen === 'States.Timeout';
  const told = silent ? 'silence' : seen;
  if (kind < 0.4) return { kind: 'die', call, seen: told };
  const writes = calls.flatMap(({ writes: does }, at) => (does ? [at] : []));
  const updates = calls.flatMap(({ method }, at) => (method === 'replace' ? [at] : []));
  if (kind < 0.7) {
    const sent = updates.length > 0 && draw() < 0.5;
    const at = pick(sent ? updates : writes);
    return at === undefined ? undefined : { kind: 'zombie', call: at, sent, seen: told };
  }
  const update = pick(updates);
  if (kind < 0.8 && update !== undefined)
    return {
      kind: 'mishap',
      call: update,
      mishap: draw() < 0.5 ? { ends: 'failed' } : { behindFor: 50_000 },
    };
  const at = Math.min(call, calls.length - 1);
  // 409 is an answer to who wants to change the endpoint; nobody gets it for a question.
  const possible = portErrors.filter((one) => one !== 'DatabricksConflict' || updates.includes(at));
  const error = pick(possible) ?? 'DatabricksUnavailable';
  // A question has no effect: whoever is told an error did not get its answer.
  return { kind: 'port', call: at, error, effect: calls[at]?.writes === true && draw() < 0.3 };
}
