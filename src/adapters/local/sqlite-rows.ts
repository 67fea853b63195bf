import type { SQLInputValue } from 'node:sqlite';
import * as z from 'zod';
import type { EndpointRow } from '../../app/ports/ledger.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { instant } from '../../domain/units.ts';
import type { Row, Values } from './sqlite-store.ts';

/** A stored row is not trusted: the file may have been edited, or written by a defect. */
export function parseRow<Schema extends z.ZodType>(
  schema: Schema,
  table: string,
  row: Row,
): z.output<Schema> {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  throw new ReleaseError(
    'LedgerUnavailable',
    `a row of the ledger's table ${table} cannot be read: ${z.prettifyError(parsed.error)}`,
    { cause: parsed.error, facts: { table } },
  );
}

export const parseRows = <Schema extends z.ZodType>(schema: Schema, table: string, rows: readonly Row[]) =>
  rows.map((row) => parseRow(schema, table, row));

/** A column of JSON text. */
export function json<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

export const moment = z.number().transform(instant);
export const flag = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1);

export const evidenceRef = z.object({ ref: z.string(), digest: z.string(), summary: z.string() });
export const outcome = z.object({
  kind: z.enum(['promoted', 'restored', 'rolledBack', 'rejected', 'superseded']),
  says: z.string(),
});
const goodConfiguration = z.object({
  configuration: evidenceRef,
  entity: z.string(),
  version: z.string(),
  verifiedAt: moment,
});
const writeIntent = z.object({
  direction: z.enum(['forward', 'restore']),
  purpose: z.string(),
  desired: evidenceRef,
  before: evidenceRef,
  candidateShare: z.number(),
  at: moment,
});

/** Also judges the row as a whole: it has an owner exactly while it is not closed. */
export const endpointRow = z
  .object({
    endpoint: z.string(),
    epoch: z.int().nonnegative(),
    phase: z.enum(['closed', 'forward', 'restoring']),
    releaseId: z.string().nullable(),
    executionArn: z.string().nullable(),
    lastGood: json(goodConfiguration).nullable(),
    previousGood: json(goodConfiguration).nullable(),
    target: json(goodConfiguration).nullable(),
    intent: json(writeIntent).nullable(),
    exposed: flag,
  })
  .transform(({ releaseId, executionArn, ...row }, context): EndpointRow => {
    const owner = releaseId !== null && executionArn !== null ? { releaseId, executionArn } : null;
    if ((owner === null) !== (row.phase === 'closed')) {
      context.addIssue({ code: 'custom', message: `phase ${row.phase} does not fit its owner` });
      return z.NEVER;
    }
    return { ...row, owner };
  });

/**
 * JSON text of a value, or SQL's null.
 * @throws TypeError for what JSON cannot carry, before anything is written.
 */
export function text(value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  const written: string | undefined = JSON.stringify(value);
  if (written === undefined) throw new TypeError(`JSON cannot carry a ${typeof value}.`);
  return written;
}

/** The conditions that were asked for, joined by AND; those that are absent do not keep SQLite from an index. */
export function where(asked: Readonly<Record<string, string | undefined>>): { sql: string; values: Values } {
  const present = Object.entries(asked).flatMap(([column, value]) =>
    value === undefined ? [] : [[column, value] as const],
  );
  return {
    sql: ['TRUE', ...present.map(([column]) => `${column} = :${column}`)].join(' AND '),
    values: Object.fromEntries(present),
  };
}
