import { isPerson } from '../../contracts/actors.ts';
import type { DataAlertRaised } from '../../contracts/events.ts';
import { isClosed } from '../../domain/attribution.ts';
import { accept, heldBy } from '../command.ts';
import type { ReleaseRecord } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { brief, note } from '../trail.ts';
import { alerting } from './alert-document.ts';

/** An incident that is over lifts the hold that it made; nobody else's, and never a rollback. */

/** Each message of an incident may hold a release once. */
export const holdId = ({ metadata, data }: DataAlertRaised, releaseId: string): string =>
  `${holdsOf(data.incidentId, releaseId)}${metadata.eventId}`;

/** What the ids of all holds begin with that an incident made of a release. */
const holdsOf = (incidentId: string, releaseId: string): string => `hold-${incidentId}-${releaseId}-`;

/**
 * Who let the release go on although the incident held it. Another step of the people who look at the incident is then
 * no reason to hold it again; that it is opened again after it was closed is one, and so is a severity.
 */
export async function letGoOnBy(
  ports: Ports,
  { data }: DataAlertRaised,
  { releaseId }: ReleaseRecord,
): Promise<string | undefined> {
  if (data.feedback === undefined || data.severity !== undefined) return undefined;
  const own = holdsOf(data.incidentId, releaseId);
  const commands = await ports.ledger.commands(releaseId);
  const held = commands.findLastIndex(
    ({ commandId, phase }) => commandId.startsWith(own) && phase !== 'rejected',
  );
  if (held < 0) return undefined;
  const later = commands
    .slice(held + 1)
    .filter(({ kind, phase }) => kind === 'resume' && phase === 'applied');
  return later.find(({ actor }) => isPerson(actor))?.actor;
}

/** Running releases that this incident has asked to be held, and that nobody resumed since. */
export async function heldFor(ports: Ports, incidentId: string): Promise<ReleaseRecord[]> {
  const found: ReleaseRecord[] = [];
  for (const record of await ports.ledger.releases({ phase: 'running' })) {
    const own = holdsOf(incidentId, record.releaseId);
    const reasons = await heldBy(ports, record.releaseId);
    if (reasons.some(({ commandId }) => commandId.startsWith(own))) found.push(record);
  }
  return found;
}

/** @returns What was done, in words; where the hold stays, a person is told, because nothing else ends it. */
export async function liftHold(ports: Ports, alert: DataAlertRaised, record: ReleaseRecord): Promise<string> {
  const { incidentId, feedback } = alert.data;
  const { releaseId } = record;
  const reason = `Monte Carlo incident ${incidentId} is closed${isClosed(feedback) ? ` (${feedback})` : ''}`;
  const why = await otherReason(ports, incidentId, releaseId);
  if (why === undefined) {
    const row = await accept(ports, {
      commandId: `resume-${alert.metadata.eventId}-${releaseId}`,
      releaseId,
      kind: 'resume',
      actor: alerting,
      reason,
      at: ports.clock.now(),
    });
    if (row.phase !== 'rejected') return `${reason}: ${releaseId} goes on`;
    return stays(ports, alert, record, `${reason}, and ${releaseId} stays held: ${row.says}`);
  }
  return stays(ports, alert, record, `${reason}, and ${releaseId} stays held: ${why}`);
}

/** Another incident's hold is of the same sender: only its own end lifts it, or a person. */
async function otherReason(ports: Ports, incidentId: string, releaseId: string): Promise<string | undefined> {
  const own = holdsOf(incidentId, releaseId);
  const other = (await heldBy(ports, releaseId)).find(({ commandId }) => !commandId.startsWith(own));
  return other && `${other.actor}: ${other.reason || 'no reason given'}`;
}

async function stays(
  ports: Ports,
  { metadata }: DataAlertRaised,
  record: ReleaseRecord,
  says: string,
): Promise<string> {
  const more = { actor: alerting, once: metadata.eventId };
  await note(ports, record, 'PersonNeeded', `${brief(says)}; \`headgate resume ${record.releaseId}\``, more);
  return says;
}
