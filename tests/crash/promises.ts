import type { Kind } from './world.ts';

/** What the controller answered with 2xx, so that it may never be lost; kept outside of its process. */

export interface PromisedDelivery {
  readonly source: 'mlflow' | 'monte-carlo';
  /** MLflow's delivery id; an alert has none. */
  readonly deliveryId?: string;
  readonly endpoint: string;
  /** Of a registered version. */
  readonly version?: string;
  /** Of an alert. */
  readonly incident?: string;
  readonly outcome: string;
}

export interface PromisedCommand {
  readonly commandId: string;
  readonly releaseId: string;
  readonly kind: string;
  /** A version that was taken out of the queue: an end of the release, and no row of its own. */
  readonly withdrawn: boolean;
}

export class Promises {
  readonly deliveries: PromisedDelivery[] = [];
  readonly commands: PromisedCommand[] = [];
  /** Ids of releases that a person was told had been started or queued. */
  readonly starts: string[] = [];
  /** endpoint -> version -> what the version is like. */
  readonly versions = new Map<string, Map<string, Kind>>();
  /** Requests whose answer never came: the process was killed meanwhile, or the connection was refused. */
  unanswered = 0;
  /** Requests that were refused, by their error's name or HTTP code. */
  readonly refused = new Map<string, number>();

  registered(endpoint: string, version: string, kind: Kind): void {
    const known = this.versions.get(endpoint) ?? new Map<string, Kind>();
    this.versions.set(endpoint, known.set(version, kind));
  }

  refuse(why: string): void {
    this.refused.set(why, (this.refused.get(why) ?? 0) + 1);
  }
}
