/** A stream of numbers strictly between 0 and 1 that its seed determines: the domain has no chance of its own. */
export type Chance = () => number;

/**
 * Streams of different seeds or numbers start at unrelated points, so that runs can be made in any order.
 * Generator: sfc32 (Doty-Humphrey, PractRand), filled by the finaliser of MurmurHash3.
 */
export function chanceOf(seed: number, number: number): Chance {
  let mixed = 0x9e3779b9;
  for (const word of [seed, number]) mixed = (mix(mixed ^ Math.imul(word | 0, 0x85ebca77)) + 0x165667b1) | 0;
  const next = () => {
    mixed = (mixed + 0x9e3779b9) | 0;
    return mix(mixed);
  };
  let [a, b, c, counter] = [next(), next(), next(), 1];
  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The generator's author asks for twelve rounds before the first number is used.
  for (let round = 0; round < 12; round += 1) bits();
  return () => (bits() + 0.5) / 2 ** 32;
}

function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** From this expectation on the rejection method is faster than counting up. */
const rejectionFrom = 10;

/**
 * How many of `n` happen, each with probability `p`, exactly. Small expectations by inversion, others by transformed
 * rejection: Hoermann, *The generation of binomial random variates*, Journal of Statistical Computation and
 * Simulation 46 (1993), BTRS.
 *
 * @throws RangeError unless n is an integer of at least 0 and 0 <= p <= 1.
 */
export function binomial(chance: Chance, n: number, p: number): number {
  if (!(Number.isInteger(n) && n >= 0)) throw new RangeError(`A number of trials is at least 0, not ${n}.`);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`A probability lies between 0 and 1, not ${p}.`);
  if (n === 0 || p === 0) return 0;
  if (p > 0.5) return n - binomial(chance, n, 1 - p);
  return n * p < rejectionFrom ? byInversion(chance, n, p) : byRejection(chance, n, p);
}

function byInversion(chance: Chance, n: number, p: number): number {
  const odds = p / (1 - p);
  let [count, term] = [0, Math.exp(n * Math.log1p(-p))];
  for (let left = chance(); left > term && count < n; ) {
    left -= term;
    count += 1;
    term *= (odds * (n - count + 1)) / count;
  }
  return count;
}

function byRejection(chance: Chance, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const accept = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const odds = p / (1 - p);
  const mode = Math.floor((n + 1) * p);
  for (;;) {
    const u = chance() - 0.5;
    const v = chance();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + n * p + 0.5);
    if (us >= 0.07 && v <= accept) return k;
    if (k < 0 || k > n) continue;
    const height = Math.log((v * alpha) / (a / (us * us) + b));
    const ratio =
      (mode + 0.5) * Math.log((mode + 1) / (odds * (n - mode + 1))) +
      (n + 1) * Math.log((n - mode + 1) / (n - k + 1)) +
      (k + 0.5) * Math.log((odds * (n - k + 1)) / (k + 1)) +
      (stirlingTail(mode) + stirlingTail(n - mode) - stirlingTail(k) - stirlingTail(n - k));
    if (height <= ratio) return k;
  }
}

/** ln(k!) less Stirling's formula, to 1e-9 for every k: the series at k + 10, and ten steps back. */
function stirlingTail(k: number): number {
  if (k >= 10) return seriesTail(k);
  let tail = seriesTail(10);
  // From k + 1 to k: ln k! = ln (k + 1)! - ln(k + 1).
  for (let i = 9; i >= k; i -= 1) tail += (i + 1.5) * Math.log1p(1 / (i + 1)) - 1;
  return tail;
}

function seriesTail(k: number): number {
  const square = (k + 1) * (k + 1);
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}

/** Draws indexes by cumulative weights, which end at 1. */
export class Drawer {
  readonly #cumulative: readonly number[];
  /** For each of as many equal slices of 0..1 the first index that it can be. */
  readonly #guide: readonly number[];

  constructor(cumulative: readonly number[]) {
    this.#cumulative = cumulative;
    const slices = cumulative.length;
    let at = 0;
    this.#guide = cumulative.map((_, slice) => {
      while ((cumulative[at] ?? 1) <= slice / slices) at += 1;
      return at;
    });
  }

  /** Adds how often each index is drawn in `draws` to `counts`: a multinomial count. */
  count(chance: Chance, draws: number, counts: number[]): void {
    if (draws > 20 * this.#cumulative.length) {
      this.#byIndex(chance, draws, counts);
      return;
    }
    for (let draw = 0; draw < draws; draw += 1) {
      const u = chance();
      let index = this.#guide[Math.floor(u * this.#guide.length)] ?? 0;
      while ((this.#cumulative[index] ?? 1) <= u) index += 1;
      counts[index] = (counts[index] ?? 0) + 1;
    }
  }

  #byIndex(chance: Chance, draws: number, counts: number[]): void {
    let [left, below] = [draws, 0];
    for (const [index, upTo] of this.#cumulative.entries()) {
      const p = below >= 1 ? 1 : Math.min(1, Math.max(0, (upTo - below) / (1 - below)));
      const drawn = binomial(chance, left, p);
      counts[index] = (counts[index] ?? 0) + drawn;
      left -= drawn;
      below = upTo;
    }
  }
}
