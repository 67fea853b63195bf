/**
 * ln of the weighted mean of exp(x). The weights sum to 1.
 *
 * Written with expm1 and log1p so that "nothing was seen" (every x is 0) gives exactly 0. A term more than
 * 745 below the largest underflows to zero, which only lowers the mean: an e-value made of it gets smaller.
 */
export function logWeightedMean(x: readonly number[], weights: readonly number[]): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const value of x) if (value > max) max = value;
  let excess = 0;
  for (let i = 0; i < x.length; i += 1) excess += (weights[i] ?? 0) * Math.expm1((x[i] ?? 0) - max);
  return max + Math.log1p(excess);
}

/** ln(1 + u) - u for u > -1, to 1e-15 relative also where the two nearly cancel. */
export function log1pMinus(u: number): number {
  if (Math.abs(u) > 0.1) return Math.log1p(u) - u;
  // -u^2/2 + u^3/3 - ...: 18 terms leave less than 0.1^18 of the first.
  let sum = 0;
  for (let k = 19; k >= 2; k -= 1) sum = 1 / k - u * sum;
  return -u * u * sum;
}
