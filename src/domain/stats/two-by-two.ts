import { type Counts, checkCounts } from './counts.ts';

/** Requests' worth of the pooled rate in each side's estimate: a bet is taken only on what was seen often. */
const SHRINKAGE = 100;

/**
 * Evidence that the candidate's event rate exceeds the baseline's, window by window: product of 2x2 block e-values,
 * Turner, Ly and Gruenwald, arXiv 2106.02693. The ratio mixture needs fewer requests; this is what it is measured
 * against.
 *
 * With t_c >= t_b fixed before the window and t_0 = (n_c t_c + n_b t_b) / n, a window multiplies E by
 * t_c^y_c (1-t_c)^(n_c-y_c) t_b^y_b (1-t_b)^(n_b-y_b) / [t_0^y (1-t_0)^(n-y)]. Its mean is at most 1 for equal rates
 * (theorem 1 there), and falls with the candidate's rate and rises with the baseline's as t_c >= t_0 >= t_b.
 */
export class TwoByTwo {
  #baseline: Counts = { requests: 0, events: 0 };
  #candidate: Counts = { requests: 0, events: 0 };
  #logE = 0;

  /** ln of the e-value; 0 until a rate above the baseline's was seen in an earlier window. */
  get logE(): number {
    return this.#logE;
  }

  /** One closed window. @throws RangeError for impossible counts. */
  add({ baseline, candidate }: { readonly baseline: Counts; readonly candidate: Counts }): void {
    checkCounts(baseline);
    checkCounts(candidate);
    this.#logE += this.#gain(baseline, candidate);
    this.#baseline = plus(this.#baseline, baseline);
    this.#candidate = plus(this.#candidate, candidate);
  }

  #gain(baseline: Counts, candidate: Counts): number {
    const n = baseline.requests + candidate.requests;
    const past = plus(this.#baseline, this.#candidate);
    // Strictly between 0 and 1, so that no outcome is impossible to the bet.
    const pooled = {
      event: (past.events + 0.5) / (past.requests + 1),
      none: (past.requests - past.events + 0.5) / (past.requests + 1),
    };
    const [low, high] = [shrunk(this.#baseline, pooled), shrunk(this.#candidate, pooled)];
    if (n === 0 || high.event <= low.event) return 0;
    const middle = {
      event: (baseline.requests * low.event + candidate.requests * high.event) / n,
      none: (baseline.requests * low.none + candidate.requests * high.none) / n,
    };
    return logLikelihoodRatio(candidate, high, middle) + logLikelihoodRatio(baseline, low, middle);
  }
}

/** Probability of an event and of none. Both are kept, because 1 - event has no digits left near 1. */
type Rate = { readonly event: number; readonly none: number };

const logLikelihoodRatio = ({ requests, events }: Counts, bet: Rate, against: Rate): number =>
  events * Math.log(bet.event / against.event) + (requests - events) * Math.log(bet.none / against.none);

const shrunk = ({ requests, events }: Counts, pooled: Rate): Rate => ({
  event: (events + SHRINKAGE * pooled.event) / (requests + SHRINKAGE),
  none: (requests - events + SHRINKAGE * pooled.none) / (requests + SHRINKAGE),
});

const plus = (a: Counts, b: Counts): Counts => ({
  requests: a.requests + b.requests,
  events: a.events + b.events,
});
