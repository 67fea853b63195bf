import * as z from 'zod';
import type { AlertInput, AlertOutput, Reading } from '../../contracts/alert-states.ts';
import { errors, isReleaseError } from '../../contracts/errors.ts';
import type { DataAlertRaised } from '../../contracts/events.ts';
import { accept } from '../command.ts';
import type { Ports } from '../ports/ports.ts';
import { requestRelease } from '../start.ts';
import { brief } from '../trail.ts';
import { alerting, incidentInWords, readDocument } from './alert-document.ts';
import { heldFor, holdId, liftHold } from './lift-hold.ts';
import { type Concern, type Response, responseFor } from './respond.ts';

/** What `AttributeAlert` found; only the releases that it names are touched. */
const attribution = z.object({
  closed: z.boolean(),
  concerns: z.array(
    z.object({
      endpoint: z.string(),
      blame: z.enum(['candidate', 'bothSides']),
      releaseId: z.string().nullable(),
    }),
  ),
});

/**
 * Commands into the ledger, each once. What was decided is decided again on the ledger as it is now: a release that
 * ended meanwhile takes no command, and may have been promoted.
 * @throws ReleaseError what the machine retries; the rest of one endpoint is told to a person and stops no other.
 */
export async function applyAlert(
  ports: Ports,
  { request, reading, finding }: AlertInput<'ApplyAlert'>,
): Promise<AlertOutput<'ApplyAlert'>> {
  const alert = await readDocument(ports, request);
  const { closed, concerns } = attribution.parse(JSON.parse(await ports.evidence.get(finding.responses)));
  const done: string[] = [];
  if (closed) {
    for (const held of await heldFor(ports, request.incidentId))
      done.push(await liftHold(ports, alert, held));
  }
  const trouble: unknown[] = [];
  for (const concern of concerns) {
    try {
      done.push(`${concern.endpoint}: ${await respond(ports, alert, reading, concern)}`);
    } catch (error) {
      trouble.push(error);
    }
  }
  if (trouble.length > 0) throw trouble[0];
  return { answer: { says: brief(done.join('; ') || finding.says, 3_900) } };
}

/** How often the release may end under us before somebody has to look. */
const tries = 3;

async function respond(
  ports: Ports,
  alert: DataAlertRaised,
  reading: Reading,
  concern: Concern,
): Promise<string> {
  for (let left = tries; ; left--) {
    const response = await responseFor(ports, alert, reading, concern);
    try {
      const says = await carryOut(ports, alert, concern, response);
      if (response.person) await tellPerson(ports, alert, concern, says);
      return says;
    } catch (error) {
      if (left <= 1 || !isReleaseError(error, 'CommandRejected')) throw error;
    }
  }
}

async function carryOut(
  ports: Ports,
  alert: DataAlertRaised,
  concern: Concern,
  { kind, why, record }: Response,
): Promise<string> {
  if (kind === 'none' || !record) return `nothing was done: ${why}`;
  const about = `version ${record.version} (${record.releaseId})`;
  switch (kind) {
    case 'rollBack':
      await command(ports, alert, 'alert', record.releaseId);
      return `${about} is rolled back: ${why}`;
    case 'pause':
      await command(ports, alert, 'hold', record.releaseId);
      return `${about} is paused: ${why}`;
    case 'undoPromotion':
      return undone(ports, alert, concern, `${why}; ${about}`);
  }
}

function command(ports: Ports, alert: DataAlertRaised, kind: 'alert' | 'hold', releaseId: string) {
  const { incidentId } = alert.data;
  return accept(ports, {
    commandId: kind === 'hold' ? holdId(incidentId, releaseId) : `alert-${incidentId}-${releaseId}`,
    releaseId,
    kind,
    actor: alerting,
    reason: incidentInWords(alert),
    at: ports.clock.now(),
  });
}

/** A rollback of its own. What refuses it, and will refuse it again, is told to a person. */
async function undone(
  ports: Ports,
  alert: DataAlertRaised,
  concern: Concern,
  about: string,
): Promise<string> {
  const { endpoint } = concern;
  try {
    const { record } = await requestRelease(ports, {
      named: endpoint,
      version: undefined,
      intent: 'rollback',
      actor: alerting,
      from: 'person',
    });
    return `the promotion is undone by ${record.releaseId}: ${about}`;
  } catch (error) {
    if (!isReleaseError(error) || errors[error.name].retry !== 'never') throw error;
    const says = `${about}, and it could not be undone: ${error.name}: ${error.message}`;
    await tellPerson(ports, alert, concern, says);
    return says;
  }
}

async function tellPerson(
  ports: Ports,
  alert: DataAlertRaised,
  { endpoint, releaseId }: Concern,
  says: string,
): Promise<void> {
  await ports.ledger.audit({
    at: ports.clock.now(),
    actor: alerting,
    action: 'PersonNeeded',
    says: brief(`${incidentInWords(alert)}: ${says}`),
    endpoint,
    ...(releaseId === null ? {} : { releaseId }),
    onceId: `alert/${alert.metadata.eventId}/${endpoint}/person`,
  });
}
