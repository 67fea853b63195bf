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
 * Whether what happens falls to the two sides in the configured share, as it comes. Each share is a test of its own, with
 * its own counts, and so is what follows a `begin`; tests spend the error budget by 1/2, 1/4, 1/8, ..., so that
 * together they are one claim.
 */
export class SplitEvidence {
  #tests = 0;
  #share: number | undefined;
  /** Of the beta function before anything is counted: the same for all counts of one test. */
  #prior = 0;
  #baseline = 0;
  #candidate = 0;
  #logE = 0;

  /** The candidate's configured share in the present test; undefined before its first counts. */
  get share(): number | undefined {
    return this.#share;
  }

  /** What fell to each side in the present test. */
  get counts(): { readonly baseline: number; readonly candidate: number } {
    return { baseline: this.#baseline, candidate: this.#candidate };
  }

  /** ln of the e-value after the last counts, less what the turn of their test costs; 0 before any. */
  get logE(): number {
    return this.#logE;
  }

  /** What comes now is a test of its own. */
  begin(): void {
    this.#share = undefined;
    this.#baseline = 0;
    this.#candidate = 0;
  }

  /** @param share The candidate's. @throws RangeError for counts that are no counts, or a share outside of (0, 1). */
  add(share: number, baseline: number, candidate: number): void {
    if (share !== this.#share) {
      checkCategories([baseline, candidate], [1 - share, share]);
      this.begin();
      this.#tests += 1;
      this.#share = share;
      this.#prior = this.#beta();
    }
    this.#baseline += checkCount(baseline);
    this.#candidate += checkCount(candidate);
    this.#logE = this.#beta() - this.#prior - this.#tests * Math.LN2;
  }

  #beta(): number {
    const share = this.#share ?? 0.5;
    const [a, b] = [CONCENTRATION * (1 - share), CONCENTRATION * share];
    return logScaledBeta(a + this.#baseline, b + this.#candidate, 1 - share, share);
  }
}

function checkCount(count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new RangeError(`A count is an integer of at least 0, not ${count}.`);
}

function checkCategories(counts: readonly number[], shares: readonly number[]): void {
  if (counts.length < 2 || counts.length !== shares.length) {
    throw new RangeError(
      `As many counts as shares, at least two: not ${counts.length} and ${shares.length}.`,
    );
  }
  for (const count of counts) checkCount(count);
  const badShare = shares.find((share) => !(share > 0 && share < 1));
  if (badShare !== undefined) throw new RangeError(`A share lies between 0 and 1, not ${badShare}.`);
  const whole = shares.reduce((sum, share) => sum + share);
  if (Math.abs(whole - 1) > 1e-9) throw new RangeError(`Shares sum to 1, not to ${whole}.`);
}
