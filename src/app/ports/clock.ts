import type { Instant, Millis } from '../../domain/units.ts';

/** The only source of time outside the domain. One process has one owner of it. */
export interface Clock {
  now(): Instant;
  /** Resolves after `duration`; rejects with the signal's reason when it is aborted first. */
  sleep(duration: Millis, signal?: AbortSignal): Promise<void>;
}
