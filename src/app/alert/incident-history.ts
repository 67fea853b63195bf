import type { DataAlertRaised } from '../../contracts/events.ts';
import { isClosed } from '../../domain/attribution.ts';
import type { Instant } from '../../domain/units.ts';
import { sha256 } from '../digest.ts';
import type { Ports } from '../ports/ports.ts';
import { wholeTrail } from '../trail.ts';

/** What was delivered about an incident, found again in the trail by the `onceId` of each delivery's line. */

export interface IncidentHistory {
  /** When its first message was accepted; null when none is in the trail. */
  readonly firstAt: Instant | null;
  /** A message said that people closed it. */
  readonly closed: boolean;
}

export const noHistory: IncidentHistory = { firstAt: null, closed: false };

const linesOf = (incidentId: string): string => `incident/${sha256(incidentId).slice(0, 32)}/`;

/** The `onceId` of the line that tells of an accepted message. */
export function historyLine({ metadata, data }: DataAlertRaised): string {
  return `${linesOf(data.incidentId)}${isClosed(data.feedback) ? 'closed' : 'open'}/${metadata.eventId}`;
}

/** Costs as many pages as the trail has; asked where no API of Monte Carlo's can be. */
export async function historyOf(ports: Ports, { data }: DataAlertRaised): Promise<IncidentHistory> {
  const own = linesOf(data.incidentId);
  const told = (await wholeTrail(ports)).filter(({ onceId }) => onceId?.startsWith(own));
  return {
    firstAt: told[0]?.at ?? null,
    closed: told.some(({ onceId }) => onceId?.startsWith(`${own}closed/`)),
  };
}
