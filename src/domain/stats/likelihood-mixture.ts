import { type Counts, checkCounts } from './counts.ts';
import { type Grid, Mixture } from './mixture.ts';

/** Bets on the probability of an event, in multiples of the tolerated one: up to a candidate that fails always. */
const ABOVE: Grid = [
  { step: 1.2, weight: 0.1 },
  { step: 1.5, weight: 0.15 },
  { step: 2, weight: 0.15 },
  { step: 4, weight: 0.12 },
  { step: 10, weight: 0.12 },
  { step: 30, weight: 0.12 },
  { step: 100, weight: 0.12 },
  { step: 300, weight: 0.12 },
];
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
  readonly #bets: Mixture;
  #logE = 0;

  private constructor(p0: number, grid: Grid, restarts: boolean) {
    if (!(p0 > 0 && p0 < 1)) throw new RangeError(`p0 is strictly between 0 and 1, not ${p0}.`);
    const probabilities = grid.map(({ step }) => Math.min(step * p0, Math.max(SUREST, (1 + p0) / 2)));
    this.#ifEvent = probabilities.map((q) => Math.log(q / p0));
    this.#ifNone = probabilities.map((q) => Math.log1p((p0 - q) / (1 - p0)));
    this.#bets = new Mixture(
      grid.map(({ weight }) => weight),
      { restarts },
    );
  }

  /**
   * That P(event) exceeds `p0`, from the start and restarted at each quarter of an hour, so that a late onset is not
   * diluted by the hours before. @param p0 0 < p0 < 1. @throws RangeError
   */
  static above(p0: number): LikelihoodMixture {
    return new LikelihoodMixture(p0, ABOVE, true);
  }

  /** That P(event) is below `p0`, in one traffic step. @param p0 0 < p0 < 1. @throws RangeError */
  static below(p0: number): LikelihoodMixture {
    return new LikelihoodMixture(p0, BELOW, false);
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
    this.#bets.enter(start);
    for (let bet = 0; bet < this.#ifEvent.length; bet += 1)
      this.#bets.gain(
        bet,
        events * (this.#ifEvent[bet] ?? 0) + (requests - events) * (this.#ifNone[bet] ?? 0),
      );
    this.#logE = this.#bets.logE;
  }
}
