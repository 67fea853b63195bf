import { type DuckDBConnection, DuckDBInstance, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import type { DeploymentLog } from './deployments.ts';
import type { Deployment } from './endpoint-record.ts';
import { RequestLog, requestsTable } from './request-log.ts';
import { type StatementParameter, sparkMacros, toDuckSql } from './spark-sql.ts';
import { columnCells, sparkType } from './sql-cells.ts';

export interface Column {
  readonly name: string;
  readonly typeName: string;
  readonly typeText: string;
}

/** A finished query. Each row holds one text or null per column. */
export interface Relation {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface Query {
  readonly statement: string;
  readonly parameters: readonly StatementParameter[];
  readonly catalog?: string | undefined;
  readonly schema?: string | undefined;
  /** The simulator's now: what the tables show and what `current_timestamp()` says. */
  readonly now: number;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const stamp = (at: number): string => `make_timestamp(${Math.round(at * 1000)})`;

/** The workspace's tables on an in-memory DuckDB, and the one place where statements run. */
export class Warehouse implements DeploymentLog {
  readonly requests: RequestLog;
  readonly #instance: DuckDBInstance;
  readonly #owner: DuckDBConnection;
  #pendingRows: string[] = [];
  #written: Promise<void> = Promise.resolve();

  private constructor(instance: DuckDBInstance, owner: DuckDBConnection, requests: RequestLog) {
    this.#instance = instance;
    this.#owner = owner;
    this.requests = requests;
  }

  static async open(): Promise<Warehouse> {
    // One thread: sums of doubles and rows without ORDER BY repeat. No access to the machine's files or network.
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '1',
      enable_external_access: 'false',
    });
    const owner = await instance.connect();
    for (const statement of [
      "ATTACH ':memory:' AS simulator",
      'CREATE SCHEMA simulator.simulator',
      'CREATE SCHEMA simulator.serving',
      requestsTable,
      `CREATE TABLE simulator.simulator.deployments (deployment INTEGER, endpoint_name VARCHAR,
         served_entity_id VARCHAR, served_entity_name VARCHAR, entity_name VARCHAR, entity_version VARCHAR)`,
      `CREATE TABLE simulator.serving.served_entities (served_entity_id VARCHAR, endpoint_name VARCHAR,
         served_entity_name VARCHAR, entity_name VARCHAR, entity_version VARCHAR,
         endpoint_config_version INTEGER, change_time TIMESTAMP)`,
      ...sparkMacros.map((macro) => `CREATE MACRO ${macro}`),
    ]) {
      await owner.run(statement);
    }
    const appender = await owner.createAppender('requests', 'simulator', 'simulator');
    return new Warehouse(instance, owner, new RequestLog(appender));
  }

  deployed(deployment: Deployment): void {
    const { index, endpoint, servedEntityId, spec } = deployment;
    const cells = [endpoint, servedEntityId, spec.name, spec.entityName, spec.entityVersion].map(literal);
    this.#pendingRows.push(
      `INSERT INTO simulator.simulator.deployments VALUES (${index}, ${cells.join(', ')})`,
    );
  }

  activated(deployment: Deployment, configVersion: number, at: number): void {
    const { endpoint, servedEntityId, spec } = deployment;
    const cells = [servedEntityId, endpoint, spec.name, spec.entityName, spec.entityVersion].map(literal);
    this.#pendingRows.push(
      `INSERT INTO simulator.serving.served_entities VALUES (${cells.join(', ')}, ${configVersion}, ${stamp(at)})`,
    );
  }

  /** The log that the callers keep themselves: complete, and there at once. Nobody is named who did not answer. */
  async createCallerLog(catalog: string, schema: string): Promise<void> {
    await this.#createView(
      catalog,
      schema,
      'caller_requests',
      `SELECT make_timestamp(r.at_us) AS request_time, 'caller-' || r.endpoint || '-' || r.sequence AS request_id,
         CASE WHEN r.http_code <> 0 THEN d.served_entity_name END AS served_model_name,
         r.http_code AS status_code, r.duration_ms AS duration_ms, r.endpoint AS endpoint_name,
         'client-' || r.client AS client_id
       FROM simulator.simulator.requests r LEFT JOIN simulator.simulator.deployments d USING (deployment)
       WHERE r.from_callers`,
    );
  }

  /** An endpoint's inference table: best effort, and late. A repeated call changes nothing. */
  async createPayloadTable(catalog: string, schema: string, table: string, endpoint: string): Promise<void> {
    // The amount is the model's only input, and a right answer is `amount > 900`, so quality can be read back.
    const amount = '(hash(r.endpoint, r.sequence) % 100000) / 100.0';
    await this.#createView(
      catalog,
      schema,
      table,
      `SELECT md5(r.endpoint || '/' || r.from_callers || '/' || r.sequence) AS databricks_request_id,
         CAST(make_timestamp(r.at_us) AS DATE) AS request_date,
         CASE WHEN r.from_callers THEN 'caller-' || r.endpoint || '-' || r.sequence ELSE r.client_request_id END
           AS client_request_id,
         make_timestamp(r.at_us) AS request_time, r.http_code AS status_code,
         CAST(1 AS DOUBLE) AS sampling_fraction, r.duration_ms AS execution_duration_ms,
         CASE WHEN r.from_callers THEN '{"dataframe_records":[{"amount":' || ${amount} || '}]}' ELSE r.request END
           AS request,
         CASE WHEN NOT r.from_callers THEN r.response
           WHEN r.http_code <> 200 THEN '{"error_code":"BAD_REQUEST","message":"Encountered an unexpected error while evaluating the model."}'
           ELSE '{"predictions":[' || CAST((${amount} > 900) = r.correct AS INTEGER) || ']}' END AS response,
         CAST([] AS VARCHAR[]) AS logging_error_codes, d.served_entity_id AS served_entity_id,
         CASE WHEN r.from_callers THEN 'callers' ELSE 'api' END AS requester
       FROM simulator.simulator.requests r JOIN simulator.simulator.deployments d USING (deployment)
       WHERE r.endpoint = ${literal(endpoint)} AND r.visible_us <= getvariable('sim_now_us')`,
    );
  }

  /** Runs one statement of the public API. Rejects with DuckDB's error. */
  async query(query: Query): Promise<Relation> {
    await this.flush();
    const connection = await this.#instance.connect();
    try {
      await connection.run(`SET VARIABLE sim_now_us = ${Math.floor(query.now * 1000)}`);
      if (query.catalog || query.schema) {
        const place = `${quoted(query.catalog ?? 'memory')}.${quoted(query.schema ?? 'main')}`;
        await connection.run(`SET search_path = ${literal(`${place},memory.main`)}`);
      }
      const values = Object.fromEntries(query.parameters.map(({ name, value }) => [name, value]));
      const sql = toDuckSql(query.statement, query.parameters);
      const reader = await connection.runAndReadAll(sql, values);
      return relationOf(reader.columnNames(), reader.columnTypes(), reader.getColumns());
    } finally {
      connection.closeSync();
    }
  }

  /** Everything that has happened is in the tables afterwards. */
  async flush(): Promise<void> {
    this.requests.flush();
    const rows = this.#pendingRows;
    this.#pendingRows = [];
    // In one line behind each other: a second reader must not overtake the rows that the first one took.
    this.#written = this.#written.then(async () => {
      if (rows.length > 0) await this.#owner.run(rows.join(';\n'));
    });
    await this.#written;
  }

  close(): void {
    this.requests.close();
    this.#owner.closeSync();
    this.#instance.closeSync();
  }

  async #createView(catalog: string, schema: string, name: string, select: string): Promise<void> {
    await this.#owner.run(`ATTACH IF NOT EXISTS ':memory:' AS ${quoted(catalog)}`);
    await this.#owner.run(`CREATE SCHEMA IF NOT EXISTS ${quoted(catalog)}.${quoted(schema)}`);
    const view = `${quoted(catalog)}.${quoted(schema)}.${quoted(name)}`;
    await this.#owner.run(`CREATE OR REPLACE VIEW ${view} AS ${select}`);
  }
}

function relationOf(
  names: readonly string[],
  types: readonly DuckDBType[],
  values: readonly (readonly DuckDBValue[])[],
): Relation {
  const columns = types.map((type, i) => {
    const { name: typeName, text: typeText } = sparkType(type);
    return { name: names[i] ?? '', typeName, typeText };
  });
  const cells = types.map((type, i) => columnCells(type, values[i] ?? []));
  const count = cells[0]?.length ?? 0;
  return { columns, rows: Array.from({ length: count }, (_, row) => cells.map((cell) => cell[row] ?? null)) };
}
