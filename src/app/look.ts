import { ReleaseError } from '../contracts/errors.ts';
import type { LiveGate } from '../contracts/gates.ts';
import { type Instant, instant, type Millis, millis } from '../domain/units.ts';
import { configOf } from './environment.ts';
import { type Exposure, type Snapshot, windowsBySteps } from './judge.ts';
import { latencyGridOf } from './latency-grid.ts';
import type { PlanDocument } from './plan-document.ts';
import type { Ports } from './ports/ports.ts';
import type { RequestQuestion } from './ports/workspace.ts';

/** Gathering live evidence: one question to the request log, asked at one tick and answered at that or a later one. */

export interface OpenQuestion {
  readonly queryId: string;
  readonly question: RequestQuestion;
}

/** The question for everything since the candidate's first request, up to the watermark. */
export function questionOf(
  ports: Ports,
  document: PlanDocument,
  exposures: readonly Exposure[],
): RequestQuestion {
  const config = configOf(ports.environment, document.release.endpoint);
  const { evidence, gates } = document.policy;
  const table = evidence.source === 'callers' ? config.callers : config.payloadTable?.name;
  const first = exposures[0];
  if (table === undefined || config.warehouse === undefined || first === undefined) {
    throw new ReleaseError(
      'PolicyInvalid',
      `${document.release.endpoint}: no table or no warehouse for evidence`,
    );
  }
  return {
    source: evidence.source,
    table,
    warehouseId: config.warehouse,
    endpoint: document.release.endpoint,
    baseline: document.baseline.entity,
    candidate: document.candidate.entity,
    from: instant(first.from),
    until: watermark(ports.clock.now(), millis(evidence.lag), millis(evidence.window)),
    span: millis(evidence.window),
    latency: latencyGridOf(gates),
    stickyClient: evidence.stickyClient ?? null,
    pairs: (gates.some(readsPairs) && config.scores?.pairs) || null,
    readings: (gates.some(({ kind }) => kind === 'threshold') && config.scores?.readings) || null,
  };
}

const readsPairs = (gate: LiveGate): boolean =>
  gate.kind === 'correlation' || (gate.kind === 'quality' && gate.pairing === 'paired');

/** Windows that end at or before this are closed: rows of them have had `lag` to arrive. */
export function watermark(now: Instant, lag: Millis, span: Millis): Instant {
  return instant(Math.floor((now - lag) / span) * span);
}

/**
 * Age in milliseconds at which a step surely has a closed window, wherever among windows it begins: the window in
 * which the share changed is left out, and one of its own closes `lag` after its end.
 */
export const firstClosed = ({ window, lag }: { readonly window: number; readonly lag: number }): number =>
  2 * window + lag;

export async function ask(ports: Ports, question: RequestQuestion): Promise<OpenQuestion> {
  return { queryId: await ports.workspace('production').requests.ask(question), question };
}

/** The frozen look, or `running` when the warehouse has not answered yet. */
export async function answer(
  ports: Ports,
  open: OpenQuestion,
  about: {
    readonly releaseId: string;
    readonly step: number;
    readonly since: number;
    readonly deadline: number;
    readonly exposures: readonly Exposure[];
  },
): Promise<Snapshot | 'running'> {
  const { queryId, question } = open;
  const windows = await ports.workspace('production').requests.answer(queryId, question);
  if (windows === 'running') return 'running';
  return {
    schema: 'headgate.snapshot/v1',
    releaseId: about.releaseId,
    step: about.step,
    since: about.since,
    deadline: about.deadline,
    at: ports.clock.now(),
    observation: {
      source: question.source,
      queryId,
      watermark: question.until,
      windows: windowsBySteps(windows, about.exposures, { sticky: question.stickyClient !== null }),
    },
  };
}
