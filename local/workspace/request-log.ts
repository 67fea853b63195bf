import { BIGINT, BOOLEAN, type DuckDBAppender, DuckDBDataChunk, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { Deployment } from './endpoint-record.ts';

/** One request to an endpoint. Times are virtual milliseconds. */
export interface RequestRow {
  readonly at: number;
  readonly endpoint: string;
  readonly sequence: number;
  /** Undefined when the endpoint could not answer at all. */
  readonly deployment: Deployment | undefined;
  readonly httpCode: number;
  readonly durationMs: number;
  readonly correct: boolean;
  /** When the payload table shows it; undefined means never. */
  readonly visibleAt: number | undefined;
  /** Which of the callers sent it, where they are told apart. */
  readonly client?: number | undefined;
  /** Traffic of the endpoint's own callers, who keep a log. Anything else came in over HTTP. */
  readonly fromCallers: boolean;
  readonly clientRequestId?: string | undefined;
  readonly request?: string | undefined;
  readonly response?: string | undefined;
}

const columns = [
  BIGINT,
  VARCHAR,
  BIGINT,
  INTEGER,
  INTEGER,
  BIGINT,
  BOOLEAN,
  BIGINT,
  BOOLEAN,
  VARCHAR,
  VARCHAR,
  VARCHAR,
  INTEGER,
];
/** DuckDB's vector size: the most rows that one chunk may hold. */
const chunkRows = 2048;

export const requestsTable = `CREATE TABLE simulator.simulator.requests (
  at_us BIGINT, endpoint VARCHAR, sequence BIGINT, deployment INTEGER, http_code INTEGER, duration_ms BIGINT,
  correct BOOLEAN, visible_us BIGINT, from_callers BOOLEAN, client_request_id VARCHAR, request VARCHAR, response VARCHAR,
  client INTEGER)`;

const micros = (at: number): bigint => BigInt(Math.round(at * 1000));

/** Rows wait here by the chunk, and go into the warehouse before anything reads. */
export class RequestLog {
  readonly #appender: DuckDBAppender;
  #waiting: RequestRow[] = [];

  constructor(appender: DuckDBAppender) {
    this.#appender = appender;
  }

  append(row: RequestRow): void {
    this.#waiting.push(row);
    if (this.#waiting.length === chunkRows) this.#write();
  }

  /** After this, every appended row can be read by SQL. */
  flush(): void {
    this.#write();
    this.#appender.flushSync();
  }

  close(): void {
    this.#appender.closeSync();
  }

  #write(): void {
    const rows = this.#waiting;
    if (rows.length === 0) return;
    this.#waiting = [];
    const chunk = DuckDBDataChunk.create(columns, rows.length);
    chunk.setColumns([
      rows.map((row) => micros(row.at)),
      rows.map((row) => row.endpoint),
      rows.map((row) => BigInt(row.sequence)),
      rows.map((row) => row.deployment?.index ?? -1),
      rows.map((row) => row.httpCode),
      rows.map((row) => BigInt(row.durationMs)),
      rows.map((row) => row.correct),
      rows.map((row) => (row.visibleAt === undefined ? null : micros(row.visibleAt))),
      rows.map((row) => row.fromCallers),
      rows.map((row) => row.clientRequestId ?? null),
      rows.map((row) => row.request ?? null),
      rows.map((row) => row.response ?? null),
      rows.map((row) => row.client ?? null),
    ]);
    this.#appender.appendDataChunk(chunk);
  }
}
