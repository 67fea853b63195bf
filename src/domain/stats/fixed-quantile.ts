import { logOneSided, logTwoSided, type Tally, type Tuning } from './beta-binomial.ts';
import {
  checkLatencies,
  firstNot,
  type Latencies,
  placesOf,
  ranked,
  surelyBelow,
  total,
} from './latencies.ts';
import { type Interval, logBound } from './sequential.ts';

/** `p`: which quantile, 0 < p < 1. `tOpt`: requests at which it is tightest, above 0; fixed before looking. */
export type Quantile = { readonly p: number; readonly tOpt?: number };

type LogMixture = (tally: Tally, p: number, tuning: Tuning) => number;

const ALPHA_OPT = 0.05;
/** Requests beyond the quantile that the mixtures are tightest at. */
const BEYOND = 50;

/**
 * ln of the e-value for "the candidate's p-quantile exceeds the baseline's by more than `margin`".
 *
 * Where that is false, x = (baseline's quantile) + margin is exceeded by at most a part 1 - p of the candidate's
 * requests, and at most a part p of the baseline's lie strictly below x - margin. At that x the product of the two
 * sides' mixtures is an e-value; x is not known, so the least product over all x is taken. Howard and Ramdas,
 * arXiv 1906.09712, section 4, one-sided and with a margin. With the sides exchanged and the margin negated it is
 * evidence that the candidate's quantile lies below the baseline's plus the margin.
 *
 * Each side must keep its law throughout: begin anew at every step, never pool over changing shares.
 *
 * @param sides All requests since then; what did not end counts as slower than all. @param margin In the unit of the
 * latencies. @param logMixture For each side's counts; the two-sided one gives the published two-sided test.
 * @throws RangeError
 */
export function quantileEvidence(
  { baseline, candidate }: { readonly baseline: Latencies; readonly candidate: Latencies },
  margin: number,
  quantile: Quantile,
  logMixture: LogMixture = logOneSided,
): number {
  checkLatencies(baseline);
  checkLatencies(candidate);
  if (!Number.isFinite(margin)) throw new RangeError(`A margin is a finite number, not ${margin}.`);
  const { p } = quantile;
  const tuning = tuningOf(quantile);
  const slow = remembered((events) => logMixture({ requests: total(candidate), events }, 1 - p, tuning));
  const fast = remembered((events) => logMixture({ requests: total(baseline), events }, p, tuning));
  let least = Number.POSITIVE_INFINITY;
  for (const { from, isOpen, above } of placesOf(candidate)) {
    least = Math.min(least, slow(above) + fast(surelyBelow(baseline, from - margin, isOpen)));
  }
  return least;
}

/**
 * Confidence sequence for the p-quantile, to show to people: covers it at every look with probability 1 - alpha, also
 * where latencies are tied. From the first latency, in order, whose rank the two-sided mixture leaves open to the one
 * after the last; with a histogram, out to the edges. [0, infinity] before there is enough.
 *
 * @throws RangeError
 */
export function quantileInterval(
  latencies: Latencies,
  quantile: Quantile & { readonly alpha: number },
): Interval {
  checkLatencies(latencies);
  const { p, alpha } = quantile;
  const tuning = tuningOf(quantile);
  const bound = logBound(alpha);
  const n = total(latencies);
  // Convex in the rank, so what is left open is one stretch around the middle.
  const isOpen = (events: number) => logTwoSided({ requests: n, events }, p, tuning) < bound;
  const middle = Math.round(p * n);
  const first = firstNot(middle, (rank) => !isOpen(rank));
  const last = middle + firstNot(n - middle, (beyond) => isOpen(middle + 1 + beyond));
  return {
    low: first === 0 ? 0 : ranked(latencies, first).low,
    high: last === n ? Number.POSITIVE_INFINITY : ranked(latencies, last + 1).high,
  };
}

function tuningOf({ p, tOpt = BEYOND / Math.min(p, 1 - p) }: Quantile): Tuning {
  if (!(p > 0 && p < 1)) throw new RangeError(`A quantile is strictly between 0 and 1, not ${p}.`);
  if (!(tOpt > 0 && Number.isFinite(tOpt))) {
    throw new RangeError(`tOpt is a number of requests above 0, not ${tOpt}.`);
  }
  return { vOpt: tOpt * p * (1 - p), alphaOpt: ALPHA_OPT };
}

/** Neighbouring places mostly share one of their two counts. */
function remembered(of: (events: number) => number): (events: number) => number {
  let [last, value] = [-1, 0];
  return (events) => {
    if (events !== last) [last, value] = [events, of(events)];
    return value;
  };
}
