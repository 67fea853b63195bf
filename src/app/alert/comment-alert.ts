import type { AlertInput, AlertOutput } from '../../contracts/alert-states.ts';
import type { Ports } from '../ports/ports.ts';
import { alerting, answered } from './alert-document.ts';

/**
 * Tells the people who look at the incident what it did here. Comes after the response and never stands in its way.
 * @throws ReleaseError `MonteCarloUnavailable`, `ConfigurationInvalid`.
 */
export async function commentAlert(
  ports: Ports,
  { request, answer }: AlertInput<'CommentAlert'>,
): Promise<AlertOutput<'CommentAlert'>> {
  const { eventId, incidentId } = request;
  const { environment, ledger, clock } = ports;
  const written = environment.intake.monteCarlo?.api !== undefined;
  if (written)
    await ports.incidents.comment(incidentId, `Headgate (${environment.environment}): ${answer.says}`);
  await ledger.audit({
    at: clock.now(),
    actor: alerting,
    action: 'AlertAnswered',
    says: `incident ${incidentId}: ${answer.says}`,
    onceId: `alert/${eventId}/answered`,
  });
  await answered(ports, request);
  return { written };
}
