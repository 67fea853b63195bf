import type { AlertInput, AlertOutput } from '../../contracts/alert-states.ts';
import type { Ports } from '../ports/ports.ts';
import { reasonOf } from '../stages/health.ts';
import { brief } from '../trail.ts';
import { alerting, answered } from './alert-document.ts';

/** Keeps an alert that could not be brought to an end, and tells a person: once, whatever is tried again. */
export async function quarantineAlert(
  ports: Ports,
  { request, answer, failure }: AlertInput<'QuarantineAlert'>,
): Promise<AlertOutput<'QuarantineAlert'>> {
  const { incidentId, eventId, alert } = request;
  const at = ports.clock.now();
  const quarantineId = `alert/${eventId}`;
  // Answered, but Monte Carlo was not told so: nothing else comes after an answer.
  const done = answer.says === '' ? '' : `answered (${brief(answer.says, 400)}), but not told: `;
  const why = brief(`${done}${failure.error}: ${reasonOf(failure)}`);
  await ports.ledger.quarantine({ quarantineId, source: alerting, why, message: { incidentId, alert }, at });
  await ports.ledger.audit({
    at,
    actor: alerting,
    action: 'PersonNeeded',
    says: brief(`Monte Carlo incident ${incidentId} is kept in quarantine: ${why}`),
    onceId: `${quarantineId}/kept`,
  });
  await answered(ports, request);
  return { kept: true };
}
