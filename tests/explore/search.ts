import { hash } from 'node:crypto';
import type { BaseRun } from './base-runs.ts';
import { meaningOf } from './canonical.ts';
import type { Controller, Invoked } from './controller.ts';
import type { Fault } from './fault.ts';
import { faultsAt, rawOf } from './faults.ts';
import { lookOf, outcomesOf } from './kinds.ts';
import type { Figures, Found, Node, SearchOptions } from './node.ts';
import { Player } from './player.ts';
import { roomFor, Seen } from './seen.ts';
import { take } from './step.ts';
import type { Live, World } from './world.ts';

/** Every fault at every state, and every pair of them, with what is equal explored once. */

/** Once faults have stopped a start ends within this, in milliseconds: the longest deadlines of the policies and more. */
const endsWithin = 3 * 3_600_000;

const none: Figures = {
  ...{ states: 0, transitions: 0, faultsRaw: 0, faultsReduced: 0, pairsRaw: 0, pairsReduced: 0 },
  ...{ explored: 0, exploredPairs: 0, rests: 0, longest: 0, complete: 0 },
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
      if (own.has(meaning)) {
        this.player.report(node, 'it goes round in a circle');
        return 0;
      }
      own.add(meaning);
      // The way without a fault is everybody's: whoever shares the memory walks it himself.
      const known = node.choices.length > 0 && this.#knownEnd(meaning, budget, node);
      if (known !== false) return known;
      this.#note(meaning, budget);
      if (node.world.now - Math.max(node.world.ghost.faultAt, startOf(node)) > endsWithin) {
        this.player.report(node, 'it has not ended');
        return 0;
      }
      node = await this.#expand(node, budget, branches);
    }
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
    const isRepeated = moments.calls.length === 1 && node.looks[kind] === found;
    const stood = await this.player.stand(live, depth + 1, choices, world);
    if (budget > 0 && this.#faultsHere(node))
      await this.#branch(node, budget, invoked, isRepeated ? [] : moments.calls, branches);
    if (world.zombies.length > 0) branches.push([await this.player.after(node, { kind: 'thaw' }), budget]);
    return { ...stood, looks: { ...node.looks, [kind]: found } };
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

/** The calls of an invocation before which the world has another meaning than before the call that was noted last. */
class Moments {
  readonly calls = [0];
  readonly #live: Live;
  readonly #meaning: (world: World) => string;
  #last: string;
  #hasWritten = false;

  constructor(live: Live, meaning: (world: World) => string) {
    this.#live = live;
    this.#meaning = meaning;
    this.#last = '';
  }

  at = (call: number): void => {
    const now = this.#meaning(this.#live.world);
    // Nothing happened before the first write: a fault at it is one at the beginning, and a zombie can stand at it.
    if (!this.#hasWritten) this.calls[0] = call;
    else if (now !== this.#last) this.calls.push(call);
    this.#hasWritten = true;
    this.#last = now;
  };
}

const startOf = ({ world }: Node): number => world.ledger.releases.at(-1)?.requestedAt ?? world.now;
