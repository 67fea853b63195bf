import { MOST } from './values.ts';

/** The parts of JSON that lines of observations are made of, read from bytes. */
export class JsonBytes {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #ok = true;
  readonly #texts = new Map<number, { readonly bytes: Buffer; readonly text: string }>();

  /** Begins at `from`. */
  start(bytes: Buffer, from: number): void {
    this.#bytes = bytes;
    this.#at = from;
    this.#ok = true;
  }

  /** Where the next byte is. */
  get at(): number {
    return this.#at;
  }

  /** False once something was met that is not read here; what was answered since then means nothing. */
  get ok(): boolean {
    return this.#ok;
  }

  fail(): void {
    this.#ok = false;
  }

  /** The byte after blanks; -1 at the end. */
  peek(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let byte = bytes[at];
    while (byte === SPACE || byte === TAB || byte === RETURN) {
      at += 1;
      byte = bytes[at];
    }
    this.#at = at;
    return byte ?? -1;
  }

  /** Goes past this byte, which must be next. */
  take(byte: number): void {
    // Nearly always there are no blanks.
    if (this.#bytes[this.#at] === byte || this.peek() === byte) this.#at += 1;
    else this.#ok = false;
  }

  /** Goes past these bytes if they are next. */
  skips(piece: Uint8Array): boolean {
    const [bytes, from] = [this.#bytes, this.#at];
    let same = 0;
    while (same < piece.length && bytes[from + same] === piece[same]) same += 1;
    if (same < piece.length || same === 0) return false;
    this.#at = from + same;
    return true;
  }

  /** The bytes since `from`, to be kept. */
  since(from: number): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(from, this.#at));
  }

  /** After a member of a map or a list: whether another one follows. */
  another(close: number): boolean {
    if (!this.#ok) return false;
    const next = this.#bytes[this.#at];
    const byte = next === COMMA || next === close ? next : this.peek();
    this.#at += 1;
    if (byte === COMMA) return true;
    if (byte !== close) this.#ok = false;
    return false;
  }

  /**
   * The next key, as its index in `keys`, and its colon. -1 for one that is not there.
   * @param keys Each with its closing quote. @param likely The index to try first.
   */
  key(keys: readonly Uint8Array[], likely: number): number {
    this.take(QUOTE);
    const bytes = this.#bytes;
    const from = this.#at;
    for (let tried = 0; tried < keys.length; tried += 1) {
      const index = likely + tried < keys.length ? likely + tried : likely + tried - keys.length;
      const key = keys[index] ?? bytes;
      let same = 0;
      while (same < key.length && bytes[from + same] === key[same]) same += 1;
      if (same === key.length) {
        this.#at = from + same;
        this.take(COLON);
        return index;
      }
    }
    this.#ok = false;
    return -1;
  }

  /** A number without sign and exponent. Up to 15 digits, a decimal is one division of two exact numbers. */
  number(): number {
    const bytes = this.#bytes;
    if ((bytes[this.#at] ?? 0) <= SPACE) this.peek();
    const from = this.#at;
    let value = this.#digits(0);
    const whole = this.#at - from;
    let places = 0;
    if (whole === 0 || (whole > 1 && bytes[from] === ZERO)) this.#ok = false;
    if (bytes[this.#at] === POINT) {
      this.#at += 1;
      const point = this.#at;
      value = this.#digits(value);
      places = this.#at - point;
      if (places === 0) this.#ok = false;
    }
    const next = bytes[this.#at];
    if (next === SMALL_E || next === LARGE_E) this.#ok = false;
    if (whole + places > 15) return Number(bytes.toString('latin1', from, this.#at));
    return places === 0 ? value : value / (POWERS[places] ?? Number.NaN);
  }

  /** A count, as `countOf` takes it. */
  count(): number {
    const count = this.number();
    if (!Number.isInteger(count) || count > MOST) this.#ok = false;
    return count;
  }

  /** Goes past digits. @returns The number that they continue. */
  #digits(before: number): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let value = before;
    let digit = (bytes[at] ?? 0) - ZERO;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      at += 1;
      digit = (bytes[at] ?? 0) - ZERO;
    }
    this.#at = at;
    return value;
  }

  /** Text of printable ASCII without escapes, not empty. */
  text(): string {
    const from = this.#textStart();
    return this.#ok ? this.#bytes.toString('latin1', from, this.#at - 1) : '';
  }

  /** The same, for texts that come again and again: each is made once. */
  knownText(): string {
    const from = this.#textStart();
    if (!this.#ok) return '';
    const bytes = this.#bytes;
    const length = this.#at - 1 - from;
    let hash = length;
    for (let i = 0; i < length; i += 1) hash = (Math.imul(hash, 31) + (bytes[from + i] ?? 0)) | 0;
    const known = this.#texts.get(hash);
    if (known !== undefined && known.bytes.length === length) {
      let same = 0;
      while (same < length && known.bytes[same] === bytes[from + same]) same += 1;
      if (same === length) return known.text;
    }
    const text = bytes.toString('latin1', from, from + length);
    this.#texts.set(hash, { bytes: Buffer.from(text, 'latin1'), text });
    return text;
  }

  /** Goes past the text and its quotes. @returns Where it begins. */
  #textStart(): number {
    this.take(QUOTE);
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    let byte = bytes[at] ?? 0;
    while (byte !== QUOTE && byte !== BACKSLASH && byte >= SPACE && byte <= TILDE) {
      at += 1;
      byte = bytes[at] ?? 0;
    }
    if (byte !== QUOTE || at === from) this.#ok = false;
    this.#at = at + 1;
    return from;
  }

  /** Whether `null` is next; goes past it. */
  isNull(): boolean {
    if (this.peek() !== SMALL_N) return false;
    const [bytes, at] = [this.#bytes, this.#at];
    this.#at += 4;
    return bytes[at + 1] === 117 && bytes[at + 2] === 108 && bytes[at + 3] === 108;
  }
}

const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
const [TAB, RETURN, SPACE, QUOTE, COMMA, POINT, ZERO, COLON, LARGE_E] = [9, 13, 32, 34, 44, 46, 48, 58, 69];
const [BACKSLASH, SMALL_E, SMALL_N, TILDE] = [92, 101, 110, 126];

/** Keys as `JsonBytes.key` takes them. */
export const keysOf = (...names: readonly string[]): readonly Uint8Array[] =>
  names.map((name) => new TextEncoder().encode(`${name}"`));
