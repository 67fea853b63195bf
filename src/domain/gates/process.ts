import type { WindowCounts } from '../evidence.ts';
import type { Account, GateFinding, Missing, Observed } from '../gate.ts';
import { type Interval, logBound } from '../stats/sequential.ts';

/** One gate at work on one release: windows in order of time, and at any moment what it has found. */
export interface GateProcess {
  /** Evidence *for* begins anew at each step; nothing happens where it is judged already. */
  enter(step: number): void;
  /** Enters the window's step, too. */
  add(window: WindowCounts): void;
  finding(): GateFinding;
}

/**
 * The account of harm: once its bound is reached at any window it stays proven, whatever comes later. What is shown is
 * the evidence of the last window.
 */
export class Against {
  readonly bound: number;
  #logE = 0;
  #crossed = false;

  constructor(alpha: number) {
    this.bound = logBound(alpha);
  }

  get crossed(): boolean {
    return this.#crossed;
  }

  get account(): Account {
    return { logE: this.#logE, bound: this.bound };
  }

  /** @throws RangeError for what is no number: nothing would ever be proven by it, and nobody would be told. */
  set(logE: number): void {
    if (Number.isNaN(logE))
      throw new RangeError('The evidence is no number: a parameter of the gate is out of reach.');
    this.#logE = logE;
    if (logE >= this.bound) this.#crossed = true;
  }
}

/** How long the step has been judged, to say when its proof may be complete. */
export class StepAge {
  #step: number | undefined;
  #seconds = 0;
  #missing = 0;

  /** @returns Whether it is another step than before: evidence *for* begins anew. */
  enter(step: number): boolean {
    if (step === this.#step) return false;
    this.#step = step;
    this.#seconds = 0;
    this.#missing = 0;
    return true;
  }

  add({ span, missing = 0 }: WindowCounts): void {
    this.#seconds += span / 1000;
    this.#missing += missing;
  }

  /** Failed requests of the step that are missing from the counts. */
  get missing(): number {
    return this.#missing;
  }

  /** Seconds until the proof is complete if it grows as it did in this step; null when it does not grow. */
  eta({ logE, bound }: Account): number | null {
    if (!(logE > 0)) return null;
    return Math.max(0, Math.round(((bound - logE) / logE) * this.#seconds));
  }
}

/** What the gates of all kinds say in the same way: harm first, then what stands in the way, then proof. */
export function findingOf(
  spec: { readonly name: string; readonly kind: GateFinding['kind'] },
  about: {
    readonly against: Against;
    readonly for: Account;
    readonly observed: Observed;
    readonly interval: Interval | null;
    readonly age: StepAge;
    /** Why nothing may be concluded from the accounts, whatever they say; undefined when nothing stands in the way. */
    readonly obstacle?: string | undefined;
  },
): GateFinding {
  const { against, observed, interval, age, obstacle } = about;
  const isHarm = against.crossed;
  const missing = isHarm
    ? null
    : obstacle === undefined
      ? lacking(about.for, age)
      : { what: obstacle, etaS: null };
  return {
    gate: spec.name,
    kind: spec.kind,
    verdict: isHarm ? 'fail' : missing ? 'undecided' : 'pass',
    against: against.account,
    for: about.for,
    observed,
    interval,
    missing,
  };
}

function lacking(proof: Account, age: StepAge): Missing | null {
  if (proof.logE >= proof.bound) return null;
  const rows =
    age.missing === 0
      ? ''
      : `; ${age.missing} failed requests are missing from the counts, and are held against it`;
  return { what: `${unproven}${rows}`, etaS: age.eta(proof) };
}

/** Without the numbers, which stand beside it: an answer is wanted for each of millions of windows. */
const unproven = 'harmlessness is not proven yet';

/** Log-evidence beside what it must reach, both in natural logarithms. */
export function compare({ logE, bound }: Account): string {
  return `evidence ${logE.toFixed(1)}, needed ${bound.toFixed(1)}`;
}

/** The limit on a rate that is judged without a baseline beside it stays below 1, because no rate exceeds 1. */
export const belowOne = (rate: number): number => Math.min(0.99, rate);
