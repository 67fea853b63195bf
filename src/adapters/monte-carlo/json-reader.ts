/**
 * JSON as Python's `json.loads` sees it. `JSON.parse` cannot be used for the signature: it forgets whether a number
 * was written `49` or `49.0`, rounds large integers, and moves keys like "1" to the front of their object.
 */
export type Json = null | boolean | string | JsonNumber | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
/** Keys in order of first appearance; of a repeated key the last value counts, as in a Python dict. */
export type JsonObject = Map<string, Json>;
/** A number by its spelling, `NaN`, `Infinity` and `-Infinity` included (see `literals`). */
export interface JsonNumber {
  readonly lexeme: string;
}

/** The text is not JSON, or goes beyond a bound. The message never quotes the text. */
export class JsonUnreadable extends Error {
  override readonly name = 'JsonUnreadable';
}

/** The published payloads are 7 deep. */
const maxDepth = 64;

// Python writes a float that is not finite as NaN or Infinity and reads it back; it is no JSON, but a sender in
// Python signs and sends it. Refusing it would lose an alert, so it is read.
const literals: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', { lexeme: 'NaN' }],
  ['Infinity', { lexeme: 'Infinity' }],
  ['-Infinity', { lexeme: '-Infinity' }],
]);

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** @throws JsonUnreadable when `text` is not one JSON value, or nests deeper than 64. */
export function readJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;
  readonly #number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
  readonly #word = /-?[A-Za-z]+/y;
  readonly #space = /[ \t\n\r]*/y;
  /** Everything but control characters, the quote (22) and the backslash (5c). */
  readonly #plain = /[\u0020\u0021\u0023-\u005b\u005d-\uffff]*/y;
  readonly #hex = /[0-9A-Fa-f]{4}/y;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Json {
    if (depth > maxDepth) this.#fail(`nests deeper than ${maxDepth}`);
    this.#take(this.#space);
    const value = this.#bare(depth);
    this.#take(this.#space);
    return value;
  }

  end(): void {
    if (this.#at < this.#text.length) this.#fail('goes on after its end');
  }

  #bare(depth: number): Json {
    if (this.#eat('"')) return this.#string();
    if (this.#eat('{')) return this.#object(depth);
    if (this.#eat('[')) return this.#array(depth);
    const lexeme = this.#take(this.#number);
    if (lexeme) return { lexeme };
    const literal = literals.get(this.#take(this.#word) ?? '');
    return literal === undefined ? this.#fail('has no value') : literal;
  }

  #object(depth: number): JsonObject {
    const members = new Map<string, Json>();
    this.#take(this.#space);
    if (this.#eat('}')) return members;
    do {
      this.#take(this.#space);
      this.#need('"');
      const key = this.#string();
      this.#take(this.#space);
      this.#need(':');
      members.set(key, this.value(depth + 1));
    } while (this.#eat(','));
    this.#need('}');
    return members;
  }

  #array(depth: number): JsonArray {
    const items: Json[] = [];
    this.#take(this.#space);
    if (this.#eat(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.#eat(','));
    this.#need(']');
    return items;
  }

  /** After the opening quote. Two halves of a surrogate pair, each escaped, become one character by themselves. */
  #string(): string {
    let text = this.#take(this.#plain) ?? '';
    while (!this.#eat('"')) {
      this.#need('\\');
      text += this.#escape() + (this.#take(this.#plain) ?? '');
    }
    return text;
  }

  #escape(): string {
    if (this.#eat('u')) {
      const code = this.#take(this.#hex);
      return code === undefined
        ? this.#fail('has a broken \\u escape')
        : String.fromCharCode(parseInt(code, 16));
    }
    const character = escapes.get(this.#text.charAt(this.#at));
    if (character === undefined) return this.#fail('has an unknown escape');
    this.#at++;
    return character;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #eat(character: string): boolean {
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  #need(character: string): void {
    if (!this.#eat(character)) this.#fail(`lacks a ${character}`);
  }

  #fail(what: string): never {
    throw new JsonUnreadable(`The text ${what}, at character ${this.#at}.`);
  }
}
