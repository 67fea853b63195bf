import type { Random } from './random.ts';
import type { Windows } from './traffic.ts';

/** Which gates judge a scenario; each is a list of gates in `gates.ts`. */
export type GatesName =
  | 'errors'
  | 'errors-and-split'
  | 'latency'
  | 'latency-5'
  | 'latency-slo'
  | 'quality'
  | 'quality-unpaired'
  | 'client-errors'
  | 'throughput'
  | 'threshold-max'
  | 'threshold-min'
  | 'correlation';

/**
 * What is true of the traffic, and so what a judge should say.
 * - `null`: the candidate is as good as the baseline, or no worse than what is tolerated: never roll back.
 * - `harm`: it is worse than the margin: roll back soon, never promote.
 * - `better`: there is nothing against it: promote.
 * - `broken`: the evidence is not what it seems: decide nothing.
 * - `told`: no judge could know, or ours does not promise it; reported without a promise.
 */
export type Family = 'null' | 'harm' | 'better' | 'broken' | 'told';

/** Windows with a known truth. */
export interface Scenario {
  readonly name: string;
  readonly family: Family;
  /** One line for the table: what is true. */
  readonly about: string;
  readonly gates: GatesName;
  /** Judges beside ours that see the same windows. */
  readonly peers: 'errors' | 'latency' | 'none';
  /** At most this many windows of a minute. */
  readonly looks: number;
  /** The first window with harm. Delays count from here. */
  readonly onset: number;
  /** A promotion counts only in this step; in any when absent. */
  readonly finalStep?: number;
  /** A null that is also just bad enough that it must not be promoted. */
  readonly notToBePromoted?: boolean;
  /** Harm that begins long after the last step's proof: promoted rightly by then, so nothing is promised of that. */
  readonly promotedBefore?: boolean;
  /** Exactly as large as what must be ruled out: promoted nearly as often as alpha allows, so it takes more runs. */
  readonly onMargin?: boolean;
  /** True rates, where an information bound exists: errors of both sides and the candidate's share. */
  readonly rates?: { readonly share: number; readonly baseline: number; readonly candidate: number };
  readonly start: (chance: Random) => Windows;
}

export const LOOKS = 240;

type Brief = Pick<Scenario, 'name' | 'about' | 'start'> & Partial<Scenario>;

/** A scenario of 240 looks for the gate of errors, unless it says otherwise. */
export const scenario = (family: Family, brief: Brief): Scenario => ({
  family,
  gates: 'errors',
  peers: 'errors',
  looks: LOOKS,
  onset: 0,
  ...brief,
});
