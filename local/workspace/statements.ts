import type { Clock } from '../../src/app/ports/clock.ts';
import { type JsonObject, objectsOf, textOf } from './json.ts';
import type { Profile } from './profile.ts';
import { type Chance, chance } from './random.ts';
import { invalidParameter, Refusal } from './refusal.ts';
import { duckType, type StatementParameter } from './spark-sql.ts';
import { type SqlFailure, sqlFailure } from './sql-failure.ts';
import type { Relation, Warehouse } from './warehouse.ts';

interface Statement {
  readonly id: string;
  readonly submittedAt: number;
  /** When the answer shows. */
  readyAt: number;
  readonly answer: { kind: 'relation'; relation: Relation; truncated: boolean } | SqlFailure;
  cancelled: boolean;
}

/** Rows per chunk; an assumption, the real one goes by bytes. */
const chunkRows = 10_000;
/** How long an answer can be fetched again; an assumption. */
const keptMs = 3_600_000;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The SQL Statement Execution API. A statement runs when it is submitted, and its answer shows once its seeded
 * virtual duration is over, or at once where the caller is ready to wait that long.
 */
export class Statements {
  readonly #warehouse: Warehouse;
  readonly #clock: Clock;
  readonly #profile: Profile;
  readonly #durations: Chance;
  readonly #ids: Chance;
  readonly #statements = new Map<string, Statement>();

  constructor(warehouse: Warehouse, profile: Profile, clock: Clock, seed: number) {
    this.#warehouse = warehouse;
    this.#profile = profile;
    this.#clock = clock;
    this.#durations = chance(seed, 'statement-durations');
    this.#ids = chance(seed, 'statement-ids');
  }

  /** @throws Refusal for a body that the API refuses; a SQL error is a FAILED answer instead. */
  async submit(body: JsonObject): Promise<JsonObject> {
    const text = textOf(body['statement']);
    if (!text) throw invalidParameter('statement must be set.');
    this.#checkWarehouse(body['warehouse_id']);
    const waitMs = waitOf(body['wait_timeout']);
    checkDisposition(body);
    const parameters = objectsOf(body['parameters']).map(parameterOf);
    const now = this.#clock.now();
    const statement: Statement = {
      id: this.#ids.uuid(),
      submittedAt: now,
      readyAt: now + Math.round(this.#durations.between(this.#profile.timings.statement)),
      answer: await this.#run(text, parameters, body, now),
      cancelled: false,
    };
    this.#forget(now - keptMs);
    this.#statements.set(statement.id, statement);
    // A caller that waits long enough is answered now: a server must not let virtual time pass.
    if (statement.readyAt - now <= waitMs) statement.readyAt = now;
    else if (body['on_wait_timeout'] === 'CANCEL') statement.cancelled = true;
    return this.#describe(statement);
  }

  get(id: string): JsonObject {
    return this.#describe(this.#find(id));
  }

  cancel(id: string): void {
    const statement = this.#find(id);
    if (this.#clock.now() < statement.readyAt) statement.cancelled = true;
  }

  chunk(id: string, index: number): JsonObject {
    const statement = this.#find(id);
    const { answer } = statement;
    if (answer.kind !== 'relation' || this.#clock.now() < statement.readyAt || statement.cancelled) {
      throw invalidParameter(`The statement ${id} has no result.`);
    }
    const count = chunkCount(answer.relation);
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw invalidParameter(`The chunk_index ${index} is out of bounds.`);
    }
    return chunkBody(statement.id, answer.relation, index);
  }

  async #run(
    text: string,
    parameters: readonly StatementParameter[],
    body: JsonObject,
    now: number,
  ): Promise<Statement['answer']> {
    try {
      const relation = await this.#warehouse.query({
        statement: text,
        parameters,
        catalog: textOf(body['catalog']),
        schema: textOf(body['schema']),
        now,
      });
      const limit = Number(body['row_limit'] ?? Number.POSITIVE_INFINITY);
      const truncated = relation.rows.length > limit;
      return {
        kind: 'relation',
        truncated,
        relation: truncated ? { ...relation, rows: relation.rows.slice(0, limit) } : relation,
      };
    } catch (error) {
      return sqlFailure(error);
    }
  }

  #describe(statement: Statement): JsonObject {
    if (statement.cancelled) return { statement_id: statement.id, status: { state: 'CANCELED' } };
    const now = this.#clock.now();
    if (now >= statement.readyAt) return this.#shown(statement);
    return {
      statement_id: statement.id,
      status: { state: now > statement.submittedAt ? 'RUNNING' : 'PENDING' },
    };
  }

  #shown(statement: Statement): JsonObject {
    const { answer, id } = statement;
    if (answer.kind === 'failure') {
      const { sqlState, message } = answer;
      return {
        statement_id: id,
        status: { state: 'FAILED', error: { error_code: 'BAD_REQUEST', message }, sql_state: sqlState },
      };
    }
    const { relation, truncated } = answer;
    return {
      statement_id: id,
      status: { state: 'SUCCEEDED' },
      manifest: manifestOf(relation, truncated),
      result: relation.rows.length === 0 ? {} : chunkBody(id, relation, 0),
    };
  }

  #forget(before: number): void {
    for (const [id, { submittedAt }] of this.#statements) {
      if (submittedAt < before) this.#statements.delete(id);
    }
  }

  #find(id: string): Statement {
    if (!uuid.test(id)) throw invalidParameter('Error while parsing type: statement_id.');
    const found = this.#statements.get(id);
    if (!found) throw new Refusal(404, 'NOT_FOUND', `The statement ${id} was not found.`);
    return found;
  }

  #checkWarehouse(given: unknown): void {
    if (typeof given !== 'string' || given === '') {
      throw new Refusal(400, 'BAD_REQUEST', 'warehouse_id must be set.');
    }
    if (!/^[0-9a-f]{16}$/.test(given)) {
      throw invalidParameter(`${given} is not a valid endpoint id.`);
    }
    if (!this.#profile.warehouses.includes(given)) {
      throw new Refusal(
        403,
        'PERMISSION_DENIED',
        'You do not have permission to use the SQL Warehouse. Please contact your administrator.',
      );
    }
  }
}

/** `wait_timeout` in milliseconds; absent means 10 s. */
function waitOf(given: unknown): number {
  const [, digits] = /^(\d+)s$/.exec(typeof given === 'string' ? given : '10s') ?? [];
  const seconds = Number(digits);
  if (seconds === 0 || (seconds >= 5 && seconds <= 50)) return seconds * 1000;
  throw invalidParameter(
    'The wait_timeout field must be 0 seconds (disables wait), or between 5 seconds and 50 seconds.',
  );
}

function checkDisposition(body: JsonObject): void {
  if (body['disposition'] === 'EXTERNAL_LINKS') {
    throw new Refusal(501, 'NOT_IMPLEMENTED', 'The simulator answers INLINE only.');
  }
  if (body['format'] === 'ARROW_STREAM' || body['format'] === 'CSV') {
    throw invalidParameter(
      'Incompatible parameters: The format field must be JSON_ARRAY when the disposition field is INLINE.',
    );
  }
}

function parameterOf(given: JsonObject): StatementParameter {
  const name = textOf(given['name']);
  const type = textOf(given['type']) ?? 'STRING';
  if (!name) throw invalidParameter('A parameter must have a name.');
  if (duckType(type) === undefined) throw invalidParameter(`Unsupported parameter type ${type}.`);
  const value = given['value'];
  if (value !== undefined && value !== null && (typeof value === 'object' || typeof value === 'function')) {
    throw invalidParameter(`The value of parameter ${name} must be a string.`);
  }
  return { name, type, value: value === undefined || value === null ? null : String(value) };
}

const chunkCount = (relation: Relation): number => Math.ceil(relation.rows.length / chunkRows);

function manifestOf(relation: Relation, truncated: boolean): JsonObject {
  return {
    format: 'JSON_ARRAY',
    schema: {
      column_count: relation.columns.length,
      columns: relation.columns.map(({ name, typeName, typeText }, position) => ({
        name,
        position,
        type_name: typeName,
        type_text: typeText,
      })),
    },
    total_chunk_count: chunkCount(relation),
    chunks: Array.from({ length: chunkCount(relation) }, (_, index) => ({
      chunk_index: index,
      row_offset: index * chunkRows,
      row_count: Math.min(chunkRows, relation.rows.length - index * chunkRows),
    })),
    total_row_count: relation.rows.length,
    truncated,
  };
}

function chunkBody(id: string, relation: Relation, index: number): JsonObject {
  const rows = relation.rows.slice(index * chunkRows, (index + 1) * chunkRows);
  const next = index + 1;
  return {
    chunk_index: index,
    row_offset: index * chunkRows,
    row_count: rows.length,
    data_array: rows,
    ...(next < chunkCount(relation)
      ? {
          next_chunk_index: next,
          next_chunk_internal_link: `/api/2.0/sql/statements/${id}/result/chunks/${next}`,
        }
      : {}),
  };
}
