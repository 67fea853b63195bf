import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sparkMacros, toDuckSql } from '../../../local/workspace/spark-sql.ts';
import { requestStatement } from '../../../src/adapters/databricks/request-statement.ts';
import type { RequestQuestion } from '../../../src/app/ports/workspace.ts';
import { instant, millis } from '../../../src/domain/units.ts';

const question: RequestQuestion = {
  source: 'callers',
  table: 'prod.serving.callers',
  warehouseId: '0123456789abcdef',
  endpoint: 'fraud',
  baseline: 'fraud-1',
  candidate: 'fraud-2',
  from: instant(0),
  until: instant(600_000),
  span: millis(60_000),
  slowAbove: millis(100),
};

/** A caller's row: when in ms, entity, code, duration in ms, request id. */
type Row = readonly [number, string | null, number | null, number | null, (string | null)?];

/** The rows of the answer, all cells as numbers, of a log that holds `rows`. */
async function counted(rows: readonly Row[], about: Partial<RequestQuestion> = {}): Promise<number[][]> {
  const sql = (value: string | number | null | undefined) =>
    typeof value === 'string' ? `'${value}'` : String(value ?? 'NULL');
  const values = rows.map(
    ([at, ...rest]) =>
      `(make_timestamp(${Math.round(at * 1000)}), ${[...rest, ...(rest.length === 3 ? [null] : [])].map(sql).join(', ')})`,
  );
  return run(
    [
      `CREATE TABLE prod.serving.callers (request_time TIMESTAMP, served_model_name VARCHAR, status_code INTEGER,
         duration_ms BIGINT, request_id VARCHAR)`,
      `INSERT INTO prod.serving.callers VALUES ${values.join(', ')}`,
    ],
    { ...question, ...about },
  );
}

async function run(setUp: readonly string[], about: RequestQuestion): Promise<number[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  const macros = sparkMacros.map((macro) => `CREATE MACRO ${macro}`);
  const catalogs = ["ATTACH ':memory:' AS prod", 'CREATE SCHEMA prod.serving'];
  for (const one of [...macros, ...catalogs, ...setUp]) await connection.run(one);
  const { statement, parameters } = requestStatement(about);
  const typed = parameters.map((parameter) => ({ ...parameter, type: parameter.type ?? 'STRING' }));
  const values = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
  const answer = await connection.runAndReadAll(toDuckSql(statement, typed), values);
  return answer.getRows().map((row) => row.map(Number));
}

describe('the question about live requests', () => {
  it('counts 5xx, 0 and no code as errors, other 4xx as requests, and 401, 403 and 429 not at all', async () => {
    const codes = [200, 400, 404, 422, 401, 403, 429, 500, 503, 0, null];
    const rows = codes.map((code): Row => [1, 'fraud-2', code, 10]);
    expect(await counted(rows)).toEqual([[0, 0, 0, 0, 8, 4, 4]]);
  });

  it('counts as slow what took longer, what failed and what was not measured', async () => {
    const rows: Row[] = [
      [1, 'fraud-1', 200, 100],
      [1, 'fraud-1', 200, 101],
      [1, 'fraud-1', 500, 1],
      [1, 'fraud-1', 500, 500],
      [1, 'fraud-1', 200, null],
    ];
    expect(await counted(rows)).toEqual([[0, 5, 2, 4, 0, 0, 0]]);
  });

  it('leaves out our own probes, other entities and requests that nobody answered', async () => {
    const rows: Row[] = [
      [1, 'fraud-1', 200, 1, 'headgate-r-1'],
      [1, 'fraud-1', 200, 1, 'shop-headgate-1'],
      [1, 'fraud-1', 200, 1, null],
      [1, 'fraud-9', 200, 1, 'x'],
      [1, null, 404, 1, 'x'],
    ];
    expect(await counted(rows)).toEqual([[0, 2, 0, 0, 0, 0, 0]]);
  });

  it('puts a request into the window that it began in, and takes the first instant but not the last', async () => {
    const at = (...times: number[]) => times.map((time): Row => [time, 'fraud-2', 200, 1]);
    const rows = at(59_999.999, 60_000, 119_999, 120_000, 179_999.9, 180_000);
    const about = { from: instant(60_000), until: instant(180_000) };
    expect((await counted(rows, about)).map(([window, , , , requests]) => [window, requests])).toEqual([
      [60_000, 2],
      [120_000, 2],
    ]);
  });

  it('counts a payload row once, however many configuration versions its entity has been in', async () => {
    const system = (id: string, endpoint: string, entity: string) =>
      `INSERT INTO simulator.serving.served_entities VALUES ('${id}', '${endpoint}', '${entity}')`;
    const row = (id: string, code: number, clientId: string) =>
      `INSERT INTO prod.serving.payload VALUES
         (DATE '1970-01-01', make_timestamp(1000), '${id}', ${code}, 10, '${clientId}')`;
    const setUp = [
      "ATTACH ':memory:' AS simulator",
      'CREATE SCHEMA simulator.serving',
      `CREATE TABLE simulator.serving.served_entities
         (served_entity_id VARCHAR, endpoint_name VARCHAR, served_entity_name VARCHAR)`,
      `CREATE TABLE prod.serving.payload (request_date DATE, request_time TIMESTAMP, served_entity_id VARCHAR,
         status_code INTEGER, execution_duration_ms BIGINT, client_request_id VARCHAR)`,
      ...Array.from({ length: 3 }, () => system('b', 'fraud', 'fraud-1')),
      system('c', 'fraud', 'fraud-2'),
      system('other', 'other-endpoint', 'fraud-2'),
      // One id under two names cannot be told: it counts for neither.
      system('twoNames', 'fraud', 'fraud-1'),
      system('twoNames', 'fraud', 'fraud-2'),
      row('b', 200, 'x'),
      row('b', 500, 'x'),
      row('b', 200, 'headgate-1'),
      row('c', 500, 'x'),
      row('other', 500, 'x'),
      row('twoNames', 500, 'x'),
    ];
    const about = { ...question, source: 'payloadTable', table: 'prod.serving.payload' } as const;
    expect(await run(setUp, about)).toEqual([[0, 2, 1, 1, 1, 1, 1]]);
  });
});
