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

/** ln of the mean of exp(a) and exp(b), exactly 0 where both are 0. */
export function logMean(a: number, b: number): number {
  const max = Math.max(a, b);
  return max + Math.log1p(Math.expm1(Math.min(a, b) - max) / 2);
}

/** ln of the mean of exp(x), with weight 1 - `one`, and 1: exactly 0 where x is. */
export function logWithOne(x: number, one: number): number {
  // From the larger of the two: exp(-x) is infinite where x has lost by much.
  if (x > 0) return x + Math.log1p(one * Math.expm1(-x));
  // As it is written last, 1 - (1 - one) would keep no digits of a small weight.
  return x < LOST ? Math.log(one) : Math.log1p((1 - one) * Math.expm1(x));
}

/** Below it exp(x) - 1 is -1 to the last bit: most bets of a mixture have lost by far more. */
const LOST = -38;
export const expm1 = (x: number): number => (x < LOST ? -1 : Math.expm1(x));

/** 1 / k at index k: divisions would be most of what the series takes. */
const RECIPROCALS: readonly number[] = Array.from({ length: 20 }, (_, k) => 1 / k);

/** ln(1 + u) - u for u > -1, to 1e-15 relative also where the two nearly cancel. */
export function log1pMinus(u: number): number {
  const size = Math.abs(u);
  if (size > 0.1) return Math.log1p(u) - u;
  // -u^2/2 + u^3/3 - ...: what is left out is less than 0.1^18, 0.003^7 or 0.0001^4 of the first term.
  let sum = 0;
  for (let k = size > 0.003 ? 19 : size > 0.0001 ? 8 : 5; k >= 2; k -= 1)
    sum = (RECIPROCALS[k] ?? 0) - u * sum;
  return -u * u * sum;
}
