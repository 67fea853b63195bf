import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonUnreadable, readJson } from '../../../src/adapters/monte-carlo/json-reader.ts';
import { NotPython, pythonRepr, quotePlus } from '../../../src/adapters/monte-carlo/python-text.ts';
import { signedText } from '../../../src/adapters/monte-carlo/signature.ts';

interface Vector {
  readonly name: string;
  readonly body: string;
  readonly signed?: string;
  readonly signature?: string;
  readonly raises?: string;
}
interface Oracle {
  readonly secret: string;
  readonly printable: readonly number[];
  readonly unassigned: readonly number[];
  readonly floats: readonly (readonly [lexeme: string, repr: string])[];
  readonly vectors: readonly Vector[];
}

const file = new URL('../../fixtures/monte-carlo/signature-vectors.json', import.meta.url);
const oracle: Oracle = JSON.parse(readFileSync(file, 'utf8'));

function textOf(body: string): string {
  const document = readJson(body);
  if (!(document instanceof Map)) throw new JsonUnreadable('not an object');
  return signedText(document);
}

function codePoints(ranges: readonly number[]): Set<number> {
  const all = new Set<number>();
  for (let at = 0; at < ranges.length; at += 2) {
    for (let code = ranges[at] ?? 0; code <= (ranges[at + 1] ?? -1); code++) all.add(code);
  }
  return all;
}

describe('what Monte Carlo signs', () => {
  it('has vectors by hand, at random, and some that Python refuses', () => {
    expect(oracle.vectors.filter(({ name }) => !name.startsWith('random')).length).toBeGreaterThanOrEqual(60);
    expect(oracle.vectors.filter(({ signature }) => signature).length).toBeGreaterThan(300);
    expect(oracle.vectors.filter(({ raises }) => raises).length).toBeGreaterThan(30);
  });

  it.each(oracle.vectors.filter(({ raises }) => raises === undefined))(
    'is what Python makes of $name',
    ({ body, signed, signature }) => {
      const text = textOf(body);
      if (signed !== undefined) expect(text).toBe(signed);
      expect(createHmac('sha512', oracle.secret).update(text).digest('hex')).toBe(signature);
    },
  );

  it.each(oracle.vectors.filter(({ raises }) => raises !== undefined))(
    'does not exist for $name, which Python refuses',
    ({ body }) => {
      let thrown: unknown;
      try {
        textOf(body);
      } catch (error) {
        thrown = error;
      }
      expect(thrown instanceof JsonUnreadable || thrown instanceof NotPython).toBe(true);
    },
  );

  it('prints every double as Python does', () => {
    expect(oracle.floats.length).toBeGreaterThan(300);
    for (const [lexeme, repr] of oracle.floats) expect(pythonRepr({ lexeme })).toBe(repr);
  });

  it('escapes exactly the characters that Python escapes, of all that its Unicode version knows', () => {
    const printable = codePoints(oracle.printable);
    const unassigned = codePoints(oracle.unassigned);
    const different: string[] = [];
    for (let code = 0x20; code <= 0x10ffff; code++) {
      // Unassigned in the oracle's Unicode 14; Node knows a newer one.
      if (unassigned.has(code) || code === 0x27 || code === 0x5c) continue;
      const character = String.fromCodePoint(code);
      if ((pythonRepr(character) === `'${character}'`) !== printable.has(code))
        different.push(code.toString(16));
    }
    expect(different).toEqual([]);
  });

  it('reads as JSON.parse does whatever JSON.stringify writes', () => {
    const plain = (value: unknown): unknown => {
      if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, plain(v)]));
      if (Array.isArray(value)) return value.map(plain);
      if (typeof value === 'object' && value !== null && 'lexeme' in value) return Number(value.lexeme);
      return value;
    };
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(plain(readJson(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('refuses any text that JSON.parse refuses, but for the three numbers that only Python knows', () => {
    const piece = fc.constantFrom(
      ...'{}[]":,\\/u0123456789abcdefEe+-. \n\t',
      'true',
      'null',
      '"a"',
      '":',
      '\\u00',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const accepted = (read: () => unknown) => {
          try {
            read();
            return true;
          } catch {
            return false;
          }
        };
        expect(accepted(() => readJson(text))).toBe(accepted(() => JSON.parse(text)));
      }),
      { numRuns: 3000 },
    );
  });

  it('reads 64 levels and refuses to go deeper, however deep the text is', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(() => readJson(nested(65))).not.toThrow();
    expect(() => readJson(nested(66))).toThrow(JsonUnreadable);
    expect(() => readJson(nested(100_000))).toThrow(JsonUnreadable);
    expect(() => readJson('{"a":'.repeat(40_000))).toThrow(JsonUnreadable);
  });

  it('leaves nothing but letters, digits and _.-~+% in a quoted text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(quotePlus(text)).toMatch(/^[A-Za-z0-9_.~+%-]*$/);
        expect(decodeURIComponent(quotePlus(text).replaceAll('+', ' '))).toBe(text);
      }),
    );
  });
});
