/**
 * The 97.5 % Clopper-Pearson upper bound of a probability that was seen `seen` times in `runs`: the rate at which so
 * many or fewer would be seen with probability 2.5 %. By halving; the upper end is returned.
 */
export function upperBound(seen: number, runs: number): number {
  if (seen >= runs) return 1;
  let [low, high] = [seen / runs, 1];
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2;
    if (atMost(seen, runs, middle) > 0.025) low = middle;
    else high = middle;
  }
  return high;
}

/** P(X <= seen) for a binomial X: from the largest term that is asked for downwards, so that nothing underflows. */
function atMost(seen: number, runs: number, rate: number): number {
  let largest = runs * Math.log1p(-rate);
  for (let k = 0; k < seen; k += 1) largest += Math.log((runs - k) / (k + 1)) + Math.log(rate / (1 - rate));
  let [term, sum] = [1, 0];
  for (let k = seen; k >= 0 && term > 1e-17 * sum; k -= 1) {
    sum += term;
    term *= (k / (runs - k + 1)) * ((1 - rate) / rate);
  }
  return Math.exp(largest + Math.log(sum));
}

/** Kullback and Leibler's divergence of two rates, in nats. */
const divergence = (p: number, q: number): number =>
  (p === 0 ? 0 : p * Math.log(p / q)) + (p === 1 ? 0 : (1 - p) * Math.log((1 - p) / (1 - q)));

/**
 * Canary requests that any judge needs in the mean to show a rate p1 against p0 at share s, at error budget alpha:
 * s ln(1/alpha) / [s KL(p1||m) + (1-s) KL(p0||m)] with m = s p1 + (1-s) p0.
 */
export function informationBound(
  {
    share,
    baseline,
    candidate,
  }: { readonly share: number; readonly baseline: number; readonly candidate: number },
  alpha: number,
): number {
  const mixed = share * candidate + (1 - share) * baseline;
  const perRequest = share * divergence(candidate, mixed) + (1 - share) * divergence(baseline, mixed);
  return (share * Math.log(1 / alpha)) / perRequest;
}
