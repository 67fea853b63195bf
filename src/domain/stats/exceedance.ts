import { logOneSided, type Tuning } from './beta-binomial.ts';
import { type Counts, checkCounts } from './counts.ts';

/** How many requests the default tuning is tightest at, in units of 1 / p0: about this many expected events. */
const DEFAULT_EXPECTED_EVENTS = 20;
const DEFAULT_ALPHA_OPT = 0.05;

/**
 * `p0`: the tolerated probability of an event (0.05 where an SLO bounds the 95th percentile).
 * `vOpt`, `alphaOpt`: where the mixture is tightest. They must not depend on what is observed; any choice is
 * valid.
 */
export type ExceedanceTest = { readonly p0: number; readonly vOpt?: number; readonly alphaOpt?: number };

/**
 * ln of the e-value for "P(event) exceeds p0", events = requests above the SLO. 0 before the first request.
 *
 * @param counts Cumulative over the windows judged. @throws RangeError for impossible counts or parameters.
 */
export function evidenceAbove(counts: Counts, test: ExceedanceTest): number {
  checkCounts(counts);
  return logOneSided(counts, test.p0, tuning(test));
}

/**
 * ln of the e-value for "P(event) is below p0": the test above on the requests that were not events.
 *
 * @param counts Cumulative over one traffic step. @throws RangeError for impossible counts or parameters.
 */
export function evidenceBelow(counts: Counts, test: ExceedanceTest): number {
  checkCounts(counts);
  const misses = { requests: counts.requests, events: counts.requests - counts.events };
  return logOneSided(misses, 1 - test.p0, tuning(test));
}

function tuning({ p0, vOpt, alphaOpt = DEFAULT_ALPHA_OPT }: ExceedanceTest): Tuning {
  if (!(p0 > 0 && p0 < 1)) throw new RangeError(`p0 is strictly between 0 and 1, not ${p0}.`);
  if (!(alphaOpt > 0 && alphaOpt < 0.5)) {
    throw new RangeError(`alphaOpt is strictly between 0 and 0.5, not ${alphaOpt}.`);
  }
  const v = vOpt ?? DEFAULT_EXPECTED_EVENTS * (1 - p0);
  if (!(v > 0 && Number.isFinite(v))) throw new RangeError(`vOpt is a finite number above 0, not ${v}.`);
  return { vOpt: v, alphaOpt };
}
