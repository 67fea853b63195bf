import { type Interval, logBound } from './sequential.ts';

/**
 * How much to bet on the next of a sequence of numbers in [0, 1], from those before it alone:
 * sqrt(2 ln(1/alpha) / (variance_{t-1} t ln(1 + t))), the variance about the running mean with one imagined
 * observation of mean 1/2 and variance 1/4. arXiv 2010.09686, equation (15), as in confseq's `lambda_predmix_eb`.
 */
export class PredictableBet {
  readonly #twoLogs: number;
  #t = 1;
  #sum = 0.5;
  #squares = 0.25;

  /** @throws RangeError unless 0 < alpha < 1. */
  constructor(alpha: number) {
    this.#twoLogs = 2 * logBound(alpha);
  }

  /** The bet on the observation that comes next, above 0 and not yet cut to what is allowed. */
  get next(): number {
    return Math.sqrt(this.#twoLogs / (this.#t * Math.log(1 + this.#t) * (this.#squares / this.#t)));
  }

  add(x: number): void {
    this.#t += 1;
    this.#sum += x;
    this.#squares += (x - Math.min(1, this.#sum / this.#t)) ** 2;
  }
}

/** Largest bet: -ln(1 - lambda) - lambda stays below 0.2. */
const MOST = 0.5;

/**
 * Confidence sequence for a mean in [0, 1], to show to people: covers it at every look with probability
 * 1 - alpha. Never decide by it; betting is sharper.
 *
 * Predictable-mixture empirical Bernstein, arXiv 2010.09686, theorem 2: centre sum(lambda x) / sum(lambda), radius
 * (ln(2/alpha) + sum((x - mean_{t-1})^2 (-ln(1 - lambda) - lambda))) / sum(lambda). The first mean is taken as 0 below
 * the centre and 1 above it.
 */
export class MeanInterval {
  readonly #bet: PredictableBet;
  readonly #bound: number;
  #count = 0;
  #sum = 0;
  #bets = 0;
  #centre = 0;
  #below = 0;
  #above = 0;

  /** @throws RangeError unless 0 < alpha < 1. */
  constructor({ alpha }: { readonly alpha: number }) {
    this.#bound = logBound(alpha) + Math.LN2;
    this.#bet = new PredictableBet(alpha / 2);
  }

  /** [0, 1] before the first observation. */
  get interval(): Interval {
    if (this.#count === 0) return { low: 0, high: 1 };
    const centre = this.#centre / this.#bets;
    return {
      low: Math.max(0, centre - (this.#bound + this.#below) / this.#bets),
      high: Math.min(1, centre + (this.#bound + this.#above) / this.#bets),
    };
  }

  /** @throws RangeError for an observation outside of [0, 1]. */
  add(x: number): void {
    if (!(x >= 0 && x <= 1)) throw new RangeError(`An observation lies between 0 and 1, not ${x}.`);
    const lambda = Math.min(MOST, this.#bet.next);
    const psi = -Math.log1p(-lambda) - lambda;
    const isFirst = this.#count === 0;
    this.#below += psi * (x - (isFirst ? 0 : this.#sum / this.#count)) ** 2;
    this.#above += psi * (x - (isFirst ? 1 : this.#sum / this.#count)) ** 2;
    this.#bets += lambda;
    this.#centre += lambda * x;
    this.#count += 1;
    this.#sum += x;
    this.#bet.add(x);
  }
}
