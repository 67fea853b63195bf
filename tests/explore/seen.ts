/**
 * Meanings that were come to, in memory that several threads share: what one has explored the others need not. A meaning
 * is kept as 64 bits of its hash; among a million of them two that are told for one are less likely than one in 10^7.
 */
export class Seen {
  readonly #words: Int32Array;
  readonly #mask: number;

  /** @param memory From `roomFor`. */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
    this.#mask = this.#words.length / wordsEach - 1;
  }

  has = (meaning: string): boolean => this.#slotOf(meaning, false) >= 0;

  /** @returns Whether it is new. @throws RangeError when there is no room. */
  add(meaning: string): boolean {
    const before = this.#slotOf(meaning, false);
    if (before < 0) this.#slotOf(meaning, true);
    return before < 0;
  }

  /** What the way from here on ends in, as `noteEnd` was told; 0 while nobody knows. */
  endOf(meaning: string): number {
    const slot = this.#slotOf(meaning, false);
    return slot < 0 ? 0 : Atomics.load(this.#words, slot * wordsEach + 2);
  }

  noteEnd(meaning: string, end: number): void {
    const slot = this.#slotOf(meaning, false);
    if (slot >= 0) Atomics.store(this.#words, slot * wordsEach + 2, end);
  }

  /** @returns -1 when it is not there and was not to be added. */
  #slotOf(meaning: string, add: boolean): number {
    const low = wordAt(meaning, 0) | 1;
    const high = wordAt(meaning, 4);
    for (let step = 0; step < longestProbe; step++) {
      const slot = ((low >>> 1) + step) & this.#mask;
      const at = slot * wordsEach;
      const there = Atomics.load(this.#words, at);
      if (there === low && Atomics.load(this.#words, at + 1) === high) return slot;
      if (there !== 0) continue;
      if (!add) return -1;
      // Whoever reads between these two takes it for another meaning and explores it twice, which is no harm.
      if (Atomics.compareExchange(this.#words, at, 0, low) !== 0) continue;
      Atomics.store(this.#words, at + 1, high);
      return slot;
    }
    throw new RangeError('There are more states than room for them: give `roomFor` more bits.');
  }
}

/** Two words of hash and the end. */
const wordsEach = 3;
const longestProbe = 4_096;

/** @param bits Room for 2 to that power meanings, 12 bytes each. */
export const roomFor = (bits: number): SharedArrayBuffer => new SharedArrayBuffer(4 * wordsEach * 2 ** bits);

/** Four characters of a hash in Latin-1 as one number. */
const wordAt = (text: string, at: number): number =>
  text.charCodeAt(at) |
  (text.charCodeAt(at + 1) << 8) |
  (text.charCodeAt(at + 2) << 16) |
  (text.charCodeAt(at + 3) << 24);
