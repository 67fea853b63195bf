import { logScaledBeta } from './beta.ts';

/** Prior size: tightest where shares differ by about one part in ten; any choice is valid. */
const CONCENTRATION = 100;

/**
 * ln of the e-value for "these events do not fall into their categories with probabilities `shares`".
 *
 * Dirichlet-multinomial mixture, Lindon and Malek, arXiv 2011.03567:
 * lnG(K) - lnG(K + n) + sum_i [lnG(K r_i + S_i) - lnG(K r_i)] - sum_i S_i ln r_i. A Dirichlet is a product of
 * betas (category i against all that come after it), and `logScaledBeta` leaves out the powers of r_i, so nothing
 * of the size of n is ever subtracted.
 *
 * @param counts Cumulative, one per category, at least two. @param shares Above 0, summing to 1.
 * @throws RangeError for counts that are no counts, or shares that are no probabilities.
 */
export function categoryEvidence(
  counts: readonly number[],
  shares: readonly number[],
  concentration = CONCENTRATION,
): number {
  checkCategories(counts, shares);
  if (!(concentration > 0 && Number.isFinite(concentration))) {
    throw new RangeError(`The concentration is a finite number above 0, not ${concentration}.`);
  }
  let logE = 0;
  let [laterCount, laterShare] = [counts.at(-1) ?? 0, shares.at(-1) ?? 0];
  // From the last category to the first: what comes after i is then a sum of positive terms.
  for (let i = counts.length - 2; i >= 0; i -= 1) {
    const [count, share] = [counts[i] ?? 0, shares[i] ?? 0];
    const both = share + laterShare;
    const [x, y] = [share / both, laterShare / both];
    const [a, b] = [concentration * share, concentration * laterShare];
    logE += logScaledBeta(a + count, b + laterCount, x, y) - logScaledBeta(a, b, x, y);
    laterCount += count;
    laterShare = both;
  }
  return logE;
}

/**
 * Does what happens reach the two sides in the configured share: requests (the sample-ratio check), or events? One
 * process through all steps: each share has its own counts and its own factor, which keeps its mean whatever the
 * others do, so their product does too.
 */
export class SampleRatio {
  readonly #byShare = new Map<number, { counts: readonly [number, number]; logE: number }>();
  #logE = 0;

  /** ln of the e-value for "the split is not the configured one"; 0 before the first request. */
  get logE(): number {
    return this.#logE;
  }

  /**
   * @param counts Of one closed window. @param share The candidate's configured share, 0 < share < 1.
   * @throws RangeError
   */
  add(counts: { readonly baseline: number; readonly candidate: number }, share: number): void {
    const before = this.#byShare.get(share) ?? { counts: [0, 0] as const, logE: 0 };
    const sums = [before.counts[0] + counts.baseline, before.counts[1] + counts.candidate] as const;
    const logE = categoryEvidence(sums, [1 - share, share]);
    this.#byShare.set(share, { counts: sums, logE });
    this.#logE += logE - before.logE;
  }
}

function checkCategories(counts: readonly number[], shares: readonly number[]): void {
  if (counts.length < 2 || counts.length !== shares.length) {
    throw new RangeError(
      `As many counts as shares, at least two: not ${counts.length} and ${shares.length}.`,
    );
  }
  const badCount = counts.find((count) => !Number.isSafeInteger(count) || count < 0);
  if (badCount !== undefined) throw new RangeError(`A count is an integer of at least 0, not ${badCount}.`);
  const badShare = shares.find((share) => !(share > 0 && share < 1));
  if (badShare !== undefined) throw new RangeError(`A share lies between 0 and 1, not ${badShare}.`);
  const whole = shares.reduce((sum, share) => sum + share);
  if (Math.abs(whole - 1) > 1e-9) throw new RangeError(`Shares sum to 1, not to ${whole}.`);
}
