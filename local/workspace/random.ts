/** A seeded stream of numbers. The same seed and name give the same numbers for ever. */
export interface Chance {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal; takes exactly two uniform draws. */
  normal(): number;
  /** Exponential with mean 1; takes exactly one uniform draw. */
  exponential(): number;
  /** Uniform in [min, max]; takes exactly one uniform draw. */
  between(range: { readonly min: number; readonly max: number }): number;
  /** `length` hexadecimal digits. */
  hex(length: number): string;
  /** An identifier in the form of a version 4 UUID. */
  uuid(): string;
}

/** FNV-1a over UTF-16 code units: spreads stream names over 32 bits. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** splitmix32: fills the state of the main generator from one number. */
function splitMix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

const rotateLeft = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/**
 * One independent stream per (seed, name), by xoshiro128** (Blackman and Vigna).
 * Each consumer has a stream of its own, so that one more draw here never shifts the numbers there.
 */
export function chance(seed: number, name: string): Chance {
  const fill = splitMix(seed ^ hashName(name));
  let a = fill();
  let b = fill();
  let c = fill();
  let d = fill();

  const next = (): number => {
    const drawn = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return drawn;
  };
  const uniform = (): number => next() / 2 ** 32;
  const hex = (length: number): string => {
    let digits = '';
    while (digits.length < length) digits += next().toString(16).padStart(8, '0');
    return digits.slice(0, length);
  };

  return {
    uniform,
    // Box and Muller, the cosine half only: two draws each time, so streams stay aligned. 1 - u is never 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    exponential: () => -Math.log(1 - uniform()),
    between: ({ min, max }) => min + (max - min) * uniform(),
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[next() & 3]}${hex(3)}-${hex(12)}`,
  };
}
