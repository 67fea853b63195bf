import { logScaledBeta, logScaledIncompleteBeta } from './beta.ts';

/** Where a mixture is tightest: after an intrinsic time (variance sum) of `vOpt`, at error budget `alphaOpt`. */
export type Tuning = { readonly vOpt: number; readonly alphaOpt: number };

/** Real numbers on purpose: bounds are found between whole counts. 0 <= events <= requests. */
export type Tally = { readonly requests: number; readonly events: number };

/**
 * Scale of the mixing distribution that is best at intrinsic time `vOpt` for a two-sided test at `alpha`
 * (one-sided: pass twice the budget). Howard et al., arXiv 1810.08240, section 3.5.
 */
export function bestRho(vOpt: number, alpha: number): number {
  const l = 2 * Math.log(1 / alpha);
  return vOpt / (l + Math.log(1 + l));
}

/** Parameters of the Beta mixing distribution over 1 - P(event), in the coordinates of Bernoulli(p). */
function prior(p: number, rho: number): { a: number; b: number } {
  const variance = p * (1 - p);
  const r = Math.max(rho - variance, 1e-3 * variance);
  return { a: r / p, b: r / (1 - p) };
}

/**
 * ln of the one-sided beta-binomial mixture against P(event) <= p, at any look. 0 < p < 1.
 *
 * arXiv 1810.08240, proposition 7, with g = p, h = 1 - p, s = k - pn, v = p(1-p)n. There
 * (v + hs) / h = k and (v - gs) / g = n - k, so the logarithms of g and h are the powers that
 * `logScaledIncompleteBeta` leaves out.
 */
export function logOneSided(tally: Tally, p: number, { vOpt, alphaOpt }: Tuning): number {
  const { a, b } = prior(p, bestRho(vOpt, 2 * alphaOpt));
  const misses = tally.requests - tally.events;
  return (
    logScaledIncompleteBeta(a + misses, b + tally.events, 1 - p, p) - logScaledIncompleteBeta(a, b, 1 - p, p)
  );
}

/** ln of the two-sided beta-binomial mixture against P(event) = p, at any look. 0 < p < 1. Same source. */
export function logTwoSided(tally: Tally, p: number, { vOpt, alphaOpt }: Tuning): number {
  const { a, b } = prior(p, bestRho(vOpt, alphaOpt));
  const misses = tally.requests - tally.events;
  return logScaledBeta(a + misses, b + tally.events, 1 - p, p) - logScaledBeta(a, b, 1 - p, p);
}
