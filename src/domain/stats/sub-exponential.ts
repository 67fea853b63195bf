import { bestRho, type Tuning } from './beta-binomial.ts';
import { logScaledGamma } from './gamma.ts';

/** Sums over one side's requests of a window; each score lies between 0 and 1. */
export type Scores = { readonly n: number; readonly sum: number; readonly sumOfSquares: number };

/**
 * ln of the gamma-exponential mixture at sum `s` and intrinsic time `v`, for increments that fall below what was
 * predicted for them by at most `c`. Howard et al., arXiv 1810.08240, proposition 9.
 */
export function logGammaExponential(s: number, v: number, c: number, { vOpt, alphaOpt }: Tuning): number {
  const rho = bestRho(vOpt, 2 * alphaOpt);
  const a = rho / c ** 2;
  return logScaledGamma((v + rho) / c ** 2, (c * s + v + rho) / c ** 2) - logScaledGamma(a, a);
}

/** `margin`, `harm`: as for `Betting`. */
export type EffectTest = { readonly margin: number; readonly harm: 'against' | 'for' };

/** Tightest after this many expected requests on the smaller side; scores' variance is then about 1/20. */
const TUNING: Tuning = { vOpt: 25, alphaOpt: 0.05 };

/**
 * Evidence on candidate's mean score - baseline's, from requests that were routed at random with a known share.
 *
 * Each request counts X = f_c - f_b + (Y - f_c)/share when it was the candidate's, f_c - f_b - (Y - f_b)/(1 - share)
 * when the baseline's (AIPW); f are the sides' means in earlier windows. X has the effect as its mean whatever f is.
 * Times min(share, 1 - share), it falls below or exceeds its prediction by at most 1, so that c = 1 whatever the share.
 * README, "Difference of means".
 */
export class EffectEvidence {
  readonly #sign: 1 | -1;
  readonly #margin: number;
  #baseline: Scores = { n: 0, sum: 0, sumOfSquares: 0 };
  #candidate: Scores = { n: 0, sum: 0, sumOfSquares: 0 };
  #s = 0;
  #v = 0;

  /** @throws RangeError for a margin outside of [0, 1). */
  constructor({ margin, harm }: EffectTest) {
    if (!(margin >= 0 && margin < 1)) {
      throw new RangeError(`A margin between scores is at least 0 and below 1, not ${margin}.`);
    }
    this.#margin = margin;
    this.#sign = harm === 'for' ? 1 : -1;
  }

  /** ln of the e-value; 0 before the first request. */
  get logE(): number {
    return logGammaExponential(this.#s, this.#v, 1, TUNING);
  }

  /** One closed window. @param share The candidate's configured share, 0 < share < 1. @throws RangeError */
  add(
    { baseline, candidate }: { readonly baseline: Scores; readonly candidate: Scores },
    share: number,
  ): void {
    checkScores(baseline);
    checkScores(candidate);
    if (!(share > 0 && share < 1)) throw new RangeError(`A share lies between 0 and 1, not ${share}.`);
    const ofBaseline = (this.#baseline.sum + 0.5) / (this.#baseline.n + 1);
    const ofCandidate = (this.#candidate.sum + ofBaseline) / (this.#candidate.n + 1);
    const weight = Math.min(share, 1 - share);
    const c = residuals(candidate, ofCandidate, weight / share);
    const b = residuals(baseline, ofBaseline, weight / (1 - share));
    const predicted = weight * (baseline.n + candidate.n) * (ofCandidate - ofBaseline + this.#margin);
    this.#s += this.#sign * (predicted + c.sum - b.sum);
    this.#v += c.squares + b.squares;
    this.#baseline = plus(this.#baseline, baseline);
    this.#candidate = plus(this.#candidate, candidate);
  }
}

/** Sums of (Y - f) scale and of its square. */
function residuals(
  { n, sum, sumOfSquares }: Scores,
  f: number,
  scale: number,
): { sum: number; squares: number } {
  if (n === 0) return { sum: 0, squares: 0 };
  const deviation = sum - n * f;
  const squares = sumOfSquares - 2 * f * sum + n * f * f;
  // Rounding must not make the intrinsic time too small: no squares sum to less than their mean demands.
  return { sum: scale * deviation, squares: scale ** 2 * Math.max(squares, deviation ** 2 / n) };
}

const plus = (a: Scores, b: Scores): Scores => ({
  n: a.n + b.n,
  sum: a.sum + b.sum,
  sumOfSquares: a.sumOfSquares + b.sumOfSquares,
});

/** Relative room for the rounding of sums that were formed in any order. */
const ROUNDING = 1e-9;

function checkScores({ n, sum, sumOfSquares }: Scores): void {
  const room = ROUNDING * (1 + n);
  const isPossible =
    Number.isSafeInteger(n) &&
    n >= 0 &&
    sum >= -room &&
    sumOfSquares <= sum + room &&
    sumOfSquares * n >= sum ** 2 - room * n &&
    sum <= n + room;
  if (!isPossible) {
    throw new RangeError(
      `No ${n} scores between 0 and 1 sum to ${sum}, and their squares to ${sumOfSquares}.`,
    );
  }
}
