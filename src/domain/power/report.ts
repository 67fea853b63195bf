import type { GateSpec } from '../gate.ts';
import type { Remedy } from './advice.ts';
import type { TrafficModel } from './traffic-model.ts';

/**
 * What a policy can decide at this traffic, before anything is released: simulated releases through the judge itself.
 * The same question always gives the same report. Times are seconds since a step began.
 */
export interface PowerReport {
  readonly traffic: TrafficModel;
  readonly runs: Runs;
  readonly seed: number;
  readonly plan: PlanPower;
  readonly steps: readonly StepPower[];
  /** What holds for the policy as a whole. */
  readonly advice: readonly string[];
}

/**
 * How many simulated releases are behind the chances of the plan (at most: they end once the error is 3 points), of a
 * healthy version's gate, and of a regression.
 */
export interface Runs {
  readonly plan: number;
  readonly healthy: number;
  readonly harmful: number;
}

export interface PlanPower {
  /**
   * Chance that a healthy release is promoted by its deadlines, and within three hours of the first shift; null when
   * nothing is known that any gate needs.
   */
  readonly promoted: number | null;
  readonly within3h: number | null;
  readonly runs: number;
  /** Half of the 95 % interval that so many runs leave around the chance of promotion. */
  readonly error: number;
  readonly medianS: number | null;
  readonly p80S: number | null;
  /** Gates that these chances leave out, because the traffic does not say what they need. */
  readonly leftOut: readonly string[];
}

export interface StepPower {
  readonly candidate: number;
  readonly minBakeS: number;
  readonly deadlineS: number;
  /** Chance that a healthy release that came so far passes; null when none came so far. */
  readonly passed: number | null;
  readonly gates: readonly GatePower[];
}

/**
 * `decidable`: a healthy version passes by the deadline with a chance of at least 80 %; `undecidable`: below 20 %;
 * `slow` between. `unknown`: the traffic does not say what the gate needs.
 */
export type PowerVerdict = 'decidable' | 'slow' | 'undecidable' | 'unknown';

export interface GatePower {
  readonly gate: string;
  readonly kind: GateSpec['kind'];
  readonly verdict: PowerVerdict;
  /** Chance that a healthy version passes this gate by the deadline; null when unknown. */
  readonly chance: number | null;
  /** When a healthy version is cleared. */
  readonly clears: Spread & { readonly p80S: number | null };
  readonly sees: readonly Sight[];
  /** What would decide it; null when it is decidable or unknown, or no share and no time helps. */
  readonly remedy: Remedy | null;
  /** What to do, in words; null when it is decidable. */
  readonly says: string | null;
}

/** Null where that part of the runs did not get there in nine days, the longest step. */
export interface Spread {
  readonly medianS: number | null;
  readonly p90S: number | null;
}

/** How soon a regression that begins with the step is seen: harm is proven. */
export interface Sight extends Spread {
  readonly what: string;
  /** Chance by the step's deadline. */
  readonly chance: number;
  /** Requests of the candidate, and seconds, below which no test can be in the mean; null where that is not known. */
  readonly bound: { readonly requests: number; readonly s: number } | null;
}
