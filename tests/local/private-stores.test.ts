import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Store } from '../../local/machine/store.ts';
import { SqliteStore } from '../../src/adapters/local/sqlite-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-private-'));
  const umask = process.umask(0);
  onTestFinished(() => {
    process.umask(umask);
    rmSync(folder, { recursive: true, force: true });
  });
});

const modes = () =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]),
  );

const stores: [string, (path: string) => { close(): void }][] = [
  ['the machine', (path) => new Store(path)],
  [
    'the ledger',
    (path) => {
      const store = new SqliteStore(path);
      // Its side files come with the first write.
      store.write(() => store.run('CREATE TABLE IF NOT EXISTS probe (x)'));
      return { close: () => store.shut() };
    },
  ],
];

describe.each(stores)('the file of %s', (_, open) => {
  it('is for its owner only from the start, with all that lies beside it', () => {
    const store = open(join(folder, 'x.sqlite'));
    onTestFinished(() => store.close());
    const found = modes();
    expect(Object.keys(found)).toContain('x.sqlite-wal');
    expect(new Set(Object.values(found))).toEqual(new Set(['600']));
  });

  it('is closed to others where an earlier version left it open', () => {
    open(join(folder, 'x.sqlite')).close();
    chmodSync(join(folder, 'x.sqlite'), 0o644);
    writeFileSync(join(folder, 'x.sqlite-wal'), '', { mode: 0o644 });
    writeFileSync(join(folder, 'x.sqlite-shm'), '', { mode: 0o644 });
    const store = open(join(folder, 'x.sqlite'));
    onTestFinished(() => store.close());
    expect(new Set(Object.values(modes()))).toEqual(new Set(['600']));
  });
});
