import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteLedger, type SqliteLedger } from '../../../src/adapters/local/sqlite-ledger.ts';
import { brokenAt } from '../../../src/app/ports/audit-chain.ts';
import { ledgerContract } from '../../contracts-of-ports/ledger.contract.ts';
import { dump } from '../../contracts-of-ports/ledger-expectations.ts';
import { at, done, good, keyOf, newWait, owner, owning } from '../../contracts-of-ports/ledger-fixtures.ts';

ledgerContract('SQLite, in a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  const path = join(folder, 'ledger.db');
  const opened: SqliteLedger[] = [];
  const open = () => {
    const ledger = openSqliteLedger(path);
    opened.push(ledger);
    return ledger;
  };
  return {
    ledger: open(),
    reopen: async () => open(),
    close: async () => {
      for (const ledger of opened) ledger.shut();
      rmSync(folder, { recursive: true });
    },
  };
});

ledgerContract('SQLite, in memory', async () => {
  const ledger = openSqliteLedger(':memory:');
  return { ledger, close: async () => ledger.shut() };
});

describe('the SQLite file', () => {
  let folder: string;
  let path: string;
  const opened: SqliteLedger[] = [];
  const open = (file = path) => {
    const ledger = openSqliteLedger(file);
    opened.push(ledger);
    return ledger;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ledger-'));
    path = join(folder, 'state', 'ledger.db');
  });
  afterEach(() => {
    for (const ledger of opened.splice(0)) ledger.shut();
    rmSync(folder, { recursive: true });
  });

  it('is created with its folder, readable by its owner only', async () => {
    const ledger = open();
    await ledger.adopt('fraud', good('1'));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'state')).mode & 0o777).toBe(0o700);
  });

  it('keeps everything from one start to the next', async () => {
    const key = keyOf(newWait('rel-1'));
    const first = open();
    await first.registerWait(await owning(first), newWait('rel-1'));
    await first.decideWait(key, done);
    const before = await dump(first, [key]);
    first.shut();
    expect(await dump(open(), [key])).toEqual(before);
  });

  it.each(['releaseId', 'onceId'])(
    'shows with the chain that the %s of a line of the trail was changed',
    async (column) => {
      const ledger = open();
      const entry = { at: at(1), actor: 'ada', action: 'Looked', says: '' };
      await ledger.audit({ ...entry, releaseId: 'rel-1', onceId: 'once' });
      await ledger.audit(entry);
      expect(brokenAt(await ledger.auditTrail())).toBeUndefined();
      const kept = new DatabaseSync(path);
      kept.exec(`UPDATE audit SET ${column} = NULL WHERE seq = 1`);
      expect(brokenAt(await ledger.auditTrail())).toMatchObject({ order: 1, why: 'changed' });
      kept.exec(`UPDATE audit SET ${column} = 'another' WHERE seq = 1`);
      kept.close();
      expect(brokenAt(await ledger.auditTrail())).toMatchObject({ order: 1, why: 'changed' });
    },
  );

  it('answers LedgerUnavailable, with the cause, once it was shut', async () => {
    const ledger = open();
    ledger.shut();
    ledger.shut();
    for (const call of [() => ledger.endpoints(), () => ledger.adopt('fraud', good('1'))]) {
      await expect(call()).rejects.toMatchObject({ name: 'LedgerUnavailable', cause: expect.any(Error) });
    }
  });

  it('answers LedgerUnavailable when the file cannot be opened', () => {
    expect(() => open(folder)).toThrow(expect.objectContaining({ name: 'LedgerUnavailable' }));
  });

  it('answers LedgerUnavailable, and changes nothing, when a write fails half way', async () => {
    const ledger = open();
    const lease = await owning(ledger);
    const saboteur = new DatabaseSync(path);
    saboteur.exec(
      `CREATE TRIGGER broken BEFORE UPDATE ON releases BEGIN SELECT RAISE(ABORT, 'no space'); END`,
    );
    saboteur.close();
    const before = await dump(ledger);
    const close = ledger.close(lease, 'rel-1', { kind: 'promoted', says: '' }, at(9));
    await expect(close).rejects.toMatchObject({
      name: 'LedgerUnavailable',
      message: expect.stringContaining('no space'),
    });
    expect(await dump(ledger)).toEqual(before);
  });

  it('leaves the ledger usable after a value that JSON cannot carry', async () => {
    const ledger = open();
    const lease = await owning(ledger);
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const wait = newWait('rel-1', { reference: circular });
    await expect(ledger.registerWait(lease, wait)).rejects.toThrow(TypeError);
    expect((await ledger.registerWait(lease, newWait('rel-1'))).phase).toBe('open');
  });

  it.each([
    [`UPDATE endpoints SET lastGood = '{"entity":'`, 'endpoints'],
    [`UPDATE endpoints SET lastGood = '{"entity":1}'`, 'endpoints'],
    [`UPDATE releases SET intent = 'destroy'`, 'releases'],
  ])('says that a row cannot be read rather than guess: %s', async (harm, table) => {
    const ledger = open();
    await owning(ledger);
    const saboteur = new DatabaseSync(path);
    saboteur.exec(harm);
    saboteur.close();
    await expect(dump(ledger)).rejects.toMatchObject({ name: 'LedgerUnavailable', facts: { table } });
  });

  it('refuses a file that a newer program wrote, and leaves it as it is', () => {
    open().shut();
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    const attempt = () => open();
    expect(attempt).toThrow(/newer Headgate.*upgrade Headgate/);
    expect(attempt).toThrow(
      expect.objectContaining({ name: 'ConfigurationInvalid', facts: { found: 99, supported: 2 } }),
    );
  });

  it('refuses a file that an earlier program wrote, whose rows it could not read, and leaves it as it is', () => {
    open().shut();
    const earlier = new DatabaseSync(path);
    earlier.exec('PRAGMA user_version = 1');
    earlier.exec('PRAGMA journal_mode = DELETE');
    const attempt = () => open();
    expect(attempt).toThrow(/schema version 1 .*an earlier Headgate.*version 2.*name another file/);
    expect(attempt).toThrow(
      expect.objectContaining({ name: 'ConfigurationInvalid', facts: { found: 1, supported: 2 } }),
    );
    expect(earlier.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' });
    earlier.close();
  });

  it("refuses a database that is not a ledger, and somebody else's file, without touching them", () => {
    const foreign = join(folder, 'foreign.db');
    const database = new DatabaseSync(foreign);
    database.exec('CREATE TABLE notes (text)');
    expect(() => open(foreign)).toThrow(expect.objectContaining({ name: 'ConfigurationInvalid' }));
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' });
    expect(database.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'notes' }]);
    database.close();
    const letter = join(folder, 'letter.txt');
    writeFileSync(letter, 'Dear ledger, '.repeat(1000));
    expect(() => open(letter)).toThrow(expect.objectContaining({ name: 'ConfigurationInvalid' }));
  });
});

describe('several processes on one SQLite file', () => {
  const script = fileURLToPath(new URL('./ledger-writer.ts', import.meta.url));
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ledger-'));
    path = join(folder, 'ledger.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Lines that the writer said, until it ended or `enough` of them were heard: then it is killed. */
  function writer(task: string, name: string, enough = Number.POSITIVE_INFINITY): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [script, path, task, name], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      let complained = '';
      child.stderr.on('data', (chunk) => {
        complained += chunk;
      });
      child.stdout.on('data', (chunk) => {
        said += chunk;
        if (said.split('\n').length > enough) child.kill('SIGKILL');
      });
      child.on('close', (code, signal) => {
        if (code !== 0 && signal !== 'SIGKILL') reject(new Error(complained));
        else resolve(said.split('\n').slice(0, -1));
      });
    });
  }

  it('creates the file once and lets one process win each claim', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const won = await Promise.all(names.map((name) => writer('claim', name)));
    expect(won.flat().sort()).toEqual(Array.from({ length: 30 }, (_, index) => `endpoint-${10 + index}`));
    const ledger = openSqliteLedger(path);
    for (const row of await ledger.endpoints()) {
      const winner = names.find((_, index) => won[index]?.includes(row.endpoint));
      expect(row).toMatchObject({ epoch: 1, owner: owner(`${winner}-${row.endpoint}`) });
    }
    ledger.shut();
  });

  it('has every line that a process was told is written, however suddenly that process died', async () => {
    const told = await writer('audit', 'a', 50);
    expect(told.length).toBeGreaterThanOrEqual(50);
    const ledger = openSqliteLedger(path);
    const kept: string[] = [];
    for (let page = await ledger.auditTrail(); page.length > 0; ) {
      kept.push(...page.map((row) => row.says));
      page = await ledger.auditTrail({ afterOrder: page.at(-1)?.order ?? 0 });
    }
    expect(kept.slice(0, told.length)).toEqual(told);
    await ledger.adopt('fraud', good('1'));
    ledger.shut();
  });
});
