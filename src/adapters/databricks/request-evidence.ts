import * as z from 'zod';
import type { RequestEvidence, RequestQuestion } from '../../app/ports/workspace.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { SideCounts, WindowCounts } from '../../domain/evidence.ts';
import { instant, millis } from '../../domain/units.ts';
import { type Buckets, bucketsIn, type Edges, edgesOf, histogramOf } from './latency-buckets.ts';
import { requestStatement } from './request-statement.ts';
import { type Scores, scoresIn } from './score-rows.ts';
import type { StatementRow, Statements } from './statements.ts';
import { wireInt } from './wire.ts';

// The shortest wait that the workspace offers. A running warehouse answers within it, so that a look need not wait
// for the next tick; a sleeping one (about 15 s) is asked again.
const waitSeconds = 5;

/** Counts of live requests, by SQL over the callers' log or the endpoint's payload table. */
export function requestEvidence(client: Statements): RequestEvidence {
  return {
    ask: async (question) =>
      client.submit({ warehouseId: question.warehouseId, waitSeconds, ...requestStatement(question) }),

    async answer(queryId, question) {
      const answer = await client.fetchRows(queryId);
      if (answer === 'running') return 'running';
      if (answer.truncated) {
        throw new ReleaseError('EvidenceInvalid', `statement ${queryId}: the workspace cut its rows off`);
      }
      const scores = scoresIn(answer.rows, question);
      const counts = answer.rows.filter(isCount).map((row) => countsIn(row, queryId, question));
      return windowsWith(scores, windowsIn(counts, queryId, question), question);
    },

    cancel: (queryId) => client.cancel(queryId),
  };
}

const isCount = ({ side }: StatementRow): boolean => side !== 'pair' && side !== 'reading';

const counts = z
  .looseObject({
    window_at: wireInt,
    side: z.enum(['baseline', 'candidate', 'missing']),
    requests: wireInt,
    errors: wireInt,
    client_errors: wireInt,
    throttled: wireInt,
    latency: z.string().nullable(),
  })
  .refine((row) => Math.max(row.errors, row.client_errors) <= row.requests, 'more errors than requests');

/** One side of one window. */
interface Counted extends z.output<typeof counts> {
  readonly buckets: Buckets | null;
}

function countsIn(row: StatementRow, queryId: string, { latency }: RequestQuestion): Counted {
  const parsed = counts.safeParse(row);
  if (!parsed.success) throw unreadable(queryId, z.prettifyError(parsed.error));
  const of = parsed.data;
  if (latency === null) return { ...of, buckets: null };
  const buckets = bucketsIn(of.latency, latency);
  const timed = [...(buckets?.values() ?? [])].reduce((sum, requests) => sum + requests, 0);
  if (!buckets || timed > of.requests) {
    throw unreadable(queryId, `${JSON.stringify(of.latency)} are no buckets of ${of.requests} requests`);
  }
  return { ...of, buckets };
}

const unreadable = (queryId: string, says: string): ReleaseError =>
  new ReleaseError('DatabricksAnswerUnreadable', `statement ${queryId}: a row is not one of counts: ${says}`);

/** A side without a row in a window that has one had no requests: the log tells of all of them. */
function windowsIn(rows: readonly Counted[], queryId: string, question: RequestQuestion): WindowCounts[] {
  const windows = new Map<number, Partial<Record<Counted['side'], Counted>>>();
  for (const row of rows.filter(holdsAny)) {
    const window = windows.get(row.window_at) ?? {};
    if (window[row.side]) throw unreadable(queryId, `${row.side} of ${row.window_at} came twice`);
    windows.set(row.window_at, { ...window, [row.side]: row });
  }
  const edges = question.latency && edgesOf(bucketsOf(rows), question.latency);
  return [...windows].map(([at, { baseline, candidate, missing }]) => ({
    at: instant(at),
    span: millis(question.span),
    step: -1,
    baseline: sideOf(baseline, edges),
    candidate: sideOf(candidate, edges),
    ...(missing && { missing: missing.errors }),
  }));
}

const holdsAny = ({ requests, throttled }: Counted): boolean => requests + throttled > 0;

/** Nobody counts how long a request of an unknown side took. */
const bucketsOf = (rows: readonly Counted[]): Buckets[] =>
  rows.flatMap(({ side, buckets }) => (side === 'missing' || buckets === null ? [] : [buckets]));

function sideOf(row: Counted | undefined, edges: Edges | null): SideCounts {
  return {
    requests: row?.requests ?? 0,
    errors: row?.errors ?? 0,
    clientErrors: row?.client_errors ?? 0,
    throttled: row?.throttled ?? 0,
    ...(edges && { latencyMs: histogramOf(row?.buckets ?? new Map(), edges) }),
  };
}

/** Each window with its scores; a window that has nothing else knows nothing of either side. */
function windowsWith(
  scores: ReadonlyMap<number, Scores>,
  counted: readonly WindowCounts[],
  { span }: RequestQuestion,
): WindowCounts[] {
  const starts = new Set(counted.map(({ at }) => Number(at)));
  const others = [...scores.keys()]
    .filter((at) => !starts.has(at))
    .map((at) => ({ at: instant(at), span: millis(span), step: -1, baseline: null, candidate: null }));
  return [...counted, ...others]
    .map((window) => {
      const { pairs = [], readings = [] } = scores.get(window.at) ?? {};
      return {
        ...window,
        ...(pairs.length > 0 && { pairs }),
        ...(readings.length > 0 && { readings }),
      };
    })
    .toSorted((a, b) => a.at - b.at);
}
