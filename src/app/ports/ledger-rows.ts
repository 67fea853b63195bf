import * as z from 'zod';
import { ReleaseError } from '../../contracts/errors.ts';
import { intents } from '../../domain/release.ts';
import { instant } from '../../domain/units.ts';
import type { CommandRow, EndpointRow, ReleaseRecord, Wait } from './ledger.ts';

/** What a store keeps of a row: what is looked up or compared by itself, everything else as JSON text. */
export type Column = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

/** A stored row is not trusted: the store may have been edited, or written by a defect. */
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

/**
 * JSON text of a value; null where there is none.
 * @throws TypeError for what JSON cannot carry, before anything is written.
 */
export function text(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const written: string | undefined = JSON.stringify(value);
  if (written === undefined) throw new TypeError(`JSON cannot carry a ${typeof value}.`);
  return written;
}

/** A column of JSON text. */
export function json<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((written, context): unknown => {
      try {
        return JSON.parse(written);
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

export const moment = z.number().transform(instant);
export const flag = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1);
const bit = (value: boolean): Column => (value ? 1 : 0);

export const evidenceRef = z.object({ ref: z.string(), digest: z.string(), summary: z.string() });
const outcome = z.object({
  kind: z.enum(['promoted', 'restored', 'rolledBack', 'rejected', 'superseded', 'observed']),
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
  forwardAt: moment.optional(),
  accepted: z.boolean().optional(),
});
const freeze = z.object({
  kind: z.enum(['freeze', 'breakglass']),
  by: z.string(),
  reason: z.string(),
  at: moment,
});
const drift = z.object({ since: moment, says: z.string() });

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
    writesUntil: moment,
    freeze: json(freeze).nullable(),
    drift: json(drift).nullable(),
  })
  .transform(({ releaseId, executionArn, ...row }, context): EndpointRow => {
    const owner = releaseId !== null && executionArn !== null ? { releaseId, executionArn } : null;
    if ((owner === null) !== (row.phase === 'closed')) {
      context.addIssue({ code: 'custom', message: `phase ${row.phase} does not fit its owner` });
      return z.NEVER;
    }
    return { ...row, owner };
  });

export const endpointColumns = (row: EndpointRow) => ({
  endpoint: row.endpoint,
  epoch: row.epoch,
  phase: row.phase,
  releaseId: row.owner?.releaseId ?? null,
  executionArn: row.owner?.executionArn ?? null,
  lastGood: text(row.lastGood),
  previousGood: text(row.previousGood),
  target: text(row.target),
  intent: text(row.intent),
  exposed: bit(row.exposed),
  writesUntil: row.writesUntil,
  freeze: text(row.freeze),
  drift: text(row.drift),
});

const decision = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), output: z.unknown(), says: z.string() }),
  z.object({
    kind: z.literal('stopped'),
    error: z.string(),
    says: z.string(),
    facts: z.exactOptional(z.unknown()),
  }),
]);

export const waitRow = z
  .object({
    releaseId: z.string(),
    state: z.string(),
    visit: z.int(),
    endpoint: z.string(),
    epoch: z.int(),
    kind: z.enum(['job', 'endpointUpdate', 'approval', 'probes', 'traffic', 'hold', 'restore', 'skipped']),
    token: z.string(),
    earlierTokens: json(z.array(z.string())),
    reference: json(z.record(z.string(), z.unknown())),
    exposed: flag,
    since: moment,
    deadline: moment,
    phase: z.enum(['open', 'decided', 'closed']),
    decision: json(decision).nullable(),
    lastLook: json(z.object({ at: moment, says: z.string() })).nullable(),
  })
  .refine((row) => (row.phase === 'open') === (row.decision === null), 'its phase does not fit its decision');

export const waitColumns = (wait: Wait) => ({
  releaseId: wait.releaseId,
  state: wait.state,
  visit: wait.visit,
  endpoint: wait.endpoint,
  epoch: wait.epoch,
  kind: wait.kind,
  token: wait.token,
  earlierTokens: text(wait.earlierTokens),
  reference: text(wait.reference),
  exposed: bit(wait.exposed),
  since: wait.since,
  deadline: wait.deadline,
  phase: wait.phase,
  decision: text(wait.decision),
  lastLook: text(wait.lastLook),
});

export const commandRow = z
  .object({
    seq: z.int(),
    commandId: z.string(),
    releaseId: z.string(),
    kind: z.enum(['rollback', 'alert', 'abort', 'supersede', 'hold', 'resume', 'approve']),
    actor: z.string(),
    reason: z.string(),
    at: moment,
    phase: z.enum(['pending', 'applied', 'rejected']),
    says: z.string(),
  })
  .transform(({ seq, ...row }): CommandRow => ({ ...row, order: seq }));

/** A release's own columns; its files are kept beside them. */
export const releaseRow = z.object({
  releaseId: z.string(),
  endpoint: z.string(),
  model: z.string(),
  version: z.string(),
  intent: z.enum(intents),
  generation: z.int(),
  requestedBy: z.string(),
  requestedAt: moment,
  phase: z.enum(['queued', 'running', 'ended']),
  executionArn: z.string().nullable(),
  outcome: json(outcome).nullable(),
  endedAt: moment.nullable(),
}) satisfies z.ZodType<Omit<ReleaseRecord, 'files'>>;
