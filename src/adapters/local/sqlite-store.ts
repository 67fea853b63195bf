import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { isReleaseError, ReleaseError } from '../../contracts/errors.ts';
import { reservePrivateDatabase } from './private-database.ts';
import { applicationId, schemaVersion, tables } from './sqlite-schema.ts';

export type Row = Readonly<Record<string, unknown>>;
/** Named values of a statement, as `:name` in its text. */
export type Values = Readonly<Record<string, SQLInputValue>>;

const busyTimeoutMs = 5000;
/** Result codes of SQLite (sqlite.org/rescode.html). */
const sqliteBusy = 5;
const sqliteNotADatabase = 26;

/**
 * One SQLite file with the ledger's tables, or `:memory:`. Several processes may have it open at once: a write
 * takes SQLite's lock before it reads, so the conditions it checks still hold when it commits.
 */
export class SqliteStore {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @throws ReleaseError `LedgerUnavailable`; `ConfigurationInvalid` when the file is not a ledger this program can read. */
  constructor(path: string) {
    this.#path = path;
    this.#database = this.#answered(() => open(path));
    try {
      // First, so that a file which is not ours is refused before anything in it is changed.
      this.write(() => prepareTables(this.#database, path));
      this.#answered(() => configure(this.#database));
    } catch (error) {
      this.#database.close();
      if (isReleaseError(error) && errcodeOf(error.cause) === sqliteNotADatabase)
        throw notALedger(path, error.cause);
      throw error;
    }
  }

  /** All of `work` or nothing, alone among all writers of the file. */
  write<T>(work: () => T): T {
    return this.#answered(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const answer = work();
        this.#database.exec('COMMIT');
        return answer;
      } catch (error) {
        // SQLite rolls back by itself where the disk is full or broken.
        if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** What `work` reads is one moment of the file. */
  read<T>(work: () => T): T {
    return this.#answered(() => {
      this.#database.exec('BEGIN');
      try {
        return work();
      } finally {
        if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
      }
    });
  }

  row(sql: string, values: Values = {}): Row | undefined {
    return this.#statement(sql).get(values);
  }

  rows(sql: string, values: Values = {}): Row[] {
    return this.#statement(sql).all(values);
  }

  /** @returns The number of rows that were changed. */
  run(sql: string, values: Values = {}): number {
    return Number(this.#statement(sql).run(values).changes);
  }

  /** Afterwards every call is answered by `LedgerUnavailable`. Idempotent. */
  shut(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const prepared = this.#database.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }

  #answered<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof ReleaseError || !isStoreFailure(error)) throw error;
      throw new ReleaseError('LedgerUnavailable', `the ledger ${this.#path}: ${error.message}`, {
        cause: error,
      });
    }
  }
}

/** SQLite's own errors, a database that was closed, and the file system's answers when the file is opened. */
function isStoreFailure(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return error.code === 'ERR_SQLITE_ERROR' || error.code === 'ERR_INVALID_STATE' || 'syscall' in error;
}

function open(path: string): DatabaseSync {
  if (path !== ':memory:') {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Task tokens are in it.
    reservePrivateDatabase(path);
  }
  return new DatabaseSync(path, { timeout: busyTimeoutMs });
}

function configure(database: DatabaseSync): void {
  // The first change to WAL needs the file alone and does not always honour the busy timeout:
  // 50 tries, 20 ms apart, give another process 1 s to finish creating the tables.
  for (let tries = 1; ; tries += 1) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      break;
    } catch (error) {
      if (tries === 50 || errcodeOf(error) !== sqliteBusy) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
  // FULL: what was committed survives a loss of power, so an answer given is never taken back.
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA trusted_schema = OFF');
}

function prepareTables(database: DatabaseSync, path: string): void {
  const pragma = (name: string): unknown => database.prepare(`PRAGMA ${name}`).get()?.[name];
  const version = pragma('user_version');
  const owner = pragma('application_id');
  const empty = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'] === 0;
  if (empty && version === 0 && owner === 0) {
    database.exec(tables);
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    return;
  }
  if (owner !== applicationId) throw notALedger(path);
  if (version === schemaVersion) return;
  const newer = typeof version !== 'number' || version > schemaVersion;
  throw new ReleaseError(
    'ConfigurationInvalid',
    `the ledger ${path} has schema version ${version} and was written by ${newer ? 'a newer' : 'an earlier'} Headgate; ` +
      `this one reads version ${schemaVersion}: ${newer ? 'upgrade Headgate, or' : 'end what runs with that one, then'} ` +
      'name another file',
    { facts: { found: version, supported: schemaVersion } },
  );
}

function notALedger(path: string, cause?: unknown): ReleaseError {
  return new ReleaseError('ConfigurationInvalid', `${path} is not a Headgate ledger; name another file`, {
    cause,
  });
}

function errcodeOf(error: unknown): unknown {
  return error instanceof Error && 'errcode' in error ? error.errcode : undefined;
}
