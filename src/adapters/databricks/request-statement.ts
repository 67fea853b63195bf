import type { RequestQuestion } from '../../app/ports/workspace.ts';
import { quotedColumn, quotedTable } from './quoted-names.ts';
import { withScores } from './score-rows.ts';
import type { StatementParameter } from './statements.ts';

/**
 * One row per window and side: `window_at` (ms since 1970, a multiple of the span), `side` (baseline, candidate, or
 * missing for failed requests of which nobody knows the side), requests, errors, client_errors, throttled, and
 * latency: `bucket:requests` of the buckets that hold any, with commas between. docs/evidence.md says what is counted.
 *
 * - A request belongs to the window that it began in: `from_ms <= request_time < until_ms`.
 * - What we sent ourselves carries an id that begins with `headgate-`, and is left out.
 * - `listagg` is in Databricks SQL, and in Databricks Runtime from 16.4 on (docs.databricks.com, SQL language manual,
 *   "listagg aggregate function"). Without WITHIN GROUP the order is open, and nobody relies on it.
 */
export function requestStatement(question: RequestQuestion): {
  readonly statement: string;
  readonly parameters: readonly StatementParameter[];
} {
  switch (question.source) {
    case 'callers':
      return {
        statement: countsOf(question, callersRequests(question), question.stickyClient !== null),
        parameters: commonParameters(question),
      };
    case 'payloadTable':
      return {
        statement: countsOf(question, payloadRequests(question.table), false),
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
  const { widthMs, buckets } = question.latency ?? { widthMs: 1, buckets: 0 };
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
    number('width_ms', widthMs),
    number('buckets', buckets),
  ];
}

/**
 * The callers' log of one endpoint. A row without a served entity's name is a request of this endpoint of which nobody
 * knows the side; one of another entity is none of ours.
 */
function callersRequests({ table, stickyClient }: RequestQuestion): string {
  const client =
    stickyClient === null ? noClient : `nullif(CAST(${quotedColumn(stickyClient)} AS STRING), '')`;
  return `
  SELECT request_time AS began, coalesce(request_id, '') AS id, ${client} AS client,
    ${sideOf('served_model_name')} AS side, coalesce(status_code, 0) AS code, duration_ms AS took_ms
  FROM ${quotedTable(table)}
  WHERE request_time >= timestamp_millis(:from_ms) AND request_time < timestamp_millis(:until_ms)
    AND (served_model_name IN (:baseline, :candidate) OR coalesce(served_model_name, '') = '')
    AND coalesce(request_id, '') NOT LIKE 'headgate-%'`;
}

const noClient = 'CAST(NULL AS STRING)';

const sideOf = (name: string): string =>
  `CASE ${name} WHEN :baseline THEN 'baseline' WHEN :candidate THEN 'candidate' ELSE 'missing' END`;

/**
 * The payload table knows the served entity's id; its name is in a system table, once per configuration version. An id
 * that is not there, or there under several names of which one is ours, may be either side.
 */
function payloadRequests(table: string): string {
  return `
  SELECT p.request_time AS began, coalesce(p.client_request_id, '') AS id, ${noClient} AS client,
    CASE WHEN e.names = 1 THEN ${sideOf('e.name')} ELSE 'missing' END AS side,
    coalesce(p.status_code, 0) AS code, p.execution_duration_ms AS took_ms
  FROM ${quotedTable(table)} AS p
  LEFT JOIN (
    SELECT served_entity_id, max(served_entity_name) AS name, count(DISTINCT served_entity_name) AS names,
      count_if(served_entity_name IN (:baseline, :candidate)) > 0 AS ours
    FROM system.serving.served_entities
    WHERE endpoint_name = :endpoint
    GROUP BY served_entity_id
  ) AS e ON e.served_entity_id = p.served_entity_id
  WHERE p.request_date BETWEEN :first_date AND :last_date
    AND p.request_time >= timestamp_millis(:from_ms) AND p.request_time < timestamp_millis(:until_ms)
    AND coalesce(e.ours, TRUE)
    AND coalesce(p.client_request_id, '') NOT LIKE 'headgate-%'`;
}

/**
 * A failed request counts in the last bucket, however soon it failed; one that succeeded in a time that nobody knows
 * counts in none. `least` and `greatest` pass over NULL, so an unknown duration must not reach them.
 */
function countsOf(question: RequestQuestion, requests: string, byClient: boolean): string {
  return `WITH requests AS (${requests}
), coded AS (
  SELECT unix_millis(began) - unix_millis(began) % :span_ms AS window_at, began, id, client, side, took_ms,
    code NOT IN (401, 403, 404, 429) AS counted,
    code < 100 OR code >= 500 AS failed,
    code IN (400, 422) AS refused,
    code = 429 AS throttled
  FROM requests
), placed AS (
  SELECT window_at, began, id, client, side, counted, failed, refused, throttled,
    CASE WHEN failed THEN :buckets
      WHEN counted AND took_ms IS NOT NULL
        THEN least(:buckets, greatest(0, CAST(ceil(took_ms / :width_ms) AS BIGINT) - 1)) END AS bucket
  FROM coded
  WHERE side <> 'missing' OR failed
)${byClient ? onceAClient : ''}, bucketed AS (
  SELECT window_at, side, bucket, count_if(counted) AS requests, count_if(failed) AS errors,
    count_if(refused) AS client_errors, count_if(throttled) AS throttled
  FROM ${byClient ? 'clients' : 'placed'}
  GROUP BY window_at, side, bucket
), counts AS (
  SELECT b.window_at, b.side, sum(b.requests) AS requests, sum(b.errors) AS errors,
    sum(b.client_errors) AS client_errors, sum(b.throttled) AS throttled,
    listagg(CASE WHEN b.requests > 0 THEN CAST(b.bucket AS STRING) || ':' || CAST(b.requests AS STRING) END, ',')
      AS latency
  FROM bucketed AS b
  GROUP BY b.window_at, b.side
)
${withScores(question)}`;
}

/**
 * Each client once in a window, on the side of its first request: requests that tell their side and count come before
 * others. So a failed request that nobody answered is charged where its client was served, and is missing only where the
 * client was served by nobody. A client that failed once has failed; its duration is its first request's.
 * Who has no name is a client for each request.
 */
const onceAClient = `, ranked AS (
  SELECT *, row_number() OVER (
      PARTITION BY window_at, client
      ORDER BY CASE WHEN side = 'missing' THEN 2 WHEN counted THEN 0 ELSE 1 END, began, id, side, bucket
    ) AS place
  FROM placed
  WHERE client IS NOT NULL
), clients AS (
  SELECT window_at, max(CASE WHEN place = 1 THEN side END) AS side, bool_or(counted) AS counted,
    bool_or(failed) AS failed, bool_or(refused) AS refused, bool_or(throttled) AS throttled,
    CASE WHEN bool_or(failed) THEN :buckets ELSE max(CASE WHEN place = 1 THEN bucket END) END AS bucket
  FROM ranked
  GROUP BY window_at, client
  UNION ALL
  SELECT window_at, side, counted, failed, refused, throttled, bucket
  FROM placed
  WHERE client IS NULL
)`;
