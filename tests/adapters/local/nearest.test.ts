import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advice, nearest } from '../../../src/adapters/local/nearest.ts';

describe('the nearest word', () => {
  it.each([
    ['defualt', 'default'],
    ['Canary', 'canary'],
    ['warehose', 'warehouse'],
    ['minbake', 'minBake'],
    ['deadlin', 'deadline'],
  ])('to %s is %s', (word, meant) => {
    expect(nearest(word, ['default', 'canary', 'warehouse', 'minBake', 'deadline', 'gates'])).toBe(meant);
  });

  it('is nothing rather than something else', () => {
    expect(nearest('7', ['0', '1'])).toBeUndefined();
    expect(nearest('colour', ['tick', 'intake', 'policies'])).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });

  it('to a known word is that word', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }), (known) => {
        for (const word of known) expect(nearest(word, known)).toBe(word);
      }),
    );
  });

  it('is found after any one edit of a word of six letters', () => {
    const word = 'policy';
    fc.assert(
      fc.property(fc.nat(5), fc.constantFrom('drop', 'double', 'replace'), (at, edit) => {
        const letter = { drop: '', double: `${word[at]}${word[at]}`, replace: '_' }[edit];
        expect(nearest(word.slice(0, at) + letter + word.slice(at + 1), ['tick', word])).toBe(word);
      }),
    );
  });

  it('is offered, or else all there are', () => {
    expect(advice('defualt', ['default', 'strict'])).toBe('did you mean "default"?');
    expect(advice('zzz', ['default', 'strict'])).toBe('choose one of default, strict');
    expect(advice('zzz', [])).toBe('there is none yet');
  });
});
