import * as z from 'zod';
import type { AlertInput, AlertOutput } from '../../contracts/alert-states.ts';
import { errors, isReleaseError } from '../../contracts/errors.ts';
import type { DataAlertRaised } from '../../contracts/events.ts';
import { accept } from '../command.ts';
import type { CommandRow } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { requestRelease } from '../start.ts';
import { brief } from '../trail.ts';
import { alerting, incidentInWords, readDocument } from './alert-document.ts';
import { heldFor, holdId, liftHold } from './lift-hold.ts';
import { type Concern, type Known, knownOf, type Response, responseFor } from './respond.ts';

/** What `AttributeAlert` found; only the releases that it names are touched. */
const attribution = z.object({
  closed: z.boolean(),
  concerns: z.array(
    z.object({
      endpoint: z.string(),
      blame: z.enum(['candidate', 'bothSides']),
      releaseId: z.string().nullable(),
      promotedId: z.string().nullable(),
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
  const known = await knownOf(ports, alert, reading);
  const trouble: unknown[] = [];
  for (const concern of concerns) {
    try {
      done.push(`${concern.endpoint}: ${await respond(ports, alert, known, concern)}`);
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
  known: Known,
  concern: Concern,
): Promise<string> {
  for (let left = tries; ; left--) {
    const response = await responseFor(ports, alert, known, concern);
    const ordered = await alreadyOrdered(ports, alert, concern);
    // What was done by an attempt that nobody heard of, or for an earlier message, has left nothing else to do.
    if (response.kind === 'none' && !response.byHand && ordered) return inPast(ordered);
    try {
      const says = await carryOut(ports, alert, concern, response);
      if (response.person) await tellPerson(ports, alert, concern, response, says);
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
  response: Response,
): Promise<string> {
  const { kind, why, record } = response;
  if (kind === 'none' || !record) return `nothing was done: ${why}`;
  const about = `version ${record.version} (${record.releaseId})`;
  switch (kind) {
    case 'rollBack':
      await command(ports, alert, 'alert', record.releaseId);
      return `${about} is rolled back: ${why}`;
    case 'pause': {
      const { phase, says } = await command(ports, alert, 'hold', record.releaseId);
      return phase === 'rejected' ? `${about} is not paused: ${says}` : `${about} is paused: ${why}`;
    }
    case 'undoPromotion':
      return undone(ports, alert, concern, response, `${why}; ${about}`);
  }
}

const rollBackId = ({ data }: DataAlertRaised, releaseId: string) => `alert-${data.incidentId}-${releaseId}`;

function command(ports: Ports, alert: DataAlertRaised, kind: 'alert' | 'hold', releaseId: string) {
  return accept(ports, {
    commandId: kind === 'hold' ? holdId(alert, releaseId) : rollBackId(alert, releaseId),
    releaseId,
    kind,
    actor: alerting,
    reason: incidentInWords(alert),
    at: ports.clock.now(),
  });
}

/** What the incident asked of the release, or this message of it, and was not refused. */
async function alreadyOrdered(
  ports: Ports,
  alert: DataAlertRaised,
  { releaseId }: Concern,
): Promise<CommandRow | undefined> {
  if (releaseId === null) return undefined;
  const commands = await ports.ledger.commands(releaseId);
  const named = (id: string) =>
    commands.find(({ commandId, phase }) => commandId === id && phase !== 'rejected');
  return named(rollBackId(alert, releaseId)) ?? named(holdId(alert, releaseId));
}

const inPast = ({ kind, releaseId }: CommandRow): string =>
  `${releaseId} is ${kind === 'alert' ? 'rolled back' : 'paused'} for this incident already`;

/** A rollback of its own. What refuses it, and will refuse it again, is told to a person. */
async function undone(
  ports: Ports,
  alert: DataAlertRaised,
  concern: Concern,
  response: Response,
  about: string,
): Promise<string> {
  const { endpoint } = concern;
  try {
    const { record } = await requestRelease(ports, {
      named: endpoint,
      version: undefined,
      undo: response.record?.version,
      intent: 'rollback',
      actor: alerting,
      from: 'alert',
      reason: incidentInWords(alert),
    });
    return `the promotion is being undone by ${record.releaseId}: ${about}`;
  } catch (error) {
    if (!isReleaseError(error) || errors[error.name].retry !== 'never') throw error;
    const says = `${about}, and it could not be undone: ${error.name}: ${error.message}`;
    await tellPerson(ports, alert, concern, response, says);
    return says;
  }
}

async function tellPerson(
  ports: Ports,
  alert: DataAlertRaised,
  { endpoint }: Concern,
  { kind, record }: Response,
  says: string,
): Promise<void> {
  // Of a release that ends now the end would settle the need, and what serves would be nobody's any more.
  const about = kind === 'rollBack' ? undefined : record?.releaseId;
  await ports.ledger.audit({
    at: ports.clock.now(),
    actor: alerting,
    action: 'PersonNeeded',
    says: brief(`${incidentInWords(alert)}: ${says}`),
    endpoint,
    ...(about === undefined ? {} : { releaseId: about }),
    onceId: `alert/${alert.metadata.eventId}/${endpoint}/person`,
  });
}
