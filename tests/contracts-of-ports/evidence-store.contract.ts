import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EvidenceStore } from '../../src/app/ports/evidence-store.ts';

/** One empty store that a test has for itself. */
export interface OpenedEvidence {
  readonly store: EvidenceStore;
  /** Another one on the same files, as a second process or the next start would open it. */
  readonly reopen?: () => Promise<EvidenceStore>;
  close(): Promise<void>;
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
const path = 'releases/rel-1a2b/certificates/step-1.json';

/** What every evidence store promises, wherever its files lie. */
export function evidenceStoreContract(name: string, open: () => Promise<OpenedEvidence>): void {
  describe(`the evidence store in ${name}`, () => {
    let opened: OpenedEvidence;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());
    const store = (): EvidenceStore => opened.store;

    it('answers where the content lies, what its bytes hash to, and the line for people', async () => {
      const content = '{"says":"größer ✓"}\n';
      const reference = await store().put(path, content, 'step 1 passed');
      expect(reference).toEqual({ ref: path, digest: sha256(content), summary: 'step 1 passed' });
      expect(await store().get(reference)).toBe(content);
    });

    it('reads back any well-formed text exactly', async () => {
      let number = 0;
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 500 }), async (content) => {
          number += 1;
          expect(await store().get(await store().put(`texts/${number}.txt`, content, ''))).toBe(content);
        }),
        { numRuns: 25 },
      );
    });

    it('answers the same reference for the same bytes, however often they come', async () => {
      const first = await store().put(path, 'one', 'a line');
      expect(await store().put(path, 'one', 'a line')).toEqual(first);
      const second = await store().put(path, 'two', 'a line');
      expect(await store().put(path, 'two', 'a line')).toEqual(second);
      expect(await store().put(path, 'one', 'a line')).toEqual(first);
    });

    it('gives other bytes under the same path a path of their own, and overwrites nothing', async () => {
      const contents = ['one', 'two', 'three'];
      const references = [];
      for (const content of contents) references.push(await store().put(path, content, ''));
      expect(references.map((reference) => reference.ref)).toEqual([
        'releases/rel-1a2b/certificates/step-1.json',
        'releases/rel-1a2b/certificates/step-1-2.json',
        'releases/rel-1a2b/certificates/step-1-3.json',
      ]);
      for (const [index, reference] of references.entries())
        expect(await store().get(reference)).toBe(contents[index]);
    });

    it('numbers a name without an extension at its end', async () => {
      await store().put('releases/v1.2/report', 'one', '');
      expect((await store().put('releases/v1.2/report', 'two', '')).ref).toBe('releases/v1.2/report-2');
    });

    it('keeps the content of every one of many writers to one path', async () => {
      const second = (await opened.reopen?.()) ?? store();
      const contents = Array.from({ length: 12 }, (_, index) => `content ${index % 6}`);
      const references = await Promise.all(
        contents.map((content, index) => (index % 2 === 0 ? store() : second).put(path, content, '')),
      );
      for (const [index, reference] of references.entries())
        expect(await store().get(reference)).toBe(contents[index]);
      expect(new Set(references.map((reference) => reference.ref)).size).toBe(6);
    });

    it('keeps everything for whoever opens it again', async () => {
      const reference = await store().put(path, 'one', '');
      const again = (await opened.reopen?.()) ?? store();
      expect(await again.get(reference)).toBe('one');
      expect(await again.put(path, 'one', '')).toEqual(reference);
    });

    it('refuses to read what is missing', async () => {
      const digest = sha256('one');
      await expect(store().get({ ref: path, digest })).rejects.toMatchObject({ name: 'EvidenceInvalid' });
      await store().put(path, 'one', '');
      for (const ref of ['releases/rel-1a2b', `${path}/more`, 'releases/rel-1a2b/certificates/step-2.json']) {
        await expect(store().get({ ref, digest })).rejects.toMatchObject({ name: 'EvidenceInvalid' });
      }
    });

    it('refuses to read what has another digest, and says which', async () => {
      const { ref } = await store().put(path, 'one', '');
      await expect(store().get({ ref, digest: sha256('two') })).rejects.toMatchObject({
        name: 'EvidenceInvalid',
        facts: { ref, expected: sha256('two'), found: sha256('one') },
      });
    });

    it.each([
      '',
      '/etc/passwd',
      '../outside',
      'releases/../../outside',
      './here',
      'releases//double',
      'releases/',
      'releases\\back',
      'with space',
      'tilde~',
      'nul\u0000',
      'ümlaut',
      'percent%2e%2e/x',
      'line\nbreak',
    ])('accepts %j neither for writing nor for reading', async (bad) => {
      await expect(store().put(bad, 'one', '')).rejects.toMatchObject({ name: 'EvidenceInvalid' });
      await expect(store().get({ ref: bad, digest: sha256('one') })).rejects.toMatchObject({
        name: 'EvidenceInvalid',
      });
    });
  });
}
