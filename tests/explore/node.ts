import type { Handlers } from './controller.ts';
import type { Violation } from './invariants.ts';
import type { Due } from './schedule.ts';
import type { Seed } from './seed.ts';
import type { Machines } from './surroundings.ts';
import type { World } from './world.ts';

/** A world that stands before what is due, and how it was come to. */
export interface Node {
  readonly world: World;
  readonly due: Due;
  readonly depth: number;
  readonly choices: Seed['choices'];
  /** What each kind of look at the world came to last time; a look that finds the same again is the same look. */
  readonly looks: Readonly<Record<string, { readonly found: string; readonly times: number }>>;
}

export interface Found extends Violation {
  readonly seed: Seed;
}

export interface Figures {
  /** Different states, and steps taken to come to them. */
  states: number;
  transitions: number;
  /** Of the first fault; raw: every name at every call; reduced: one of each kind. */
  faultsRaw: number;
  faultsReduced: number;
  /** Of the second fault, at every state that a first one leads to. */
  pairsRaw: number;
  pairsReduced: number;
  /** First faults, and pairs, that were followed to their end or to a state that was followed before. */
  explored: number;
  exploredPairs: number;
  rests: number;
  /** Ways that were followed on past a merge, to see that they end as it says. */
  audited: number;
  /** The longest time in milliseconds from the last fault to the end of everything. */
  longest: number;
  /** 1 when everything was explored, 0 when time ran out before. */
  complete: number;
}

export interface SearchOptions {
  readonly budget: 1 | 2;
  readonly machines?: Partial<Machines>;
  /** Handlers with a planted bug. */
  readonly instead?: Partial<Handlers>;
  readonly onProgress?: (figures: Figures, found: number) => void;
  readonly onFound?: (found: Found) => void;
  /** Which of the first faults, by number, are this search's; all when absent. */
  readonly isMine?: (index: number) => boolean;
  /** In which order first faults are taken, where time may not be enough for all; as they come when absent. */
  readonly order?: (count: number) => readonly number[];
  /** First faults only at these states. */
  readonly only?: (node: Node) => boolean;
  readonly stop?: () => boolean;
  /** Which part of the merges is followed to its end, to see that they end alike; none when absent. */
  readonly audited?: number;
  /** Memory of what was seen, for each number of faults that are left, shared with other searches. */
  readonly seen?: readonly SharedArrayBuffer[];
}
