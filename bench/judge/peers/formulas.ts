/**
 * Half-width of GrowthBook's sequential interval: the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha,
 * Kennedy and Ramdas (arXiv 2103.06476v7, equations 9, 134, 155, 161).
 *
 * @param scale Standard error times sqrt(n). @param n Requests of both sides.
 * @param sides 2, or 1 for the one-sided form. @param tunedFor Where it is tightest; the product's default is 5,000.
 */
export function asymptoticHalfWidth(
  scale: number,
  n: number,
  alpha: number,
  sides: 1 | 2,
  tunedFor = 5000,
): number {
  const r = asymptoticRho(alpha, sides, tunedFor);
  const grown = n * r * r + 1;
  const log = sides === 2 ? Math.log(Math.sqrt(grown) / alpha) : Math.log1p(Math.sqrt(grown) / (2 * alpha));
  return scale * Math.sqrt(((2 * grown) / (n * r) ** 2) * log);
}

/** The tuning of the sequence above: tightest at `tunedFor` requests. */
export function asymptoticRho(alpha: number, sides: 1 | 2, tunedFor = 5000): number {
  const log = -2 * Math.log(sides === 2 ? alpha : 2 * alpha);
  return Math.sqrt((log + Math.log(log + 1)) / tunedFor);
}

/**
 * Statsig's multiplier of the standard error in place of the usual quantile, for variances of one request on each
 * side and their counts.
 */
export function statsigMultiplier(
  variances: readonly [baseline: number, candidate: number],
  counts: readonly [baseline: number, candidate: number],
  alpha: number,
): number {
  const z = normalQuantile(1 - alpha / 2);
  const v = variances[0] / counts[0] + variances[1] / counts[1];
  const tau = (z * z * (variances[0] + variances[1])) / (counts[0] + counts[1]);
  const part = v / (v + tau);
  return Math.sqrt(((v + tau) / tau) * (-2 * Math.log(alpha / 2) - Math.log(part)));
}

/**
 * Radius around one side's distribution function that holds at all counts and all points (Howard and Ramdas, arXiv
 * 1906.09712, theorem 2), as Lindon, Sanden and Shirikian use it (arXiv 2205.14762).
 *
 * @param n Requests of that side; infinite below 1. @param alpha Of that side: half of the test's.
 */
export function bandRadius(n: number, alpha: number): number {
  if (n < 1) return Number.POSITIVE_INFINITY;
  return 0.85 * Math.sqrt((Math.log(Math.log(Math.E * n)) + 0.8 * Math.log(1612 / alpha)) / n);
}

/** Inverse of the normal distribution function: Wichura, Algorithm AS 241 (PPND7), about 7 digits. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`A probability lies strictly between 0 and 1, not ${p}.`);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)) /
      (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1)
    );
  }
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  const tail =
    r <= 5
      ? ((0.17023821103 * (r - 1.6) + 1.3067284816) * (r - 1.6) + 2.75681539) * (r - 1.6) + 1.4234372777
      : ((0.017337203997 * (r - 5) + 0.42868294337) * (r - 5) + 3.081226386) * (r - 5) + 6.657905115;
  const below =
    r <= 5
      ? (0.12021132975 * (r - 1.6) + 0.7370016425) * (r - 1.6) + 1
      : (0.012258202635 * (r - 5) + 0.24197894225) * (r - 5) + 1;
  return Math.sign(q) * (tail / below);
}
