import { createHash } from 'node:crypto';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { reservePrivateDatabase } from '../../src/adapters/local/private-database.ts';
import type { Instant } from '../../src/domain/units.ts';
import type { HistoryEvent } from './history.ts';
import type { JsonValue } from './json.ts';
import { MachineError } from './machine-error.ts';
import type { ExecutionStatus, Position } from './position.ts';

/** One execution as it is stored. Times are in milliseconds since 1970. */
export interface ExecutionRow {
  readonly arn: string;
  readonly machine: string;
  readonly name: string;
  /** Digest of the definition it was started with, and runs on until it closes. */
  readonly definition: string;
  readonly input: JsonValue;
  readonly startDate: Instant;
  readonly status: ExecutionStatus;
  readonly output: JsonValue | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly stopDate: Instant | undefined;
  readonly redriveCount: number;
  readonly redriveDate: Instant | undefined;
  /** When the machine's own TimeoutSeconds ends it. */
  readonly timeoutAt: Instant | undefined;
  readonly lastEvent: number;
  /** Kept after the close: a redrive goes on from here. */
  readonly position: Position;
}

/** What an execution that runs has in the place of an end. */
export const NOT_CLOSED = {
  status: 'RUNNING',
  output: undefined,
  error: undefined,
  cause: undefined,
  stopDate: undefined,
} as const;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS definition (digest TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS execution (
    arn TEXT PRIMARY KEY, machine TEXT NOT NULL, status TEXT NOT NULL, start_date REAL NOT NULL,
    fixed TEXT NOT NULL, changing TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS execution_by_status ON execution (status, machine, start_date);
  CREATE TABLE IF NOT EXISTS event (
    arn TEXT NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (arn, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS token (token TEXT PRIMARY KEY, arn TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/** The engine's file. It belongs to one engine at a time; `:memory:` lives as long as the object. */
export class Store {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  /** @throws MachineError `StoreInUse` when another engine has the file open. */
  constructor(path: string) {
    // Task tokens and everything that a state was given are in it.
    if (path !== ':memory:') reservePrivateDatabase(path);
    this.#database = new DatabaseSync(path);
    try {
      // EXCLUSIVE: two engines on one file would both run its executions. FULL: a transition that was acknowledged
      // survives the machine, not only the process.
      this.#database.exec(
        'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;',
      );
      this.#database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    } catch (error) {
      this.#database.close();
      if (error instanceof Error && /locked|busy/i.test(error.message)) {
        throw new MachineError('StoreInUse', `${path} is open in another engine`, { cause: error });
      }
      throw error;
    }
  }

  /** Runs `work`, which writes; all of it is kept, or none. */
  transaction(work: () => void): void {
    this.#run('BEGIN IMMEDIATE');
    try {
      work();
      this.#run('COMMIT');
    } catch (error) {
      this.#run('ROLLBACK');
      throw error;
    }
  }

  /** @returns the digest to find the definition by. */
  keepDefinition(definition: unknown): string {
    const body = JSON.stringify(definition);
    const digest = createHash('sha256').update(body).digest('hex');
    this.#run('INSERT INTO definition (digest, body) VALUES (?, ?) ON CONFLICT DO NOTHING', digest, body);
    return digest;
  }

  definition(digest: string): unknown {
    return parsed(this.#row('SELECT body FROM definition WHERE digest = ?', digest)?.['body']);
  }

  insertExecution(row: ExecutionRow): void {
    this.#run(
      'INSERT INTO execution (arn, machine, status, start_date, fixed, changing) VALUES (?, ?, ?, ?, ?, ?)',
      row.arn,
      row.machine,
      row.status,
      row.startDate,
      JSON.stringify(fixedPart(row)),
      JSON.stringify(changingPart(row)),
    );
  }

  updateExecution(row: ExecutionRow): void {
    this.#run(
      'UPDATE execution SET status = ?, changing = ? WHERE arn = ?',
      row.status,
      JSON.stringify(changingPart(row)),
      row.arn,
    );
  }

  execution(arn: string): ExecutionRow | undefined {
    const row = this.#row('SELECT status, fixed, changing FROM execution WHERE arn = ?', arn);
    return row === undefined ? undefined : executionOf(row);
  }

  /** Newest first, as ListExecutions has them. */
  executions(filter: { machine?: string | undefined; status?: ExecutionStatus | undefined }): ExecutionRow[] {
    return this.#statement(
      `SELECT status, fixed, changing FROM execution
       WHERE (:machine IS NULL OR machine = :machine) AND (:status IS NULL OR status = :status)
       ORDER BY start_date DESC, arn`,
    )
      .all({ machine: filter.machine ?? null, status: filter.status ?? null })
      .map(executionOf);
  }

  appendEvents(arn: string, events: readonly HistoryEvent[]): void {
    for (const event of events) {
      this.#run('INSERT INTO event (arn, id, body) VALUES (?, ?, ?)', arn, event.id, JSON.stringify(event));
    }
  }

  events(arn: string): HistoryEvent[] {
    return this.#statement('SELECT body FROM event WHERE arn = ? ORDER BY id')
      .all(arn)
      .map((row) => parsed(row['body']));
  }

  keepToken(token: string, arn: string): void {
    this.#run('INSERT INTO token (token, arn) VALUES (?, ?)', token, arn);
  }

  /**
   * The execution that a token was made for; undefined for a token that was never made. It is open as long as the
   * execution's position holds it.
   */
  tokenOwner(token: string): string | undefined {
    const row = this.#row('SELECT arn FROM token WHERE token = ?', token);
    return row === undefined ? undefined : String(row['arn']);
  }

  close(): void {
    this.#database.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#statement(sql).run(...values);
  }

  #row(sql: string, key: string): Row | undefined {
    return this.#statement(sql).get(key);
  }
}

type Row = Record<string, SQLOutputValue>;

// What an execution is stays in `fixed`; only `changing` is written again at each transition.
const fixedPart = ({ arn, machine, name, definition, input, startDate }: ExecutionRow) => ({
  arn,
  machine,
  name,
  definition,
  input,
  startDate,
});

function changingPart(row: ExecutionRow) {
  const { output, error, cause, stopDate, redriveCount, redriveDate, timeoutAt, lastEvent, position } = row;
  return { output, error, cause, stopDate, redriveCount, redriveDate, timeoutAt, lastEvent, position };
}

const executionOf = (row: Row): ExecutionRow => ({
  ...parsed(row['fixed']),
  ...parsed(row['changing']),
  status: row['status'],
});

/** What this class has written itself, and so need not check. */
function parsed(text: SQLOutputValue | undefined) {
  if (typeof text !== 'string') throw new TypeError('The store has no such text.');
  return JSON.parse(text);
}
