import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { sparkMacros, toDuckSql } from '../../../local/workspace/spark-sql.ts';
import { requestStatement } from '../../../src/adapters/databricks/request-statement.ts';
import type { RequestQuestion } from '../../../src/app/ports/workspace.ts';
import { instant, millis } from '../../../src/domain/units.ts';
import type { Count, LogRow } from './recount.ts';

export const question: RequestQuestion = {
  source: 'callers',
  table: 'prod.serving.callers',
  warehouseId: '0123456789abcdef',
  endpoint: 'fraud',
  baseline: 'fraud-1',
  candidate: 'fraud-2',
  from: instant(0),
  until: instant(600_000),
  span: millis(60_000),
  latency: { widthMs: 100, buckets: 1 },
  stickyClient: null,
  pairs: null,
  readings: null,
};

export const sql = (value: string | number | null) =>
  typeof value === 'string' ? `'${value}'` : String(value ?? 'NULL');

/** What the statement answers about a callers' log that holds `rows`. */
export async function counted(
  rows: readonly LogRow[],
  about: Partial<RequestQuestion> = {},
): Promise<Count[]> {
  const values = rows.map(
    ({ at, entity, code, took, id, client }) =>
      `(make_timestamp(${Math.round(at * 1000)}), ${[entity, code, took, id, client].map(sql).join(', ')})`,
  );
  return run(
    [
      `CREATE TABLE prod.serving.callers (request_time TIMESTAMP, served_model_name VARCHAR, status_code INTEGER,
         duration_ms BIGINT, request_id VARCHAR, who VARCHAR)`,
      `INSERT INTO prod.serving.callers (request_time, served_model_name, status_code, duration_ms, request_id, who)
         VALUES ${values.join(', ')}`,
    ],
    { ...question, ...about },
  );
}

/** What it answers after these statements of DuckDB's. */
export async function run(setUp: readonly string[], about: RequestQuestion): Promise<Count[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return await answered(connection, setUp, about);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function answered(
  connection: DuckDBConnection,
  setUp: readonly string[],
  about: RequestQuestion,
): Promise<Count[]> {
  const macros = sparkMacros.map((macro) => `CREATE MACRO ${macro}`);
  const catalogs = ["ATTACH ':memory:' AS prod", 'CREATE SCHEMA prod.serving'];
  for (const one of [...macros, ...catalogs, ...setUp]) await connection.run(one);
  const { statement, parameters } = requestStatement(about);
  const typed = parameters.map((parameter) => ({ ...parameter, type: parameter.type ?? 'STRING' }));
  const values = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
  const answer = await connection.runAndReadAll(toDuckSql(statement, typed), values);
  return answer.getRowObjects().map((row) => ({
    at: Number(row['window_at']),
    side: String(row['side']),
    requests: Number(row['requests']),
    errors: Number(row['errors']),
    clientErrors: Number(row['client_errors']),
    throttled: Number(row['throttled']),
    buckets: Object.fromEntries(
      String(row['latency'] ?? '')
        .split(',')
        .filter((part) => part !== '')
        .map((part) => part.split(':').map(Number)),
    ),
  }));
}
