import { baseRuns } from './base-runs.ts';
import { chanceOf } from './chance.ts';
import type { Choice } from './fault.ts';
import type { Violation } from './invariants.ts';
import type { Found } from './node.ts';
import { Player, type PlayerOptions } from './player.ts';
import type { Seed } from './seed.ts';
import { take } from './step.ts';
import type { Happening } from './world.ts';

/** A run once more, one step at a time, without merging anything. */

export interface Played {
  readonly violations: readonly Violation[];
  readonly lines: readonly string[];
  readonly steps: number;
}

/** What stands in the place of what is shipped. */
export type Planted = Pick<PlayerOptions, 'machines' | 'instead'>;

const longest = 1_500;

/** @throws RangeError when the seed names a base run that there is not. */
export async function replay(seed: Seed, planted: Planted = {}): Promise<Played> {
  const run = baseRuns.find((one) => one.name === seed.run);
  if (!run) throw new RangeError(`There is no base run ${seed.run}.`);
  const random = seed.chance === undefined ? undefined : chanceOf(seed.chance);
  const player = new Player(run, { ...planted, ...(random && { random }) });
  const lines: string[] = [];
  let node = await player.root();
  const began = node.world.now;
  for (let step = 0; step < longest && node.due.kind !== 'rest'; step++) {
    const chosen = seed.choices.find((one) => one.step === step)?.choice;
    lines.push(
      `${stepLine(step, node.world.now - began, node.due)}${chosen ? `   <== ${choiceText(chosen)}` : ''}`,
    );
    const known = player.found.size;
    const before = node.world;
    if (chosen) node = await player.after(node, chosen);
    else {
      const live = player.liveAt(node.world);
      await take(player.controller, live, node.due);
      lines.push(...live.happenings.flatMap(tellingLine));
      node = await player.stand(live, step + 1, node.choices, before);
    }
    if (player.found.size > known) lines.push(...newest(player.found, known));
  }
  if (node.due.kind === 'rest') player.rest(node);
  else player.report(node, 'it has not ended');
  return {
    violations: [...player.found.values()],
    lines: [...lines, ...newest(player.found, 0)],
    steps: node.depth,
  };
}

const newest = (found: ReadonlyMap<string, Found>, known: number): string[] =>
  [...found.values()].slice(known).map((one) => `  !! ${one.invariant} (${one.ids.join(', ')}): ${one.says}`);

function stepLine(step: number, since: number, due: { kind: string; state?: string; act?: unknown }): string {
  const what = due.state ?? (due.act === undefined ? due.kind : JSON.stringify(due.act));
  return `${String(step).padStart(4)}  +${(since / 1000).toFixed(0)} s  ${what}`;
}

export function choiceText(choice: Choice): string {
  switch (choice.kind) {
    case 'die':
      return `ends before its call ${choice.call}; the machine sees ${choice.seen}`;
    case 'zombie':
      return `stands at its call ${choice.call}${choice.sent ? ', which is sent' : ''}; the machine sees ${choice.seen}`;
    case 'port':
      return `its call ${choice.call} is answered ${choice.error}${choice.effect ? ' after its effect' : ''}`;
    case 'mishap':
      return `the update of its call ${choice.call}: ${JSON.stringify(choice.mishap)}`;
    case 'event':
      return `first: ${choice.event}`;
    case 'thaw':
      return 'first: the one that stood goes on';
  }
}

const writes = [
  'recordIntent',
  'replace',
  'close',
  'claim',
  'beginRestore',
  'takeOver',
  'endRelease',
  'addCommand',
  'decideWait',
];

function tellingLine(one: Happening): string[] {
  if (one.kind === 'updated') return [`        ${one.endpoint}: the update ended (${one.after.last})`];
  if (one.kind !== 'call' || !writes.includes(one.method)) return [];
  return [`        ${one.port}.${one.method} ${one.outcome}`];
}

/** A seed with as few choices as still break the same invariant; a choice that is dropped moves the later steps. */
export async function shrunk({ seed, invariant }: Found, planted: Planted = {}): Promise<Seed> {
  for (let at = 0; at < seed.choices.length && seed.choices.length > 1; at++) {
    const dropped = seed.choices[at];
    const rest = seed.choices.filter((one) => one !== dropped);
    for (const shift of shifts) {
      const choices = rest.map((one, index) => (index < at ? one : { ...one, step: one.step + shift }));
      if (choices.some((one) => one.step < 0)) continue;
      const smaller = { ...seed, choices };
      const { violations } = await replay(smaller, planted).catch(() => ({ violations: [] }));
      if (violations.some((one) => one.invariant === invariant)) {
        return shrunk({ seed: smaller, invariant, ids: [], says: '' }, planted);
      }
    }
  }
  return seed;
}

const shifts = [0, -1, -2, -3, 1, 2, 3, -4, -5, -6];
