import { binomial as binomialOf } from '../../src/domain/power/chance.ts';
import type { Random } from './random.ts';

/** From this mean on the rejection method is exact and fast; below it, counting up is. */
const REJECTION_FROM = 10;

/** ln(k!) minus Stirling's formula without its series: exact to 1e-12. */
function stirlingTail(k: number): number {
  const kept = TAILS[k];
  if (kept !== undefined) return kept;
  const square = (k + 1) * (k + 1);
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}
const TAILS = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.020790672103765, 0.0166446911898211,
  0.0138761288230707, 0.0118967099458917, 0.010411265261972, 0.0092554621827127, 0.0083305634333631,
];
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
const logFactorial = (k: number): number =>
  HALF_LOG_TWO_PI + (k + 0.5) * Math.log(k + 1) - (k + 1) + stirlingTail(k);

/**
 * A Poisson count. Below a mean of 10 by inversion; above by transformed rejection: Hoermann, *The transformed
 * rejection method for generating Poisson random variables*, Insurance: Mathematics and Economics 12 (1993), PTRS.
 * Both are exact.
 *
 * @throws RangeError for a mean that is negative or not finite.
 */
export function poisson(chance: Random, mean: number): number {
  if (!(mean >= 0 && Number.isFinite(mean)))
    throw new RangeError(`A Poisson mean is at least 0, not ${mean}.`);
  if (mean < REJECTION_FROM) {
    let [count, term] = [0, Math.exp(-mean)];
    for (let left = chance.uniform(); left > term && term > 0; ) {
      left -= term;
      count += 1;
      term *= mean / count;
    }
    return count;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const accept = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = chance.uniform() - 0.5;
    const v = chance.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= accept) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const height = Math.log((v * inverseAlpha) / (a / (us * us) + b));
    if (height <= k * Math.log(mean) - mean - logFactorial(k)) return k;
  }
}

/** How many of n happen, exactly. @throws RangeError unless n is an integer of at least 0 and 0 <= p <= 1. */
export const binomial = (chance: Random, n: number, p: number): number => binomialOf(chance.uniform, n, p);

/** Draws indexes by their weights, each in constant time: Vose, *A linear algorithm*, IEEE TSE 17 (1991). */
export interface Alias {
  readonly cut: Float64Array;
  readonly other: Uint32Array;
}

/** @param weights At least 0, their sum above 0; they need not sum to 1. */
export function aliasOf(weights: readonly number[]): Alias {
  const size = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) throw new RangeError('Some weight must be above 0.');
  const scaled = Float64Array.from(weights, (weight) => (weight * size) / total);
  const cut = new Float64Array(size).fill(1);
  const other = Uint32Array.from(weights, (_, index) => index);
  const [small, large]: [number[], number[]] = [[], []];
  for (const [index, value] of scaled.entries()) (value < 1 ? small : large).push(index);
  while (small.length > 0 && large.length > 0) {
    const [less, more] = [small.pop() ?? 0, large.pop() ?? 0];
    cut[less] = scaled[less] ?? 1;
    other[less] = more;
    const rest = (scaled[more] ?? 0) + (scaled[less] ?? 0) - 1;
    scaled[more] = rest;
    (rest < 1 ? small : large).push(more);
  }
  return { cut, other };
}

/** How often each index is drawn in `draws`: a multinomial count. */
export function countsOf(chance: Random, alias: Alias, draws: number): number[] {
  const { cut, other } = alias;
  const counts = new Array<number>(cut.length).fill(0);
  for (let draw = 0; draw < draws; draw += 1) {
    const at = (chance.bits() * cut.length) / 2 ** 32;
    const cell = Math.floor(at);
    const index = at - cell < (cut[cell] ?? 1) ? cell : (other[cell] ?? cell);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}
