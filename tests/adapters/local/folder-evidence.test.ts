import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolderEvidence } from '../../../src/adapters/local/folder-evidence.ts';
import { evidenceStoreContract } from '../../contracts-of-ports/evidence-store.contract.ts';

evidenceStoreContract('a folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  const root = join(folder, 'evidence');
  return {
    store: openFolderEvidence(root),
    reopen: async () => openFolderEvidence(`${root}/`),
    close: async () => rmSync(folder, { recursive: true }),
  };
});

describe('the evidence folder', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'evidence-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('holds plain files below its root, private to their owner, and nothing half-written', async () => {
    const store = openFolderEvidence(root);
    const { ref } = await store.put('releases/rel-1/report.json', '{}', '');
    await store.put('releases/rel-1/report.json', '{"other":1}', '');
    expect(readFileSync(join(root, ref), 'utf8')).toBe('{}');
    expect(readdirSync(join(root, 'releases/rel-1')).sort()).toEqual(['report-2.json', 'report.json']);
    expect(statSync(join(root, ref)).mode & 0o777).toBe(0o600);
    for (const folder of ['releases', 'releases/rel-1']) {
      expect(statSync(join(root, folder)).mode & 0o777).toBe(0o700);
    }
  });

  it('does not answer with a file that was changed behind its back, and writes the true bytes beside it', async () => {
    const store = openFolderEvidence(root);
    const reference = await store.put('report.json', 'true', '');
    writeFileSync(join(root, reference.ref), 'forged');
    await expect(store.get(reference)).rejects.toMatchObject({ name: 'EvidenceInvalid' });
    const again = await store.put('report.json', 'true', '');
    expect(again.ref).toBe('report-2.json');
    expect(await store.get(again)).toBe('true');
  });

  it('is not misled by what a crash left behind', async () => {
    writeFileSync(join(root, '~leftover'), 'hal');
    const store = openFolderEvidence(root);
    expect((await store.put('report.json', 'half', '')).ref).toBe('report.json');
  });

  it('takes names of up to 200 characters, and can read their copies', async () => {
    const store = openFolderEvidence(root);
    const longest = `releases/${'a'.repeat(200)}`;
    await store.put(longest, 'one', '');
    expect(await store.get(await store.put(longest, 'two', ''))).toBe('two');
    await expect(store.put(`${longest}a`, 'one', '')).rejects.toMatchObject({ name: 'EvidenceInvalid' });
  });

  it('says LedgerUnavailable, with the cause, when the folder cannot be used', async () => {
    writeFileSync(join(root, 'file'), '');
    const store = openFolderEvidence(join(root, 'file'));
    await expect(store.put('report.json', '{}', '')).rejects.toMatchObject({
      name: 'LedgerUnavailable',
      cause: expect.any(Error),
    });
  });
});
