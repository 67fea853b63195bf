import type { RequestQuestion } from '../../app/ports/workspace.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { StatementParameter } from './statements.ts';

/**
 * One row per window that holds requests: `window_at` (ms since 1970, a multiple of the span) and, for both sides,
 * requests, errors and slow.
 *
 * - A request belongs to the window that it began in: `from_ms <= request_time < until_ms`.
 * - Answers 401, 403 and 429 are about the caller or its quota and are no requests of a side at all.
 * - An error is a code of 500 and above, 0, or none (no answer came). The other 4xx are requests without error: they
 *   say that the caller asked for something wrong. A model that raises `MlflowException` answers 4xx too and is not
 *   seen here.
 * - Slow is longer than `slow_ms`, or an error (a failed request belongs in the last bucket of the latencies,
 *   however soon it failed), or of unknown length: what was not measured does not pass.
 * - What we sent ourselves carries an id that begins with `headgate-`, and is left out.
 */
export function requestStatement(question: RequestQuestion): {
  readonly statement: string;
  readonly parameters: readonly StatementParameter[];
} {
  switch (question.source) {
    case 'callers':
      return { statement: callersStatement(question.table), parameters: commonParameters(question) };
    case 'payloadTable':
      return {
        statement: payloadStatement(question.table),
        parameters: [
          ...commonParameters(question),
          { name: 'endpoint', value: question.endpoint, type: 'STRING' },
          // The table is clustered by date. A day to spare, whatever time zone the dates are in.
          { name: 'first_date', value: dateOf(question.from - day), type: 'DATE' },
          { name: 'last_date', value: dateOf(question.until + day), type: 'DATE' },
        ],
      };
  }
}

const day = 86_400_000;

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function commonParameters(question: RequestQuestion): StatementParameter[] {
  const number = (name: string, value: number) => ({
    name,
    value: String(Math.floor(value)),
    type: 'BIGINT',
  });
  return [
    { name: 'baseline', value: question.baseline, type: 'STRING' },
    { name: 'candidate', value: question.candidate, type: 'STRING' },
    number('from_ms', Math.ceil(question.from)),
    number('until_ms', Math.ceil(question.until)),
    number('span_ms', question.span),
    // Durations are whole milliseconds: above 250.5 is above 250.
    number('slow_ms', Math.floor(question.slowAbove)),
  ];
}

/** The callers' log of one endpoint: request_time, request_id, served_model_name, status_code, duration_ms. */
function callersStatement(table: string): string {
  return countsOf(`
  SELECT unix_millis(request_time) AS began_ms, served_model_name AS side, coalesce(status_code, 0) AS code,
    duration_ms AS took_ms
  FROM ${quotedTable(table)}
  WHERE request_time >= timestamp_millis(:from_ms) AND request_time < timestamp_millis(:until_ms)
    AND served_model_name IN (:baseline, :candidate)
    AND coalesce(request_id, '') NOT LIKE 'headgate-%'`);
}

/** The payload table knows the served entity's id; its name is in a system table, once per configuration version. */
function payloadStatement(table: string): string {
  return countsOf(`
  SELECT unix_millis(p.request_time) AS began_ms, e.side, coalesce(p.status_code, 0) AS code,
    p.execution_duration_ms AS took_ms
  FROM ${quotedTable(table)} AS p
  JOIN (
    SELECT served_entity_id, max(served_entity_name) AS side
    FROM system.serving.served_entities
    WHERE endpoint_name = :endpoint
    GROUP BY served_entity_id
    HAVING count(DISTINCT served_entity_name) = 1
  ) AS e ON e.served_entity_id = p.served_entity_id
  WHERE p.request_date BETWEEN :first_date AND :last_date
    AND p.request_time >= timestamp_millis(:from_ms) AND p.request_time < timestamp_millis(:until_ms)
    AND e.side IN (:baseline, :candidate)
    AND coalesce(p.client_request_id, '') NOT LIKE 'headgate-%'`);
}

function countsOf(requests: string): string {
  return `WITH requests AS (${requests}
), judged AS (
  SELECT began_ms - began_ms % :span_ms AS window_at, side, code = 0 OR code >= 500 AS failed,
    coalesce(took_ms > :slow_ms, TRUE) AS late
  FROM requests
  WHERE code NOT IN (401, 403, 429)
)
SELECT window_at,
  count_if(side = :baseline) AS baseline_requests,
  count_if(side = :baseline AND failed) AS baseline_errors,
  count_if(side = :baseline AND (failed OR late)) AS baseline_slow,
  count_if(side = :candidate) AS candidate_requests,
  count_if(side = :candidate AND failed) AS candidate_errors,
  count_if(side = :candidate AND (failed OR late)) AS candidate_slow
FROM judged
GROUP BY window_at
ORDER BY window_at`;
}

/**
 * A name cannot be a parameter everywhere, so it is checked and quoted: three parts of what Unity Catalog allows in
 * one (no full stop, no space, no slash, no control character), less the quote itself.
 * @throws `PolicyInvalid` for anything else
 */
export function quotedTable(name: string): string {
  const parts = name.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[^\s/`\p{Cc}]{1,255}$/u.test(part))) {
    throw new ReleaseError('PolicyInvalid', `${JSON.stringify(name)} is no table: catalog.schema.table`);
  }
  return parts.map((part) => `\`${part}\``).join('.');
}
