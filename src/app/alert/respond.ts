import type { Reading } from '../../contracts/alert-states.ts';
import type { DataAlertRaised } from '../../contracts/events.ts';
import type { EndpointConfig } from '../../contracts/policy.ts';
import {
  type AlertResponse,
  type Blame,
  blameOf,
  responseTo,
  type Subject,
} from '../../domain/attribution.ts';
import { instant, millis } from '../../domain/units.ts';
import { configOf, policyOf } from '../environment.ts';
import type { ReleaseRecord } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { raisedBy } from './alert-document.ts';

/** Which release an alert is about, and what follows for it: asked when it is attributed, and again when it is obeyed. */

export interface Concern {
  readonly endpoint: string;
  readonly blame: Blame;
  /** The release that ran, or was the last to be promoted, when the alert was attributed; none other is touched. */
  readonly releaseId: string | null;
}

export interface Response extends AlertResponse {
  readonly record: ReleaseRecord | undefined;
}

/** The endpoints of this environment that the alert concerns, each with the release that it can be about. */
export async function concernsOf(ports: Ports, { data }: DataAlertRaised): Promise<Concern[]> {
  const concerned = Object.values(ports.environment.endpoints).flatMap(({ endpoint, alerts }) => {
    const blame = blameOf(data, alerts);
    return blame === undefined ? [] : [{ endpoint, blame }];
  });
  return Promise.all(
    concerned.map(async (one) => ({
      ...one,
      releaseId: (await atIssue(ports, one.endpoint))?.releaseId ?? null,
    })),
  );
}

/** The release that runs; else the one whose promotion is the newest that ended. */
async function atIssue(ports: Ports, endpoint: string): Promise<ReleaseRecord | undefined> {
  const [running] = await ports.ledger.releases({ endpoint, phase: 'running' });
  if (running) return running;
  const ended = await ports.ledger.releases({ endpoint, phase: 'ended' });
  const promoted = ended.filter(({ outcome }) => outcome?.kind === 'promoted');
  return promoted.sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))[0];
}

/** @throws ReleaseError `PolicyInvalid`, `UnknownEndpoint`. */
export async function responseFor(
  ports: Ports,
  alert: DataAlertRaised,
  reading: Reading,
  concern: Concern,
): Promise<Response> {
  const config = configOf(ports.environment, concern.endpoint);
  const record = concern.releaseId === null ? undefined : await ports.ledger.release(concern.releaseId);
  const response = responseTo({
    blame: concern.blame,
    subject: await subjectOf(ports, config, record),
    raisedAt: reading.raisedAt === null ? raisedBy(alert) : instant(reading.raisedAt),
    unconfirmed: unconfirmed(reading),
    now: ports.clock.now(),
    rollbackWindow: millis(policyOf(ports.environment, config).rollbackWindow),
  });
  return { ...response, record };
}

function unconfirmed({ standing }: Reading): string | null {
  switch (standing) {
    case 'unread':
      return "Monte Carlo's API could not be asked about it";
    case 'unknown':
      return "Monte Carlo's API knows no such incident";
    case 'notAsked':
    case 'open':
    case 'closed':
      return null;
  }
}

async function subjectOf(
  ports: Ports,
  { endpoint }: EndpointConfig,
  record: ReleaseRecord | undefined,
): Promise<Subject> {
  if (!record) return { kind: 'none' };
  const { requestedAt, endedAt } = record;
  if (record.phase === 'running') {
    return record.intent === 'rollback' ? { kind: 'goingBack' } : { kind: 'running', requestedAt };
  }
  if (record.outcome?.kind !== 'promoted' || endedAt === null) return { kind: 'none' };
  const [next] = await ports.ledger.releases({ endpoint, phase: 'running' });
  if (next?.intent === 'rollback') return { kind: 'goingBack' };
  // A newer release since then has the endpoint, or made something else good: that is not undone for this incident.
  const row = await ports.ledger.endpoint(endpoint);
  const stillGood = !next && row?.lastGood?.version === record.version;
  return stillGood ? { kind: 'promoted', requestedAt, endedAt } : { kind: 'none' };
}
