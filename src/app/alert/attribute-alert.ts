import type { AlertInput, AlertOutput, Reading } from '../../contracts/alert-states.ts';
import { isClosed } from '../../domain/attribution.ts';
import type { Ports } from '../ports/ports.ts';
import { brief } from '../trail.ts';
import { alerting, answered, incidentInWords, keepBeside, readDocument } from './alert-document.ts';
import { heldFor } from './lift-hold.ts';
import { type Concern, concernsOf, knownOf, responseFor } from './respond.ts';

/**
 * Whose doing the incident is, from the configuration and the ledger alone. Nothing is touched here.
 * @throws ReleaseError `EvidenceInvalid`, `PolicyInvalid`.
 */
export async function attributeAlert(
  ports: Ports,
  { request, reading }: AlertInput<'AttributeAlert'>,
): Promise<AlertOutput<'AttributeAlert'>> {
  const alert = await readDocument(ports, request);
  const { incidentId, feedback } = alert.data;
  const closed = reading.standing === 'closed' || isClosed(feedback);
  const found = closed ? await lifted(ports, incidentId, reading) : await attributed(ports, alert, reading);
  const { kind, concerns } = found;
  const says = brief(found.says, 3_900);
  const responses = await keepBeside(ports, request, 'attribution', { kind, closed, says, concerns }, says);
  if (kind !== 'keep') {
    const onceId = `alert/${request.eventId}/attributed`;
    const at = ports.clock.now();
    await ports.ledger.audit({ at, actor: alerting, action: 'AlertAttributed', says, onceId });
  }
  if (kind === 'nothing') await answered(ports, request);
  return { finding: { kind, says, responses } };
}

interface Found {
  readonly kind: AlertOutput<'AttributeAlert'>['finding']['kind'];
  readonly says: string;
  readonly concerns: readonly Concern[];
}

async function attributed(
  ports: Ports,
  alert: Awaited<ReturnType<typeof readDocument>>,
  reading: Reading,
): Promise<Found> {
  const concerns = await concernsOf(ports, alert);
  const incident = incidentInWords(alert);
  if (concerns.length === 0) {
    return {
      kind: 'keep',
      says: `${incident} concerns no table or rule of a configured endpoint`,
      concerns,
    };
  }
  const known = await knownOf(ports, alert, reading);
  const responses = await Promise.all(
    concerns.map(async (concern) => ({ concern, ...(await responseFor(ports, alert, known, concern)) })),
  );
  const inWords = responses.map(({ concern, kind, why }) => `${concern.endpoint}: ${kind}, ${why}`);
  const acting = responses.some(({ kind, person }) => kind !== 'none' || person);
  return { kind: acting ? 'respond' : 'nothing', says: `${incident}: ${inWords.join('; ')}`, concerns };
}

/** A hold is lifted where nothing contradicts the message: whoever replays an old one must not let a release go on. */
async function lifted(ports: Ports, incidentId: string, { standing }: Reading): Promise<Found> {
  const held = await heldFor(ports, incidentId);
  const says = `incident ${incidentId} is closed`;
  if (held.length === 0) {
    return {
      kind: 'nothing',
      says: `${says}: it holds nothing, and nothing starts again by itself`,
      concerns: [],
    };
  }
  if (standing === 'closed' || standing === 'notAsked') {
    return { kind: 'respond', says: `${says}: its hold is lifted`, concerns: [] };
  }
  const releases = held.map(({ releaseId }) => releaseId).join(', ');
  const why = `a message says so, and Monte Carlo's API does not confirm it (${standing})`;
  return { kind: 'keep', says: `${says}: ${why}; ${releases} stays held`, concerns: [] };
}
