import { logWeightedMean } from './log-space.ts';

/** Bets per process. More gains nothing: the mixture costs ln 20 = 3 at most, whichever bet is best. */
const BETS = 20;
const WEIGHTS: readonly number[] = Array.from({ length: BETS }, () => 1 / BETS);

/**
 * `margin`: the drop of the mean score that is still tolerated, 0 <= margin < 1.
 * `harm`: 'against' gathers evidence that the mean difference is below -margin, 'for' that it is above.
 */
export type BettingTest = { readonly margin: number; readonly harm: 'against' | 'for' };

/**
 * Evidence on the mean of D = candidate - baseline, pair by pair, each score between 0 and 1.
 *
 * With x = (1 + D) / 2 and m = (1 - margin) / 2 ('for'), or x = (1 - D) / 2 and m = (1 + margin) / 2 ('against'),
 * the null is E[x | past] <= m and E = mean_j prod_t (1 + lambda_j (x_t - m)), lambda_j = j / (21 m): no bet
 * can lose more than 20 parts in 21 of what it has. Waudby-Smith and Ramdas, arXiv 2010.09686, section 4.
 */
export class Betting {
  readonly #sign: 1 | -1;
  readonly #m: number;
  readonly #lambdas: readonly number[];
  readonly #logs: number[] = WEIGHTS.map(() => 0);
  #count = 0;

  /** @throws RangeError for a margin outside of [0, 1). */
  constructor({ margin, harm }: BettingTest) {
    if (!(margin >= 0 && margin < 1)) {
      throw new RangeError(`A margin between scores is at least 0 and below 1, not ${margin}.`);
    }
    this.#sign = harm === 'for' ? 1 : -1;
    this.#m = (1 - this.#sign * margin) / 2;
    this.#lambdas = WEIGHTS.map((_, j) => (j + 1) / ((BETS + 1) * this.#m));
  }

  /** ln of the e-value; 0 before the first pair. */
  get logE(): number {
    return logWeightedMean(this.#logs, WEIGHTS);
  }

  /** Pairs seen. */
  get count(): number {
    return this.#count;
  }

  /** @param difference Candidate's score less the baseline's, in [-1, 1]. @throws RangeError */
  add(difference: number): void {
    if (!(difference >= -1 && difference <= 1)) {
      throw new RangeError(`A difference of two scores lies between -1 and 1, not ${difference}.`);
    }
    const gain = (1 + this.#sign * difference) / 2 - this.#m;
    for (let j = 0; j < BETS; j += 1) {
      this.#logs[j] = (this.#logs[j] ?? 0) + Math.log1p((this.#lambdas[j] ?? 0) * gain);
    }
    this.#count += 1;
  }
}
