/** Seeded chance for simulations: the same seed, the same run. Not for secrets. */
export type Random = {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** An exact binomial count; its cost grows with n * min(p, 1 - p). */
  binomial(n: number, p: number): number;
  /** An exact Poisson count; its cost grows with the mean. */
  poisson(mean: number): number;
};

export function random(seed: number): Random {
  const uniform = sfc32(seed);
  const exponential = () => -Math.log(1 - uniform());
  const binomial = (n: number, p: number): number => {
    if (p > 0.5) return n - binomial(n, 1 - p);
    if (p <= 0) return 0;
    // Gaps between successes are geometric.
    const scale = -1 / Math.log1p(-p);
    let successes = 0;
    for (let at = exponential() * scale; at < n; at = Math.floor(at) + 1 + exponential() * scale)
      successes += 1;
    return successes;
  };
  return {
    uniform,
    normal: () => Math.sqrt(2 * exponential()) * Math.cos(2 * Math.PI * uniform()),
    binomial,
    poisson(mean) {
      let events = 0;
      for (let at = exponential(); at < mean; at += exponential()) events += 1;
      return events;
    },
  };
}

/** Doty-Humphrey's "small fast counting" generator, 128 bits of state, warmed up over 12 draws. */
function sfc32(seed: number): () => number {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1];
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i += 1) next();
  return next;
}
