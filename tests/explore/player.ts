import type { BaseRun } from './base-runs.ts';
import { choose } from './choose.ts';
import { Controller, type Handlers, type Outcome } from './controller.ts';
import type { Choice } from './fault.ts';
import { type Violation, violationsAtRest, violationsOf } from './invariants.ts';
import { kindOf, outcomesOf, passes } from './kinds.ts';
import type { Found, Node } from './node.ts';
import { remember } from './remember.ts';
import { liveAt, rootOf } from './root.ts';
import { toNextDue } from './schedule.ts';
import type { Seed } from './seed.ts';
import { take } from './step.ts';
import type { Machines } from './surroundings.ts';
import { changeWorld, type Live, type World } from './world.ts';

export interface PlayerOptions {
  readonly machines?: Partial<Machines>;
  /** Handlers with a planted bug. */
  readonly instead?: Partial<Handlers>;
  /** Chance of the pauses between retries; the shortest when absent. */
  readonly random?: () => number;
  /** Told of each violation of a kind that was not found before. */
  readonly onFound?: (found: Found) => void;
}

/** Takes steps in the worlds of a base run, judges each, and keeps what it finds. */
export class Player {
  readonly run: BaseRun;
  readonly controller: Controller;
  readonly found = new Map<string, Found>();
  readonly #options: PlayerOptions;
  transitions = 0;

  constructor(run: BaseRun, options: PlayerOptions = {}) {
    this.run = run;
    this.#options = options;
    this.controller = new Controller(run, options.machines, options.instead);
  }

  liveAt = (world: World): Live => liveAt(world, this.#options.random);

  async root(): Promise<Node> {
    return this.stand(this.liveAt(await rootOf(this.controller)), 0, []);
  }

  /** The node after one choice. */
  async after(node: Node, choice: Choice): Promise<Node> {
    return (await this.tried(node, choice)).node;
  }

  /** The node after one choice, and what the invocation in it came to, where there was one. */
  async tried(
    { world, due, depth, choices: before }: Node,
    choice: Choice,
  ): Promise<{ readonly node: Node; readonly outcome: Outcome | undefined }> {
    const live = this.liveAt(world);
    const at = due.kind === 'call' ? due.state : due.kind;
    const choices = [...before, { step: depth, at, choice }];
    const outcome = await choose(this.controller, live, due, choice);
    // A watcher that is paused is a fault for as long as it lasts.
    const paused = choice.kind === 'event' && choice.event === 'noTicks';
    const faultAt = paused ? live.world.nextTick : live.world.now;
    const pausedUntil = paused ? live.world.nextTick : live.world.ghost.pausedUntil;
    changeWorld(live, { ghost: { ...live.world.ghost, faultAt, pausedUntil } });
    live.happenings.push({ kind: 'fault', at: world.now });
    return { node: await this.stand(live, depth + 1, choices, world), outcome };
  }

  /** Remembers and judges what happened, and goes on to what is due. */
  async stand(live: Live, depth: number, choices: Seed['choices'], before?: World): Promise<Node> {
    const due = await toNextDue(this.controller, live);
    this.transitions++;
    const happened = live.happenings;
    changeWorld(live, { ghost: remember(live.world, happened) });
    const step = { before: before ?? live.world, after: live.world, happenings: happened };
    for (const violation of violationsOf(step)) this.#keep(violation, choices);
    return { world: live.world, due, depth, choices, looks: {} };
  }

  rest(node: Node): void {
    for (const violation of violationsAtRest(node.world)) this.#keep(violation, node.choices);
    this.judgeEnd(outcomesOf(node.world), node.choices);
  }

  /** A trouble that passes by itself must not change how releases end. */
  judgeEnd(outcomes: string, choices: Seed['choices']): void {
    const { ends, troubled } = this.run;
    if (
      outcomes === ends ||
      (troubled && choices.length > 0) ||
      !choices.every((one) => passes(one, choices.length))
    )
      return;
    const says = `${outcomes} instead of ${ends}`;
    this.#keep({ invariant: 'what passes changes no outcome', ids: ['I17', 'J8'], says }, choices);
  }

  /** The way from here on without another fault, to its end or so many steps. */
  async followed(from: Node, mostSteps: number): Promise<Node> {
    let node = from;
    for (let step = 0; node.due.kind !== 'rest' && step < mostSteps; step++) {
      const live = this.liveAt(node.world);
      await take(this.controller, live, node.due);
      node = await this.stand(live, node.depth + 1, node.choices, node.world);
    }
    return node;
  }

  /** Two worlds that were taken for one did not end alike: what tells them apart is missing in their meaning. */
  reportMerge({ choices }: Node, says: string): void {
    this.#keep({ invariant: 'what is merged ends alike', ids: [], says }, choices);
  }

  report({ choices, world, due }: Node, says: string): void {
    const states = Object.values(world.executions).map((one) => `${one.status} ${one.position.state}`);
    const where = `${says}: ${states.join(', ')}; due: ${due.kind}`;
    this.#keep({ invariant: 'every start ends', ids: ['I5', 'J4'], says: where }, choices);
  }

  #keep(violation: Violation, choices: Seed['choices']): void {
    const key = `${this.run.name}: ${violation.invariant}: ${kindOf(choices)}`;
    if (this.found.has(key)) return;
    const found = { ...violation, seed: { run: this.run.name, choices } };
    this.found.set(key, found);
    this.#options.onFound?.(found);
  }
}
