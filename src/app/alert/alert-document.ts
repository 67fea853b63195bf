import type { AlertRequest } from '../../contracts/alert-states.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { type DataAlertRaised, dataAlertRaised } from '../../contracts/events.ts';
import { type Instant, instant } from '../../domain/units.ts';
import { sha256 } from '../digest.ts';
import type { Ports } from '../ports/ports.ts';

/** An alert as the response machine carries it: by reference, because it may name thousands of tables. */

/** Monte Carlo, as the trail and the commands name it. */
export const alerting = 'monte-carlo';

export const folderOf = ({ eventId }: Pick<AlertRequest, 'eventId'>): string =>
  `alerts/${sha256(eventId).slice(0, 32)}`;

/** The alert was answered, or is kept for a person: the watcher brings it no more. */
export const answered = (ports: Ports, { eventId }: Pick<AlertRequest, 'eventId'>): Promise<void> =>
  ports.ledger.markPublished(eventId);

/** @throws ReleaseError `EvidenceInvalid` when it is missing, was changed, or is no alert. */
export async function readDocument(ports: Ports, { alert }: AlertRequest): Promise<DataAlertRaised> {
  const parsed = dataAlertRaised.safeParse(JSON.parse(await ports.evidence.get(alert)));
  if (parsed.success) return parsed.data;
  throw new ReleaseError('EvidenceInvalid', `${alert.ref} is no alert`);
}

/** Keeps a document about the alert beside it. */
export const keepBeside = (
  ports: Ports,
  request: AlertRequest,
  name: string,
  content: unknown,
  says: string,
) =>
  ports.evidence.put(`${folderOf(request)}/${name}.json`, `${JSON.stringify(content)}\n`, says.slice(0, 500));

/**
 * When the incident was raised, as far as the message says: a first message is sent then, and neither feedback nor
 * severity are in one. Null for an update: its incident may be of any age.
 */
export function raisedBy({ metadata, data }: DataAlertRaised): Instant | null {
  if (data.feedback !== undefined || data.severity !== undefined) return null;
  return instant(Date.parse(metadata.at));
}

/** The incident in a command's reason and in the trail. */
export function incidentInWords({ data }: DataAlertRaised): string {
  return `Monte Carlo incident ${data.incidentId} (${data.alertType})${data.url ? ` ${data.url}` : ''}`;
}
