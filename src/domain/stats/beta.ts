import { log1pMinus } from './log-space.ts';

// Every beta function here is divided by x^a (1-x)^b. The mixtures need only quotients in which those powers
// cancel; left in, they would be numbers of the size of n whose difference keeps no digits for large n.

const CONTINUED_FRACTION_LIMIT = 1_000_000;
const TWO_PI = 2 * Math.PI;

/**
 * Stirling's remainder: lnGamma(z) - [(z - 1/2) ln z - z + ln(2 pi)/2], for z > 0, to 1e-14 absolute.
 * Series DLMF 5.11.1 from z = 10 on; below that, shifted up by Gamma(z + 1) = z Gamma(z).
 */
export function stirlingRemainder(z: number): number {
  if (z < 10) {
    let product = 1;
    let shifted = z;
    while (shifted < 10) {
      product *= shifted;
      shifted += 1;
    }
    return (
      stirlingRemainder(shifted) +
      (shifted - 0.5) * Math.log(shifted) -
      shifted -
      Math.log(product) -
      ((z - 0.5) * Math.log(z) - z)
    );
  }
  const w = 1 / (z * z);
  const series = 1 / 1188 - w * (691 / 360360 - w / 156);
  return (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * series)))) / z;
}

/**
 * ln [ B(a, b) / (x^a y^b) ] for a, b > 0 and y = 1 - x in (0, 1).
 *
 * Stirling's form, with the terms of the size of a and b gathered into the deviance
 * a ln(a / sx) + b ln(b / sy), s = a + b, which is computed without cancellation. About 1e-13 relative.
 */
export function logScaledBeta(a: number, b: number, x: number, y: number): number {
  const s = a + b;
  const gap = a * y - b * x;
  const deviance =
    a * log1pMinus(gap / (s * x)) + b * log1pMinus(-gap / (s * y)) + (gap / (s * x)) * (gap / y);
  const remainder = stirlingRemainder(a) + stirlingRemainder(b) - stirlingRemainder(s);
  return deviance + 0.5 * (Math.log(TWO_PI / a) + Math.log(s / b)) + remainder;
}

/**
 * ln [ B_x(a, b) / (x^a y^b) ], B_x the incomplete beta function, for a, b > 0 and y = 1 - x in (0, 1).
 *
 * Below the mean of Beta(a, b) the continued fraction (DLMF 8.17.22), above it the complement. Both have
 * about sqrt(max(a, b)) steps near the mean. Should it not settle, the answer is the first term of the
 * positive series, 1 / a: smaller than the truth, so evidence that has it as numerator is conservative.
 */
export function logScaledIncompleteBeta(a: number, b: number, x: number, y: number): number {
  if (x * (a + b + 2) <= a + 1) {
    return Math.log(betaFraction(a, b, x) ?? 1) - Math.log(a);
  }
  const whole = logScaledBeta(a, b, x, y);
  const fraction = betaFraction(b, a, y);
  if (fraction === undefined) return -Math.log(a);
  const complement = Math.log(fraction) - Math.log(b);
  return complement < whole ? whole + Math.log1p(-Math.exp(complement - whole)) : -Math.log(a);
}

/** The continued fraction K in B_x(a, b) = x^a (1-x)^b K / a, by Lentz's method; undefined if it does not settle. */
function betaFraction(a: number, b: number, x: number): number | undefined {
  const nonZero = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= CONTINUED_FRACTION_LIMIT; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) return fraction;
  }
  return undefined;
}
