import { logTwoSided } from './beta-binomial.ts';
import { type Counts, checkCounts } from './counts.ts';

export type Interval = { readonly low: number; readonly high: number };

/**
 * The log-evidence at which a claim is proven with error budget `alpha`, at whichever look it is reached
 * (Ville's inequality). @throws RangeError unless 0 < alpha < 1.
 */
export function logBound(alpha: number): number {
  if (!(alpha > 0 && alpha < 1)) {
    throw new RangeError(`An error budget is strictly between 0 and 1, not ${alpha}.`);
  }
  return -Math.log(alpha);
}

/**
 * Confidence sequence for a rate, to show to people: covers the true rate at every look with probability
 * 1 - alpha. [0, 1] before the first request. Never decide by it; a gate's e-process is sharper.
 *
 * The set of p with logM(p) < ln(1/alpha), M the two-sided beta-binomial mixture with vOpt = tOpt p (1 - p).
 * With kappa the prior's size, ln M(p) is, but for a constant,
 * sum_{i<k} ln(kappa + i/p) + sum_{i<n-k} ln(kappa + i/(1-p)): convex in p, and at most 0 at p = k/n. So the set
 * is one interval around k/n, and halving finds its ends. What is returned is the outer end of each last
 * bracket: no p of the set is left out.
 *
 * @param tOpt Requests at which the interval is tightest; fixed before looking. @throws RangeError
 */
export function rateInterval(counts: Counts, { alpha, tOpt }: { alpha: number; tOpt: number }): Interval {
  checkCounts(counts);
  const bound = logBound(alpha);
  if (!(tOpt > 0 && Number.isFinite(tOpt))) {
    throw new RangeError(`tOpt is a number of requests above 0, not ${tOpt}.`);
  }
  const { requests, events } = counts;
  if (requests === 0) return { low: 0, high: 1 };
  const inside = (p: number): boolean =>
    logTwoSided(counts, p, { vOpt: tOpt * p * (1 - p), alphaOpt: alpha }) < bound;
  const rate = events / requests;
  return {
    low: events === 0 ? 0 : outerEnd(inside, rate, 0),
    high: events === requests ? 1 : outerEnd(inside, rate, 1),
  };
}

/** Halves [within, beyond] until the two are 1e-12 of the rate apart; answers the end that lies outside. */
function outerEnd(inside: (p: number) => boolean, rate: number, edge: 0 | 1): number {
  let within = rate;
  let beyond: number = edge;
  // Near 1 the distance to 1 is what must be resolved, near 0 the value itself; 100 halvings give either.
  for (let i = 0; i < 100 && Math.abs(within - beyond) > 1e-12 * Math.min(rate, within); i += 1) {
    const middle = (within + beyond) / 2;
    if (middle > 0 && middle < 1 && inside(middle)) within = middle;
    else beyond = middle;
  }
  return beyond;
}
