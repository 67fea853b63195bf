import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaksIn } from './leaks.ts';

const secret = fc.stringMatching(/^[A-Za-z0-9+/= %._-]{16,48}$/);
const around = fc.string({ maxLength: 12 });
const seek = (value: string, text: string) =>
  leaksIn([{ place: 'a log', text }], { values: { token: value }, patterns: {} });

describe('the search for leaked secrets', () => {
  it('finds a value wherever it stands in a text', () => {
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        expect(seek(value, before + value + after)).toEqual([{ place: 'a log', secret: 'token' }]);
      }),
    );
  });

  it('finds a value in base64, whatever was encoded with it', () => {
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        const text = `Basic ${Buffer.from(before + value + after).toString('base64')}`;
        expect(seek(value, text)).toHaveLength(1);
      }),
    );
  });

  it('finds a value that was made fit for a URL', () => {
    expect(seek('a secret with + and /', 'x=a%20secret%20with%20%2B%20and%20%2F&y')).toHaveLength(1);
  });

  it('finds what only a pattern knows', () => {
    const sought = { values: {}, patterns: { 'a minted token': /eyJ[0-9a-f]{8}/ } };
    expect(leaksIn([{ place: 'a history', text: 'Bearer eyJ0123456789' }], sought)).toEqual([
      { place: 'a history', secret: 'a minted token' },
    ]);
  });

  it('finds nothing in the digest of a value', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-9a-f]{48}$/),
        fc.stringMatching(/^[0-9a-f]{64}$/),
        (value, digest) => {
          fc.pre(!digest.includes(value));
          expect(seek(value, `{"digest":"${digest}"}`)).toEqual([]);
        },
      ),
    );
  });

  it('refuses to search for a value that chance could write', () => {
    expect(() => seek('short', 'anything')).toThrow(RangeError);
  });
});
