import * as z from 'zod';
import type { RequestQuestion } from '../../app/ports/workspace.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { Pair, Reading } from '../../domain/evidence.ts';
import { quotedTable } from './quoted-names.ts';
import type { StatementRow } from './statements.ts';
import { wireInt } from './wire.ts';

/**
 * What users score themselves, asked in the same statement as the counts, so that both are of one moment and end at one
 * watermark: rows behind the counts, `side` pair or reading, in order of time.
 */
export function withScores({ pairs, readings }: RequestQuestion): string {
  const parts = [
    ...(pairs === null ? [] : [pairRows(pairs)]),
    ...(readings === null ? [] : [readingRows(readings)]),
  ];
  if (parts.length === 0) return 'SELECT * FROM counts\nORDER BY window_at, side';
  const none = (type: string, ...names: string[]) => names.map((name) => `CAST(NULL AS ${type}) AS ${name}`);
  const columns = [
    ...none('BIGINT', 'event_us'),
    ...none('STRING', 'name', 'input'),
    ...none('DOUBLE', 'baseline', 'candidate'),
    ...none('BIGINT', 'n'),
    ...none('DOUBLE', 'low', 'high'),
  ];
  return `SELECT counts.*, ${columns.join(', ')} FROM counts
${parts.map((part) => `UNION ALL\n${part}`).join('\n')}
ORDER BY window_at, side, event_us, name, input`;
}

/** The input itself may be somebody's secret: only its digest leaves the workspace. */
const pairRows = (table: string): string => `SELECT ${windowed('pair')},
  metric, substr(sha2(CAST(input AS STRING), 256), 1, 32), CAST(baseline AS DOUBLE), CAST(candidate AS DOUBLE),
  NULL, NULL, NULL
${eventsOf(table)}`;

const readingRows = (table: string): string => `SELECT ${windowed('reading')},
  name, NULL, CAST(baseline AS DOUBLE), CAST(value AS DOUBLE),
  CAST(n AS BIGINT), CAST(low AS DOUBLE), CAST(high AS DOUBLE)
${eventsOf(table)}`;

const windowed = (side: string): string =>
  `unix_millis(event_time) - unix_millis(event_time) % :span_ms, '${side}', NULL, NULL, NULL, NULL, NULL,
  unix_micros(event_time)`;

const eventsOf = (table: string): string => `FROM ${quotedTable(table)}
WHERE event_time >= timestamp_millis(:from_ms) AND event_time < timestamp_millis(:until_ms)`;

/** The scores of one window. */
export interface Scores {
  readonly pairs: Pair[];
  readonly readings: Reading[];
}

/**
 * @returns by the windows' starts, milliseconds since 1970; the rows that are scores only
 * @throws `EvidenceInvalid` for a row that is no score: a score that is left out is not known to be left out by chance
 */
export function scoresIn(rows: readonly StatementRow[], question: RequestQuestion): Map<number, Scores> {
  const windows = new Map<number, Scores>();
  for (const row of rows) {
    const side = row['side'];
    if (side !== 'pair' && side !== 'reading') continue;
    const at = Number(row['window_at']);
    const scores = windows.get(at) ?? { pairs: [], readings: [] };
    windows.set(at, scores);
    if (side === 'pair') scores.pairs.push(parsed(pair, row, question.pairs, at));
    else scores.readings.push(parsed(reading, row, question.readings, at));
  }
  return windows;
}

const text = z.string({ error: 'is missing' }).min(1, 'is missing');
const number = text.transform(Number).pipe(z.number('is no number'));
const score = number.pipe(z.number().min(0, 'is below 0').max(1, 'is above 1'));

const pair = z
  .looseObject({ name: text, input: text, baseline: score, candidate: score })
  .transform(({ name, input, baseline, candidate }): Pair => ({ metric: name, baseline, candidate, input }));

const reading = z
  .looseObject({
    name: text,
    candidate: number,
    n: wireInt.nullable(),
    low: number.nullable(),
    high: number.nullable(),
    baseline: number.nullable(),
  })
  .refine(
    ({ low, high }) => (low === null) === (high === null) && (low ?? 0) <= (high ?? 0),
    'low and high are no interval',
  )
  .transform(
    ({ name, candidate, n, low, high, baseline }): Reading => ({
      name,
      value: candidate,
      ...(n !== null && { n }),
      ...(low !== null && high !== null && { interval: [low, high] as const }),
      ...(baseline !== null && { baseline }),
    }),
  );

function parsed<T>(schema: z.ZodType<T>, row: StatementRow, table: string | null, at: number): T {
  const of = schema.safeParse(row);
  if (of.success) return of.data;
  const when = new Date(at).toISOString();
  const says = `${table}: a row of the window that began ${when} is no score: ${z.prettifyError(of.error)}`;
  throw new ReleaseError('EvidenceInvalid', says);
}
