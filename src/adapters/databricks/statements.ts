import * as z from 'zod';
import { ReleaseError } from '../../contracts/errors.ts';
import { unreadable } from './errors.ts';
import { path } from './http.ts';
import type { Call, Transport } from './transport.ts';
import { present, wireInt, wireText } from './wire.ts';

export interface StatementParameter {
  /** Without the colon of its `:name` marker. */
  readonly name: string;
  readonly value: string | null;
  /** SQL type; the workspace's default is STRING. */
  readonly type?: string;
}

export interface StatementRequest {
  readonly warehouseId: string;
  readonly statement: string;
  readonly parameters: readonly StatementParameter[];
  readonly rowLimit?: number;
  /** How long the workspace may hold its answer back until the statement has ended: 0 (default), or 5 to 50. */
  readonly waitSeconds?: number;
}

/** Column name to text; every type comes as text, or null. */
export type StatementRow = Readonly<Record<string, string | null>>;

export interface StatementRows {
  readonly columns: readonly string[];
  readonly rows: readonly StatementRow[];
  /** The row limit or the workspace's byte limit cut the rows off. */
  readonly truncated: boolean;
}

export interface Statements {
  /**
   * Starts a statement and does not wait for its end unless asked to. Not sent again after a lost answer: the first may be running.
   * @returns the statement's id @throws ReleaseError StatementFailed when it failed at once
   */
  submit(request: StatementRequest): Promise<string>;
  /** All chunks. Repeated after a lost answer. @throws ReleaseError StatementFailed (failed, cancelled or closed) */
  fetchRows(statementId: string): Promise<StatementRows | 'running'>;
  /** Asynchronous, and fine for a statement that has ended. Repeated after a lost answer. */
  cancel(statementId: string): Promise<void>;
}

const outcome = z.looseObject({
  state: z.string(),
  error: z.looseObject({ error_code: wireText, message: wireText }).nullish(),
  sql_state: wireText,
});

const cells = z.array(z.string().nullable());
const chunk = z.looseObject({
  data_array: z.array(cells).nullish(),
  next_chunk_index: wireInt.nullish(),
});

const statementBody = z.looseObject({
  statement_id: z.string().min(1),
  status: outcome,
  manifest: z
    .looseObject({
      schema: z.looseObject({
        columns: z.array(z.looseObject({ name: z.string(), position: wireInt.nullish() })).nullish(),
      }),
      total_row_count: wireInt.nullish(),
      truncated: z.boolean().nullish(),
    })
    .nullish(),
  result: chunk.nullish(),
});
type StatementBody = z.output<typeof statementBody>;

const api = '/api/2.0/sql/statements';

export function createStatements(transport: Transport): Statements {
  return {
    async submit({ warehouseId, statement, parameters, rowLimit, waitSeconds = 0 }) {
      const started = await transport.read(
        {
          method: 'POST',
          path: api,
          body: {
            warehouse_id: warehouseId,
            statement,
            parameters,
            ...present({ row_limit: rowLimit }),
            disposition: 'INLINE',
            format: 'JSON_ARRAY',
            // Whoever needs the rows asks again.
            wait_timeout: `${waitSeconds}s`,
          },
          repeat: 'if-refused',
        },
        statementBody,
      );
      failIfEndedBadly(started, transport);
      return started.statement_id;
    },

    async fetchRows(statementId) {
      const call: Call = {
        method: 'GET',
        path: path`/api/2.0/sql/statements/${statementId}`,
        repeat: 'always',
      };
      const body = await transport.read(call, statementBody);
      failIfEndedBadly(body, transport);
      if (body.status.state !== 'SUCCEEDED') return 'running';
      const { manifest } = body;
      if (!manifest) throw unreadable(call, 'a succeeded statement has no manifest');

      const columns = (manifest.schema.columns ?? [])
        .toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0))
        .map(({ name }) => name);
      if (new Set(columns).size < columns.length) throw unreadable(call, 'two columns have the same name');

      const table = [...(body.result?.data_array ?? [])];
      let last = 0;
      for (let next = body.result?.next_chunk_index; next !== undefined && next !== null; ) {
        if (next <= last) throw unreadable(call, `chunk ${next} is named as the one after chunk ${last}`);
        last = next;
        const part = await transport.read(
          {
            method: 'GET',
            path: path`/api/2.0/sql/statements/${statementId}/result/chunks/${next}`,
            repeat: 'always',
          },
          chunk,
        );
        table.push(...(part.data_array ?? []));
        next = part.next_chunk_index;
      }
      const promised = manifest.total_row_count;
      if (promised !== undefined && promised !== null && promised !== table.length) {
        throw unreadable(call, `${table.length} rows came of ${promised}`);
      }
      return {
        columns,
        rows: table.map((values) => rowOf(columns, values, call)),
        truncated: manifest.truncated ?? false,
      };
    },

    async cancel(statementId) {
      await transport.tell({
        method: 'POST',
        path: path`/api/2.0/sql/statements/${statementId}/cancel`,
        repeat: 'always',
      });
    },
  };
}

function rowOf(columns: readonly string[], values: readonly (string | null)[], call: Call): StatementRow {
  if (values.length !== columns.length) {
    throw unreadable(call, `a row has ${values.length} cells for ${columns.length} columns`);
  }
  return Object.fromEntries(columns.map((column, index) => [column, values[index] ?? null]));
}

/** A failed statement is HTTP 200. States that we do not know count as still running; the asker's deadline bounds them. */
function failIfEndedBadly({ statement_id, status }: StatementBody, transport: Transport): void {
  if (!['FAILED', 'CANCELED', 'CLOSED'].includes(status.state)) return;
  const sqlState = status.sql_state;
  const why = status.error?.message ?? 'the workspace gives no reason';
  const message = `statement ${statement_id} ${status.state}${sqlState ? ` (SQLSTATE ${sqlState})` : ''}: ${why}`;
  throw new ReleaseError('StatementFailed', transport.redact(message).slice(0, 1000), {
    facts: {
      statementId: statement_id,
      state: status.state,
      ...present({ sqlState, errorCode: status.error?.error_code }),
    },
  });
}
