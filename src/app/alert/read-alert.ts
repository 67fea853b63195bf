import type { AlertInput, AlertOutput } from '../../contracts/alert-states.ts';
import { isClosed } from '../../domain/attribution.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * Asks Monte Carlo itself, because its signature is no proof: it has no time, and different bodies can have the same.
 * @throws ReleaseError `MonteCarloUnavailable`, `ConfigurationInvalid`.
 */
export async function readAlert(
  ports: Ports,
  { request }: AlertInput<'ReadAlert'>,
): Promise<AlertOutput<'ReadAlert'>> {
  if (!ports.environment.intake.monteCarlo?.api) {
    return { reading: { standing: 'notAsked', raisedAt: null } };
  }
  const incident = await ports.incidents.read(request.incidentId);
  if (!incident) return { reading: { standing: 'unknown', raisedAt: null } };
  const standing = isClosed(incident.feedback) ? 'closed' : 'open';
  return { reading: { standing, raisedAt: incident.raisedAt } };
}
