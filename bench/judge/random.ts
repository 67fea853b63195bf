/** A stream of pseudo-random numbers. */
export interface Random {
  /** An integer from 0 to 2^32 - 1. */
  bits(): number;
  /** Strictly between 0 and 1, 53 bits. */
  uniform(): number;
  /** Mean 0, variance 1. */
  normal(): number;
}

/**
 * The stream of this label and number under a seed. Streams of different labels or numbers start at unrelated points,
 * so each run of each scenario has its own and may be drawn in any order, by any worker.
 *
 * Generator: sfc32 (Doty-Humphrey, PractRand: 128 bits of state, at least 2^32 numbers before any repeats). The state
 * is filled by a mixing of 32 bits (the finaliser of MurmurHash3) over an FNV-1a hash of the label.
 */
export function stream(seed: number, label: string, number: number): Random {
  let hash = 0x811c9dc5;
  for (let at = 0; at < label.length; at += 1) hash = Math.imul(hash ^ label.charCodeAt(at), 0x01000193);
  const words = [seed, Math.floor(seed / 2 ** 32), hash, number];
  let mixed = 0x9e3779b9;
  const next = () => {
    mixed = (mixed + 0x9e3779b9) | 0;
    return mix(mixed);
  };
  for (const word of words) mixed = mix(mixed ^ Math.imul(word | 0, 0x85ebca77)) + 0x165667b1;
  return sfc32(next(), next(), next());
}

function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function sfc32(first: number, second: number, third: number): Random {
  let [a, b, c, counter] = [first, second, third, 1];
  let spare = Number.NaN;
  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  const uniform = (): number => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6) + 0.5) / 2 ** 53;
  /** Marsaglia's polar method: two at a time. */
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const kept = spare;
      spare = Number.NaN;
      return kept;
    }
    for (;;) {
      const [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * factor;
      return x * factor;
    }
  };
  // The generator's author asks for twelve rounds before the first number is used.
  for (let round = 0; round < 12; round += 1) bits();
  return { bits, uniform, normal };
}
