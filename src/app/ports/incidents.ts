import type { Instant } from '../../domain/units.ts';

/** An incident as its own system shows it now. */
export interface Incident {
  readonly raisedAt: Instant;
  /** Where people stand with it, as that system spells it; absent while nobody said anything. */
  readonly feedback?: string;
}

/** The data observability service, asked again before anything is undone, and told what was done. */
export interface Incidents {
  /**
   * Undefined when the service knows no such incident.
   * @throws ReleaseError `MonteCarloUnavailable`; `ConfigurationInvalid` when no API or no usable key is configured.
   */
  read(incidentId: string): Promise<Incident | undefined>;
  /**
   * Adds a comment to the incident. A second call adds a second one: an answer may be lost.
   * @throws ReleaseError as `read`.
   */
  comment(incidentId: string, text: string): Promise<void>;
}
