import { expm1, logWithOne } from './log-space.ts';

/** Bets by their place, each with its weight; the weights sum to 1. */
export type Grid = readonly { readonly step: number; readonly weight: number }[];

/** A quarter of an hour: seldom enough that few hours spend little weight, soon enough for a late onset. */
const RESTART_MS = 900_000;

/** Weight of all beginnings after the first. After the k-th of them this over sqrt(k + 1) has not begun. */
const LATER = 0.2;

/**
 * ln of a weighted mean of bets. A bet is a product over windows, and with restarts it is itself a mean: over the
 * product from the first window on (weight 0.8) and over one that begins anew at each quarter of an hour k = 1, 2, ...,
 * with weight 0.2 (1/sqrt(k) - 1/sqrt(k + 1)), so that a late onset is not diluted by the hours before. What has not
 * begun is 1.
 *
 * All beginnings of a bet gain alike from the windows after them, so one logarithm for each bet holds their mean, and
 * a release of a week costs no more than one of an hour.
 */
export class Mixture {
  readonly #weights: readonly number[];
  /** For each bet, ln of the mean of its products that have begun. */
  readonly #logs: number[];
  readonly #restarts: boolean;
  /** Weight of the beginnings to come, and when the next one is. */
  #pending: number;
  #next = RESTART_MS;

  constructor(weights: readonly number[], { restarts }: { readonly restarts: boolean }) {
    this.#weights = weights;
    this.#logs = weights.map(() => 0);
    this.#restarts = restarts;
    this.#pending = restarts ? LATER : 0;
  }

  /** To be called before the gains of a window. @param start ms since the first one; never less than before. */
  enter(start: number): void {
    if (!(Number.isFinite(start) && start >= 0))
      throw new RangeError(`A window starts at 0 ms or later, not at ${start}.`);
    if (!this.#restarts || start < this.#next) return;
    const restarts = Math.floor(start / RESTART_MS);
    const pending = LATER / Math.sqrt(restarts + 1);
    const begins = (this.#pending - pending) / (1 - pending);
    for (let bet = 0; bet < this.#logs.length; bet += 1)
      this.#logs[bet] = logWithOne(this.#logs[bet] ?? 0, begins);
    this.#pending = pending;
    this.#next = (restarts + 1) * RESTART_MS;
  }

  /** Multiplies the products of one bet that have begun by exp(`log`). */
  gain(bet: number, log: number): void {
    this.#logs[bet] = (this.#logs[bet] ?? 0) + log;
  }

  /** Exactly 0 where no bet gained or lost anything. */
  get logE(): number {
    const logs = this.#logs;
    const pending = this.#pending;
    let max = pending > 0 ? 0 : Number.NEGATIVE_INFINITY;
    for (let bet = 0; bet < logs.length; bet += 1) max = Math.max(max, logs[bet] ?? 0);
    let excess = 0;
    for (let bet = 0; bet < logs.length; bet += 1)
      excess += (this.#weights[bet] ?? 0) * expm1((logs[bet] ?? 0) - max);
    if (pending > 0) excess = (1 - pending) * excess + pending * Math.expm1(-max);
    return max + Math.log1p(excess);
  }
}
