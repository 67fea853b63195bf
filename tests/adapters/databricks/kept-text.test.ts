import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packed, unpacked } from '../../../src/adapters/databricks/kept-text.ts';

const tagsOf = (name: string, text: string) => {
  const { parts, head } = packed(name, text);
  return new Map([...parts, head]);
};

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('a text in the tags of a model version', () => {
  it('comes back as it was, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(unpacked('headgate_restore_fraud-prod', tagsOf('headgate_restore_fraud-prod', text))).toBe(
          text,
        );
      }),
    );
  });

  it('keeps to the bounds of Unity Catalog: keys, lengths, and 20 of 50 tags', () => {
    const longest = randomBytes(12_000).toString('latin1');
    const tags = tagsOf('headgate_restore_fraud-prod.eu:west', longest.slice(0, 8_000));
    expect(tags.size).toBeLessThanOrEqual(20);
    expect(tags.size).toBeGreaterThan(5);
    for (const [key, value] of tags) {
      expect(key).toMatch(/^[A-Za-z0-9_]{1,255}$/);
      expect(value.length).toBeLessThanOrEqual(1_000);
    }
  });

  it('is refused when it takes more than that', () => {
    const text = randomBytes(20_000).toString('base64');
    expect(thrownBy(() => packed('name', text))).toMatchObject({ name: 'DatabricksRejected' });
  });

  it('is nothing where nothing was kept, and an error where a part is missing, old or changed', () => {
    const name = 'headgate_restore_fraud_prod';
    const text = randomBytes(3_000).toString('base64');
    expect(unpacked(name, new Map([['team', 'risk']]))).toBeUndefined();
    for (const [key] of packed(name, text).parts) {
      for (const change of ['', 'AAAA']) {
        const tags = tagsOf(name, text).set(key, change);
        expect(thrownBy(() => unpacked(name, tags))).toMatchObject({ name: 'EvidenceInvalid' });
      }
    }
    const odd = tagsOf(name, text).set(name, 'many parts');
    expect(thrownBy(() => unpacked(name, odd))).toMatchObject({ name: 'EvidenceInvalid' });
  });

  it('has a key of its own for each endpoint, also where two differ only in what a key may not hold', () => {
    expect(packed('a-b', 'x').head[0]).not.toBe(packed('a.b', 'x').head[0]);
    expect(packed('a_b', 'x').head[0]).toBe('a_b');
  });
});
