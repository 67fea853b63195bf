/** Where the two samples stand to each other. */
export interface Location {
  readonly low: number;
  readonly high: number;
  /** How much larger the first sample is: Hodges and Lehmann's estimate as the root of the statistic. */
  readonly shift: number;
}

/** Absolute, as Kayenta documents it; for error rates in per cent it is a hundredth of a basis point. */
const TOLERANCE = 1e-4;

/**
 * Interval for the shift of location between two samples: the values of mu at which the standardised rank sum of
 * x - mu against y is +-z (normal approximation with ties, continuity correction), found by Brent's method.
 *
 * @param z Quantile of the normal distribution: 2.326 for 98 %.
 */
export function shiftBetween(x: readonly number[], y: readonly number[], z: number): Location {
  const standardised = rankStatistic(x, y);
  const [from, to] = [Math.min(...x) - Math.max(...y), Math.max(...x) - Math.min(...y)];
  const rootAt = (level: number, corrected: boolean) =>
    brent((mu) => standardised(mu, corrected) - level, from, to);
  return { low: rootAt(z, true), high: rootAt(-z, true), shift: rootAt(0, false) };
}

/** z(mu), falling in mu. Both samples are sorted once; each mu is then a merge of the two. */
function rankStatistic(x: readonly number[], y: readonly number[]) {
  const [xs, ys] = [Float64Array.from(x).sort(), Float64Array.from(y).sort()];
  const [nx, ny] = [xs.length, ys.length];
  const n = nx + ny;
  return (mu: number, corrected: boolean): number => {
    let [i, j, pairs, ties] = [0, 0, 0, 0];
    while (i < nx || j < ny) {
      const value = Math.min((xs[i] ?? Number.POSITIVE_INFINITY) - mu, ys[j] ?? Number.POSITIVE_INFINITY);
      const [fromX, below] = [i, j];
      while (i < nx && (xs[i] ?? 0) - mu === value) i += 1;
      while (j < ny && ys[j] === value) j += 1;
      pairs += (i - fromX) * (below + (j - below) / 2);
      ties += (i - fromX + j - below) ** 3 - (i - fromX + j - below);
    }
    const w = pairs - (nx * ny) / 2;
    const variance = ((nx * ny) / 12) * (n + 1 - ties / (n * (n - 1)));
    return variance <= 0 ? 0 : (w - (corrected ? Math.sign(w) * 0.5 : 0)) / Math.sqrt(variance);
  };
}

/** A root between two ends (Brent, *Algorithms for Minimization without Derivatives*, 1973); an end where there is none. */
export function brent(f: (x: number) => number, from: number, to: number): number {
  let [a, b] = [from, to];
  let [fa, fb] = [f(a), f(b)];
  if (fa <= 0) return a;
  if (fb >= 0) return b;
  let [c, fc] = [a, fa];
  for (let round = 0; round < 1000; round += 1) {
    const previous = b - a;
    if (Math.abs(fc) < Math.abs(fb)) {
      [a, b, c] = [b, c, b];
      [fa, fb, fc] = [fb, fc, fb];
    }
    const close = 2 * Number.EPSILON * Math.abs(b) + TOLERANCE / 2;
    const half = (c - b) / 2;
    if (Math.abs(half) <= close || fb === 0) return b;
    let step =
      Math.abs(previous) >= close && Math.abs(fa) > Math.abs(fb)
        ? guessed([a, b, c], [fa, fb, fc], previous, close)
        : half;
    if (Math.abs(step) < close) step = step > 0 ? close : -close;
    [a, fa] = [b, fb];
    b += step;
    fb = f(b);
    if (fb > 0 === fc > 0) [c, fc] = [a, fa];
  }
  return b;
}

/** Secant, or inverse quadratic where three points differ; half of the bracket where that would leave it. */
function guessed(
  [a, b, c]: readonly [number, number, number],
  [fa, fb, fc]: readonly [number, number, number],
  previous: number,
  close: number,
): number {
  const half = (c - b) / 2;
  let [p, q] = [0, 0];
  if (a === c) {
    const t = fb / fa;
    [p, q] = [2 * half * t, 1 - t];
  } else {
    const [r, s, t] = [fa / fc, fb / fc, fb / fa];
    p = t * (2 * half * r * (r - s) - (b - a) * (s - 1));
    q = (r - 1) * (s - 1) * (t - 1);
  }
  if (p > 0) q = -q;
  else p = -p;
  const limit = Math.min(1.5 * half * q - Math.abs(close * q) / 2, Math.abs((previous * q) / 2));
  return p < limit ? p / q : half;
}
