import * as z from 'zod';
import { ReleaseError } from '../../contracts/errors.ts';
import { instant } from '../../domain/units.ts';
import type { AuditRow, CommandRow, DeliveryRow, EndpointRow, ReleaseRecord, Wait } from './ledger.ts';

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

const moment = z.number().transform(instant);
const flag = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1);
const bit = (value: boolean): Column => (value ? 1 : 0);

export const evidenceRef = z.object({ ref: z.string(), digest: z.string(), summary: z.string() });
const outcome = z.object({
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
  intent: z.enum(['release', 'rollback']),
  generation: z.int(),
  requestedBy: z.string(),
  requestedAt: moment,
  phase: z.enum(['queued', 'running', 'ended']),
  executionArn: z.string().nullable(),
  outcome: json(outcome).nullable(),
  endedAt: moment.nullable(),
}) satisfies z.ZodType<Omit<ReleaseRecord, 'files'>>;

export const deliveryRow = z.object({
  eventId: z.string(),
  event: json(z.unknown()),
  receivedAt: moment,
  published: flag,
}) satisfies z.ZodType<DeliveryRow>;

export const quarantineRow = z.object({
  quarantineId: z.string(),
  source: z.string(),
  why: z.string(),
  at: moment,
});

export const auditRow = z
  .object({
    seq: z.int(),
    entry: json(
      z.object({
        at: moment,
        actor: z.string(),
        action: z.string(),
        says: z.string(),
        endpoint: z.exactOptional(z.string()),
        releaseId: z.exactOptional(z.string()),
        evidence: z.exactOptional(evidenceRef),
        onceId: z.exactOptional(z.string()),
      }),
    ),
  })
  .transform(({ seq, entry }): AuditRow => ({ ...entry, order: seq }));

/** Lines of the trail answered at a time. */
export const mostLines = 1000;
