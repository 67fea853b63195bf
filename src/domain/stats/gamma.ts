import { stirlingRemainder } from './beta.ts';
import { log1pMinus } from './log-space.ts';

const STEP_LIMIT = 1_000_000;
const TWO_PI = 2 * Math.PI;
const DIGITS = 1e-16;

/**
 * ln of the integral of e^(z t) (1 - t)^(a - 1) over t in [0, 1], for a > 0 and any z.
 *
 * For z > 0 that is e^z gamma(a, z) / z^a, the lower incomplete gamma function without the powers that a mixture's
 * quotients cancel. Relative precision about 1e-13 of the larger of 1 and the logarithm.
 *
 * z <= 0: the continued fraction 1 / (a + y - y / (a + 1 + y - 2y / (a + 2 + y - ...))) in y = -z, whose approximants
 * rise to the limit. Up to the mean z = a + 1: the series sum_k z^k / (a (a + 1) ... (a + k)), positive terms. Beyond:
 * Gamma(a) by Stirling's series less the upper function by Legendre's continued fraction (DLMF 8.9.2). The two in the
 * middle take about sqrt(a) steps near the mean. Should one not settle, the answer is the series cut off or its first
 * term: smaller than the truth, so evidence that has it as numerator is conservative.
 */
export function logScaledGamma(a: number, z: number): number {
  if (z <= 0) return -Math.log(negativeFraction(a, -z));
  if (z <= a + 1) return Math.log(series(a, z)) - Math.log(a);
  const u = (z - a) / a;
  const whole = 0.5 * Math.log(TWO_PI / a) + stirlingRemainder(a) - a * log1pMinus(u);
  const upper = upperFraction(a, z);
  return upper === undefined ? -Math.log(a) : whole + Math.log1p(-upper * Math.exp(-whole));
}

/** a times the sum of z^k / (a (a + 1) ... (a + k)). */
function series(a: number, z: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k <= STEP_LIMIT && term > sum * DIGITS; k += 1) {
    term *= z / (a + k);
    sum += term;
  }
  return sum;
}

/** Denominator a + y - y / (a + 1 + y - 2y / ...), from the first place that no longer counts backwards. */
function negativeFraction(a: number, y: number): number {
  // Level k contributes about a quarter of the level before it at k = y, and less from there on.
  const levels = Math.ceil(Math.min(200 + 4 * Math.sqrt(y), STEP_LIMIT));
  let tail = 0;
  for (let k = levels; k >= 1; k -= 1) tail = (k * y) / (a + k + y - tail);
  return a + y - tail;
}

/** e^z Gamma(a, z) / z^a by Lentz's method, z > a + 1; undefined if it does not settle. */
function upperFraction(a: number, z: number): number | undefined {
  let b = z + 1 - a;
  let c = Number.POSITIVE_INFINITY;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k <= STEP_LIMIT; k += 1) {
    const numerator = k * (a - k);
    b += 2;
    d = 1 / (b + numerator * d);
    c = b + numerator / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) return fraction;
  }
  return undefined;
}
