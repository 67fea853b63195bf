import type { AlertRequest } from '../../contracts/alert-states.ts';
import type { DataAlertRaised } from '../../contracts/events.ts';
import { sha256 } from '../digest.ts';
import type { Ports } from '../ports/ports.ts';
import { folderOf } from './alert-document.ts';
import { quarantineAlert } from './quarantine-alert.ts';

/** How many executions may break before an alert is kept for a person. */
const attempts = 3;

/**
 * Begins the response to an alert. The execution's name is made of the incident and the content, so that an alert that
 * comes again is the same execution, and one with news in it another. It comes again until it is answered: where the
 * execution is over, it broke before that, and the next attempt begins.
 */
export async function respondToAlert(ports: Ports, event: DataAlertRaised): Promise<void> {
  const { incidentId } = event.data;
  const { eventId } = event.metadata;
  const summary = `incident ${incidentId.slice(0, 128)} (${event.data.alertType})`;
  const alert = await ports.evidence.put(
    `${folderOf({ eventId })}/alert.json`,
    `${JSON.stringify(event)}\n`,
    summary,
  );
  const request: AlertRequest = { eventId, incidentId, alert };
  for (let attempt = 1; attempt <= attempts; attempt++) {
    // A copy that the bus kept, or a list that the watcher read a while ago: its answer is given, so nothing begins.
    if (attempt > 1 && !(await isUnanswered(ports, eventId))) return;
    const name = `${executionNameOf(request)}${attempt === 1 ? '' : `-${attempt}`}`;
    if ((await ports.machine.start('alertResponse', name, request)).began === 'started') return;
  }
  const says = `its response broke ${attempts} times`;
  await quarantineAlert(ports, { request, answer: { says: '' }, failure: { error: says, cause: '' } });
}

async function isUnanswered(ports: Ports, eventId: string): Promise<boolean> {
  return (await ports.ledger.unpublishedDeliveries()).some((row) => row.eventId === eventId);
}

/** At most 80 characters of those that an execution's name may have. */
export function executionNameOf({
  incidentId,
  eventId,
}: Pick<AlertRequest, 'incidentId' | 'eventId'>): string {
  const readable = incidentId.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 40);
  return `alert-${readable}-${sha256(`${incidentId}\n${eventId}`).slice(0, 24)}`;
}
