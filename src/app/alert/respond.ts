import type { Reading } from '../../contracts/alert-states.ts';
import type { DataAlertRaised } from '../../contracts/events.ts';
import {
  type AlertResponse,
  type Blame,
  blameOf,
  type Promotion,
  responseTo,
  type Subject,
} from '../../domain/attribution.ts';
import { type Instant, instant, millis } from '../../domain/units.ts';
import { configOf, policyOf } from '../environment.ts';
import type { EndpointRow, ReleaseRecord } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { raisedBy } from './alert-document.ts';
import { historyOf, type IncidentHistory, noHistory } from './incident-history.ts';
import { letGoOnBy } from './lift-hold.ts';

/** Which release an alert is about, and what follows for it: asked when it is attributed, and again when it is obeyed. */

/** None but the releases named here is touched: they are those of the time when the alert was attributed. */
export interface Concern {
  readonly endpoint: string;
  readonly blame: Blame;
  /** The release that ran; a drill is none, because it makes nothing of its own. */
  readonly releaseId: string | null;
  /** The newest that was promoted; null where the one that ran had traffic, and is itself to blame. */
  readonly promotedId: string | null;
}

export interface Response extends AlertResponse {
  readonly record: ReleaseRecord | undefined;
  /** A person has the endpoint, so nothing that was asked for earlier is done either. */
  readonly byHand: boolean;
}

/** What is known of the incident beside the message. */
export interface Known {
  readonly reading: Reading;
  readonly history: IncidentHistory;
}

/** The trail is asked where Monte Carlo is not: what its API says of the age and the standing is better. */
export async function knownOf(ports: Ports, alert: DataAlertRaised, reading: Reading): Promise<Known> {
  const history = reading.standing === 'notAsked' ? await historyOf(ports, alert) : noHistory;
  return { reading, history };
}

/** The endpoints of this environment that the alert concerns, each with the releases that it can be about. */
export async function concernsOf(ports: Ports, { data }: DataAlertRaised): Promise<Concern[]> {
  const concerned = Object.values(ports.environment.endpoints).flatMap(({ endpoint, alerts }) => {
    const blame = blameOf(data, alerts);
    return blame === undefined ? [] : [{ endpoint, blame }];
  });
  return Promise.all(
    concerned.map(async (one) => {
      const running = await runningOn(ports, one.endpoint);
      const blamed = running && hadTraffic(running, await ports.ledger.endpoint(one.endpoint));
      const promoted = blamed ? undefined : await lastPromoted(ports, one.endpoint);
      return { ...one, releaseId: running?.releaseId ?? null, promotedId: promoted?.releaseId ?? null };
    }),
  );
}

async function runningOn(ports: Ports, endpoint: string): Promise<ReleaseRecord | undefined> {
  const running = await ports.ledger.releases({ endpoint, phase: 'running' });
  return running.find(({ intent }) => intent !== 'drill');
}

async function lastPromoted(ports: Ports, endpoint: string): Promise<ReleaseRecord | undefined> {
  const ended = await ports.ledger.releases({ endpoint, phase: 'ended' });
  const promoted = ended.filter(({ outcome }) => outcome?.kind === 'promoted');
  return promoted.sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))[0];
}

const hadTraffic = ({ releaseId }: ReleaseRecord, row: EndpointRow | undefined): boolean =>
  row?.owner?.releaseId === releaseId && row.exposed;

/** @throws ReleaseError `PolicyInvalid`, `UnknownEndpoint`. */
export async function responseFor(
  ports: Ports,
  alert: DataAlertRaised,
  { reading, history }: Known,
  concern: Concern,
): Promise<Response> {
  const config = configOf(ports.environment, concern.endpoint);
  const row = await ports.ledger.endpoint(concern.endpoint);
  const { subject, record } = await subjectOf(ports, row, concern);
  const inHandsOf = row?.freeze?.kind === 'breakglass' ? row.freeze.by : null;
  const byHand = inHandsOf !== null;
  const response = responseTo({
    blame: concern.blame,
    subject,
    raisedAt: reading.raisedAt === null ? raisedFirst(alert, history) : instant(reading.raisedAt),
    unconfirmed: unconfirmed(reading),
    closedBefore: history.closed && alert.data.feedback === undefined,
    inHandsOf,
    now: ports.clock.now(),
    rollbackWindow: millis(policyOf(ports.environment, config).rollbackWindow),
  });
  const by = response.kind === 'pause' && record ? await letGoOnBy(ports, alert, record) : undefined;
  if (by === undefined) return { ...response, record, byHand };
  return { kind: 'none', why: `${by} let it go on, knowing of the incident`, person: false, record, byHand };
}

/** Without the API: a message that looks like a first one may be news of an incident that was heard of earlier. */
function raisedFirst(alert: DataAlertRaised, { firstAt }: IncidentHistory): Instant | null {
  const said = raisedBy(alert);
  return said !== null && firstAt !== null && firstAt < said ? firstAt : said;
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

interface Found {
  readonly subject: Subject;
  readonly record: ReleaseRecord | undefined;
}

async function subjectOf(
  ports: Ports,
  row: EndpointRow | undefined,
  { endpoint, releaseId, promotedId }: Concern,
): Promise<Found> {
  const recordOf = async (id: string | null) => (id === null ? undefined : ports.ledger.release(id));
  const ran = await recordOf(releaseId);
  const before = await recordOf(promotedId);
  if (ran?.phase === 'running') {
    if (ran.intent === 'rollback') return { subject: { kind: 'goingBack' }, record: ran };
    const serves = hadTraffic(ran, row) ? null : promotionOf(before, row);
    return { subject: { kind: 'running', requestedAt: ran.requestedAt, serves }, record: ran };
  }
  const record = ran?.outcome?.kind === 'promoted' ? ran : (before ?? ran);
  const next = await runningOn(ports, endpoint);
  if (next?.intent === 'rollback') return { subject: { kind: 'goingBack' }, record };
  // A newer release since then has the endpoint, or made something else good: that is not undone for this incident.
  const promotion = next ? null : promotionOf(record, row);
  return { subject: promotion ? { kind: 'promoted', ...promotion } : { kind: 'none' }, record };
}

/** Null unless what it promoted is what is good now. */
function promotionOf(record: ReleaseRecord | undefined, row: EndpointRow | undefined): Promotion | null {
  if (record?.outcome?.kind !== 'promoted' || record.endedAt === null) return null;
  if (row?.lastGood?.version !== record.version) return null;
  return { requestedAt: record.requestedAt, endedAt: record.endedAt };
}
