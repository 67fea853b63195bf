import { hash } from 'node:crypto';
import type { BaseRun } from './base-runs.ts';
import { meaningOf } from './canonical.ts';
import { chanceOf } from './chance.ts';
import type { Controller, Invoked } from './controller.ts';
import type { Fault } from './fault.ts';
import { faultsAt, rawOf } from './faults.ts';
import { lookOf, outcomesOf } from './kinds.ts';
import { Moments } from './moments.ts';
import type { Figures, Found, Node, SearchOptions } from './node.ts';
import { Player } from './player.ts';
import { toNextDue } from './schedule.ts';
import { roomFor, Seen } from './seen.ts';
import { take } from './step.ts';
import { canGoOn, type Zombie } from './world.ts';

/** Every fault at every state, and every pair of them, with what is equal explored once. */

/** Once faults have stopped a start ends within this, in milliseconds: the longest deadlines of the policies and more. */
const endsWithin = 3 * 3_600_000;
/** And within so many steps: whoever goes round in a circle at one moment never comes to the time above. */
const mostSteps = 5_000;

/** Refusals that are never taken back. */
const forEver: readonly string[] = ['LeaseLost', 'ReleaseInterrupted'];

const none: Figures = {
  ...{ states: 0, transitions: 0, faultsRaw: 0, faultsReduced: 0, pairsRaw: 0, pairsReduced: 0 },
  ...{ explored: 0, exploredPairs: 0, rests: 0, audited: 0, longest: 0, complete: 0 },
};

/** A node whose way is yet to be followed, with so many faults left. */
type Branch = readonly [Node, number];

export class Search {
  readonly run: BaseRun;
  readonly player: Player;
  readonly figures: Figures = { ...none };
  readonly #options: SearchOptions;
  /** Meanings that were come to, by how many faults were left. */
  readonly #seen: readonly Seen[];
  readonly #chance = chanceOf(1);
  /** What ends are called that are known by their number. */
  readonly #ends = new Map<number, string>();

  constructor(run: BaseRun, options: SearchOptions) {
    this.run = run;
    this.#options = options;
    this.player = new Player(run, options);
    const memory = options.seen ?? Array.from({ length: options.budget + 1 }, () => roomFor(18));
    this.#seen = memory.map((one) => new Seen(one));
  }

  get controller(): Controller {
    return this.player.controller;
  }

  get found(): ReadonlyMap<string, Found> {
    return this.player.found;
  }

  async explore(): Promise<void> {
    const { budget, isMine = () => true, order } = this.#options;
    this.#nameEnd(this.run.ends);
    const first = await this.#follow(await this.player.root(), budget);
    const numbers = order?.(first.length) ?? first.keys();
    for (const index of numbers) {
      const branch = first[index];
      if (!branch || !isMine(index)) continue;
      if (this.#stops()) return;
      this.figures.explored++;
      await this.#follow(...branch);
      this.#tellProgress();
    }
    if (!this.#stops()) this.figures.complete = 1;
  }

  #stops(): boolean {
    return this.#options.stop?.() ?? false;
  }

  #tellProgress(): void {
    this.figures.transitions = this.player.transitions;
    this.#options.onProgress?.(this.figures, this.found.size);
  }

  #faultsHere(node: Node): boolean {
    const { acted, ledger } = node.world;
    const { faultsFrom = 0, faultsUntil } = this.run;
    const isFirst = node.choices.length === 0;
    if (acted < faultsFrom || (isFirst && this.#options.only?.(node) === false)) return false;
    if (!faultsUntil) return true;
    const there = ledger.waits
      .filter(({ state }) => state === faultsUntil.state)
      .map(({ releaseId }) => releaseId);
    return new Set(there).size < faultsUntil.releases;
  }

  /**
   * From here on to the end without a fault, or to where somebody was; then what faults on the way lead to.
   * @returns What first faults lead to, instead of following it.
   */
  async #follow(start: Node, budget: number): Promise<Branch[]> {
    const branches: Branch[] = [];
    const own = new Set<string>();
    const end = await this.#walk(start, budget, own, branches);
    if (end !== 0) for (const meaning of own) this.#seen[budget]?.noteEnd(meaning, end);
    if (start.choices.length === 0) return branches;
    for (const branch of branches) {
      if (this.#stops()) break;
      if (branch[1] < budget) this.figures.exploredPairs++;
      await this.#follow(...branch);
    }
    return [];
  }

  /** @returns The number of the end that the way comes to; 0 when it is not known. */
  async #walk(start: Node, budget: number, own: Set<string>, branches: Branch[]): Promise<number> {
    for (let node = start; ; ) {
      if (this.#stops()) return 0;
      if (node.due.kind === 'rest') return this.#rest(node);
      const meaning = meaningOf(node.world, this.run);
      // Round in a circle, as far as meanings tell: that it was here itself says nothing about how it ends.
      const again = own.has(meaning);
      own.add(meaning);
      // The way without a fault is everybody's: whoever shares the memory walks it himself.
      const known = !again && node.choices.length > 0 && this.#knownEnd(meaning, budget, node);
      if (known !== false) {
        if (known !== 0 && this.#chance() < (this.#options.audited ?? 0)) await this.#audit(node, known);
        return known;
      }
      this.#note(meaning, budget);
      const since = Math.max(node.world.ghost.faultAt, startOf(node));
      if (node.world.now - since > endsWithin || node.depth - start.depth > mostSteps) {
        this.player.report(node, 'it has not ended');
        return 0;
      }
      node = await this.#expand(node, budget, branches);
    }
  }

  /** Whether worlds that are taken for one end alike: the way is followed on, step by step, and nothing is merged. */
  async #audit(merged: Node, known: number): Promise<void> {
    this.figures.audited++;
    const ends = outcomesOf((await this.player.followed(merged, mostSteps)).world);
    if (this.#nameEnd(ends) === known) return;
    const other = this.#ends.get(known) ?? 'something else';
    this.player.reportMerge(merged, `taken for what ends as ${other}, and ends as ${ends}`);
  }

  /** @returns false where nobody was with as many faults left. */
  #knownEnd(meaning: string, budget: number, { choices }: Node): number | false {
    const before = this.#seen.slice(budget).find((one) => one.has(meaning));
    if (!before) return false;
    const end = before.endOf(meaning);
    if (end !== 0) this.player.judgeEnd(this.#ends.get(end) ?? 'another end', choices);
    return end;
  }

  #note(meaning: string, budget: number): void {
    if (this.#seen[budget]?.add(meaning) !== true) return;
    if (!this.#seen.some((one, left) => left !== budget && one.has(meaning))) this.figures.states++;
  }

  #rest(node: Node): number {
    const { figures } = this;
    figures.rests++;
    const since = Math.max(node.world.ghost.faultAt, startOf(node));
    figures.longest = Math.max(figures.longest, node.world.now - since);
    this.player.rest(node);
    return this.#nameEnd(outcomesOf(node.world));
  }

  #nameEnd(outcomes: string): number {
    const number = hash('sha1', outcomes, 'buffer').readInt32LE(0) || 1;
    this.#ends.set(number, outcomes);
    return number;
  }

  /** The step that nothing befell. What faults and zombies make of it instead is left in `branches`. */
  async #expand(node: Node, budget: number, branches: Branch[]): Promise<Node> {
    const { world, due, depth, choices } = node;
    if (due.kind === 'rest') return node;
    const live = this.player.liveAt(world);
    const moments = new Moments(live, (at) => meaningOf(at, this.run));
    const invoked = await take(this.controller, live, due, undefined, budget > 0 ? moments.at : undefined);
    const [kind, found] = lookOf(due, invoked);
    const before = node.looks[kind];
    const times = before?.found === found ? before.times + 1 : 1;
    const isRepeated = moments.calls.length === 1 && times > 1;
    const stood = await this.player.stand(live, depth + 1, choices, world);
    if (budget > 0 && this.#faultsHere(node))
      await this.#branch(node, budget, invoked, isRepeated ? [] : moments.calls, branches);
    // Where nothing has changed twice it goes on to the same, whenever it does.
    const spent = times <= 2 ? await this.#thaw(node, budget, branches) : undefined;
    const after = spent ? await this.#without(stood, spent) : stood;
    return { ...after, looks: { ...node.looks, [kind]: { found, times } } };
  }

  /** @returns The one that stands and goes on, where it can do nothing any more, whenever that is. */
  async #thaw(node: Node, budget: number, branches: Branch[]): Promise<Zombie | undefined> {
    const nth = node.world.zombies.findIndex(canGoOn);
    if (nth < 0) return undefined;
    const { node: thawed, outcome } = await this.player.tried(node, { kind: 'thaw', nth });
    branches.push([thawed, budget]);
    // Who has lost the endpoint, or was told that it goes back, never gets it again.
    if (outcome?.kind !== 'failed' || !forEver.includes(outcome.failure.error)) return undefined;
    const without = { ...node.world, zombies: node.world.zombies.filter((_, at) => at !== nth) };
    const changed = meaningOf({ ...thawed.world, ghost: without.ghost }, this.run);
    return meaningOf(without, this.run) === changed ? node.world.zombies[nth] : undefined;
  }

  /** Its place is kept, because seeds count those that stand; its life may have ended in the step. */
  async #without(stood: Node, spent: Zombie): Promise<Node> {
    const zombies = stood.world.zombies.map((one) =>
      one === spent ? { ...one, spent: true as const } : one,
    );
    const live = this.player.liveAt({ ...stood.world, zombies });
    return { ...stood, due: await toNextDue(this.controller, live), world: live.world };
  }

  /** @param moments None where the look before has found the same: its faults are this one's. */
  async #branch(
    node: Node,
    budget: number,
    invoked: Invoked,
    moments: readonly number[],
    branches: Branch[],
  ): Promise<void> {
    const { due, world, choices } = node;
    if (due.kind === 'rest') return;
    const isFirst = choices.length === 0;
    if (moments.length === 0) {
      this.figures[isFirst ? 'faultsRaw' : 'pairsRaw'] += rawOf(due, invoked);
      return;
    }
    const all = [...new Set([...moments, invoked.calls.length])];
    const { faults, raw } = faultsAt(this.controller, this.player.liveAt(world), due, invoked, all);
    this.figures[isFirst ? 'faultsRaw' : 'pairsRaw'] += raw;
    this.figures[isFirst ? 'faultsReduced' : 'pairsReduced'] += faults.length;
    for (const fault of faults satisfies readonly Fault[]) {
      if (this.#stops()) return;
      branches.push([await this.player.after(node, fault), budget - 1]);
    }
  }
}

const startOf = ({ world }: Node): number => world.ledger.releases.at(-1)?.requestedAt ?? world.now;
