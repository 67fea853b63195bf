import * as z from 'zod';
import type { RequestEvidence, RequestQuestion } from '../../app/ports/workspace.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { WindowCounts } from '../../domain/evidence.ts';
import { instant, millis } from '../../domain/units.ts';
import { requestStatement } from './request-statement.ts';
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
      return answer.rows
        .map((row) => windowIn(row, queryId, question))
        .filter(({ baseline, candidate }) => baseline.requests + candidate.requests > 0)
        .toSorted((a, b) => a.at - b.at);
    },

    cancel: (queryId) => client.cancel(queryId),
  };
}

const counts = z.looseObject({
  window_at: wireInt,
  baseline_requests: wireInt,
  baseline_errors: wireInt,
  baseline_slow: wireInt,
  candidate_requests: wireInt,
  candidate_errors: wireInt,
  candidate_slow: wireInt,
});

function windowIn(row: StatementRow, queryId: string, { span }: RequestQuestion): WindowCounts {
  const parsed = counts.safeParse(row);
  if (!parsed.success) {
    const says = `statement ${queryId}: a row is not one of counts: ${z.prettifyError(parsed.error)}`;
    throw new ReleaseError('DatabricksAnswerUnreadable', says);
  }
  const of = parsed.data;
  return {
    at: instant(of.window_at),
    span: millis(span),
    step: -1,
    baseline: { requests: of.baseline_requests, errors: of.baseline_errors, slow: of.baseline_slow },
    candidate: { requests: of.candidate_requests, errors: of.candidate_errors, slow: of.candidate_slow },
  };
}
