/** mulberry32 (public domain, Tommy Ettinger): the same seed, the same numbers from 0 to 1. */
export function chanceOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The numbers below `count` in an order in which neighbours do not follow each other: the same seed, the same order. */
export const shuffled =
  (seed: number) =>
  (count: number): readonly number[] => {
    const draw = chanceOf(seed);
    const keys = Array.from({ length: count }, (_, index) => ({ index, at: draw() }));
    return keys.toSorted((a, b) => a.at - b.at).map(({ index }) => index);
  };
