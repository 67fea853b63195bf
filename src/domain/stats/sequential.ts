import { logScaledBeta } from './beta.ts';
import { bestRho } from './beta-binomial.ts';
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
 * is one interval around k/n. What is returned is the outer end of the last bracket around each of its ends: no p of
 * the set is left out.
 *
 * @param tOpt Requests at which the interval is tightest; fixed before looking.
 * @param precision How much farther from the rate its ends may be than they must, as a part of that. @throws RangeError
 */
export function rateInterval(
  counts: Counts,
  { alpha, tOpt, precision = 1e-12 }: { alpha: number; tOpt: number; precision?: number },
): Interval {
  checkCounts(counts);
  const bound = logBound(alpha);
  if (!(tOpt > 0 && Number.isFinite(tOpt))) {
    throw new RangeError(`tOpt is a number of requests above 0, not ${tOpt}.`);
  }
  const { requests, events } = counts;
  if (requests === 0) return { low: 0, high: 1 };
  const rate = events / requests;
  const others = requests - events;
  // `logTwoSided` with vOpt = tOpt p (1 - p), in which the prior's size is the same for all p.
  const size = Math.max(bestRho(tOpt, alpha) - 1, 1e-3);
  const logM = (p: number): number => {
    const [a, b] = [size * (1 - p), size * p];
    return logScaledBeta(a + others, b + events, 1 - p, p) - logScaledBeta(a, b, 1 - p, p);
  };
  // Where no request or each one was an event, ln M falls to 0 towards the rate.
  const least = events === 0 || events === requests ? 0 : logM(rate);
  const search = { logM, bound, rate, least, requests, precision };
  return {
    low: events === 0 ? 0 : outerEnd(search, 0),
    high: events === requests ? 1 : outerEnd(search, 1),
  };
}

interface Search {
  readonly logM: (p: number) => number;
  readonly bound: number;
  readonly rate: number;
  /** ln M at the rate, its minimum. */
  readonly least: number;
  readonly requests: number;
  readonly precision: number;
}

/**
 * Brackets the p beyond the rate at which ln M reaches the bound, until the bracket is `precision` of its distance to
 * the rate; answers the end that lies outside. Over the angle asin(sqrt(p)), the root of ln M above its minimum is
 * nearly a line, so a secant through the last two places comes close at once; where it leaves the bracket, halving
 * goes on.
 */
function outerEnd({ logM, bound, rate, least, requests, precision }: Search, edge: 0 | 1): number {
  const outward = edge === 0 ? -1 : 1;
  const rise = Math.sqrt(bound - least);
  const start = Math.asin(Math.sqrt(rate));
  let inner = { angle: start, p: rate };
  let outer = { angle: (edge * Math.PI) / 2, p: Number(edge) };
  let last = { angle: start, root: 0 };
  // Where a binomial alone would reach the bound.
  let guess = start + (outward * rise) / Math.sqrt(2 * requests);
  for (let i = 0; i < 100 && Math.abs(outer.p - inner.p) > precision * Math.abs(outer.p - rate); i += 1) {
    const isBetween = (guess - inner.angle) * outward > 0 && (outer.angle - guess) * outward > 0;
    const angle = isBetween ? guess : (inner.angle + outer.angle) / 2;
    const p = Math.sin(angle) ** 2;
    if (p === inner.p || p === outer.p) break;
    const value = logM(p);
    if (value < bound) inner = { angle, p };
    else outer = { angle, p };
    const root = Math.sqrt(Math.max(0, value - least));
    const end = angle + ((rise - root) * (angle - last.angle)) / (root - last.root);
    last = { angle, root };
    // A little past the end, on the side from which the bracket is still wide.
    const past = Math.abs(end - inner.angle) < Math.abs(end - outer.angle) ? outward : -outward;
    guess = end + past * (precision / 4) * Math.abs(end - start);
  }
  return outer.p;
}

/** Requests at which the shown interval is tightest. */
const USUAL_REQUESTS = 1000;
/** How much the requests grow before the interval is looked for again. */
const GROWTH = 1.3;

/**
 * `rateInterval` for counts that grow window by window: looked for again once there are three tenths more requests, or
 * the rate has left it. In between it stands as it was, which covers the rate as well: it does so at all looks together, so at any earlier one.
 */
export class RateInterval {
  readonly #alpha: number;
  #requests = 0;
  #interval: Interval | null = null;

  constructor({ alpha }: { alpha: number }) {
    this.#alpha = alpha;
  }

  /** Null before the first request; begins anew where the counts do. @throws RangeError for impossible counts. */
  of(counts: Counts): Interval | null {
    const { requests, events } = counts;
    const { low = 0, high = 1 } = this.#interval ?? {};
    const isLeft = events < low * requests || events > high * requests;
    if (isLeft || requests < this.#requests || requests >= this.#requests * GROWTH) {
      this.#requests = requests;
      this.#interval =
        requests === 0
          ? null
          : rateInterval(counts, { alpha: this.#alpha, tOpt: USUAL_REQUESTS, precision: 1e-3 });
    }
    return this.#interval;
  }
}
