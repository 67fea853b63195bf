import { type Counts, checkCounts } from './counts.ts';
import { logMeanOfBegun } from './log-space.ts';
import { type Grid, HOUR_MS, RESTARTS } from './ratio-mixture.ts';

/** Bets on the probability of an event, in multiples of the tolerated one: up to a candidate that fails always. */
const ABOVE: Grid = [2, 4, 10, 30, 100, 300].map((step) => ({ step, weight: 1 / 6 }));
/** No bet on certainty: one request without an event would end it for good. */
const SUREST = 0.9;

/** In parts of the probability that must be ruled out. The least is next to never, which one event does not end. */
const BELOW: Grid = [
  { step: 0.001, weight: 0.4 },
  { step: 0.1, weight: 0.2 },
  { step: 0.3, weight: 0.2 },
  { step: 0.6, weight: 0.2 },
];

/**
 * Evidence on the probability of an event, window by window: a mixture of likelihood ratios over a few probabilities.
 *
 * For k events of n requests and a bet q, ln W = k ln(q/p0) + (n - k) ln((1 - q)/(1 - p0)). The expectation of one
 * request's factor, p q/p0 + (1 - p)(1 - q)/(1 - p0), is linear in p and 1 at p0; for q above p0 it rises, so it is at
 * most 1 for every p <= p0, and for q below p0 for every p >= p0.
 */
export class LikelihoodMixture {
  readonly #ifEvent: number[];
  readonly #ifNone: number[];
  readonly #sums: number[];
  readonly #weights: number[];
  readonly #froms: number[];
  #begun = 0;
  #logE = 0;

  private constructor(p0: number, bets: Grid, restarts: Grid) {
    if (!(p0 > 0 && p0 < 1)) throw new RangeError(`p0 is strictly between 0 and 1, not ${p0}.`);
    const probabilities = bets.map(({ step }) => Math.min(step * p0, Math.max(SUREST, (1 + p0) / 2)));
    this.#ifEvent = probabilities.map((q) => Math.log(q / p0));
    this.#ifNone = probabilities.map((q) => Math.log1p((p0 - q) / (1 - p0)));
    this.#weights = restarts.flatMap((restart) => bets.map(({ weight }) => restart.weight * weight));
    this.#froms = restarts.map(({ step }) => step * HOUR_MS);
    this.#sums = this.#weights.map(() => 0);
  }

  /**
   * That P(event) exceeds `p0`: from the start (0.8) and restarted at hours 1 to 4 (0.05 each), so that a late onset is
   * not diluted by the hours before. @param p0 0 < p0 < 1. @throws RangeError
   */
  static above(p0: number): LikelihoodMixture {
    return new LikelihoodMixture(p0, ABOVE, RESTARTS);
  }

  /** That P(event) is below `p0`, in one traffic step. @param p0 0 < p0 < 1. @throws RangeError */
  static below(p0: number): LikelihoodMixture {
    return new LikelihoodMixture(p0, BELOW, [{ step: 0, weight: 1 }]);
  }

  /** ln of the e-value; 0 before the first request. */
  get logE(): number {
    return this.#logE;
  }

  /** @param start ms since the first window. @throws RangeError for impossible counts. */
  add(start: number, counts: Counts): void {
    checkCounts(counts);
    const { requests, events } = counts;
    if (requests === 0) return;
    const bets = this.#ifEvent.length;
    let begun = 0;
    while (begun < this.#froms.length && start >= (this.#froms[begun] ?? 0)) begun += 1;
    for (let j = 0; j < bets; j += 1) {
      const gain = events * (this.#ifEvent[j] ?? 0) + (requests - events) * (this.#ifNone[j] ?? 0);
      for (let part = 0; part < begun; part += 1) {
        const at = part * bets + j;
        this.#sums[at] = (this.#sums[at] ?? 0) + gain;
      }
    }
    this.#begun = Math.max(this.#begun, begun * bets);
    this.#logE = logMeanOfBegun(this.#sums, this.#weights, this.#begun);
  }
}
