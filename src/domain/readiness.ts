/** What a baseline is at this moment, as far as anyone can see from outside. */
export interface Standby {
  readonly entity: string;
  readonly version: string;
  /** It is among the endpoint's entities. */
  readonly present: boolean;
  readonly ready: boolean;
  readonly scaleToZero: boolean;
  /** Requests that it can work on at once when it is scaled in most; undefined where the workspace does not say. */
  readonly leastConcurrency?: number | undefined;
  /** What the registry says of its version; `unknown` when it gave no answer. */
  readonly registered: 'ready' | 'notReady' | 'hidden' | 'unknown';
  /** An update is under way, and the workspace takes no other one until it ends. */
  readonly updating: boolean;
}

/** One reason why a rollback would not be what it should be. `cause` is told once; `says` is for people. */
export interface ReadinessGap {
  readonly cause:
    | 'gone'
    | 'notReady'
    | 'scaleToZero'
    | 'capacity'
    | 'versionNotReady'
    | 'versionHidden'
    | 'updating';
  readonly says: string;
}

/**
 * Why all traffic could not go back to the baseline at once; empty when it could.
 * @param peak Requests at once at the busiest time, as declared; undefined when nobody declared it, and then capacity
 * is not judged.
 */
export function readinessGaps(standby: Standby, peak: number | undefined): readonly ReadinessGap[] {
  const { entity, version, leastConcurrency: least } = standby;
  if (!standby.present) return [{ cause: 'gone', says: `${entity} is no longer on the endpoint` }];
  const found: readonly (ReadinessGap | undefined)[] = [
    standby.ready ? undefined : { cause: 'notReady', says: `${entity} is not READY` },
    standby.scaleToZero
      ? {
          cause: 'scaleToZero',
          says: `${entity} may scale to zero: all callers would wait until it is awake`,
        }
      : undefined,
    peak !== undefined && least !== undefined && least < peak
      ? {
          cause: 'capacity',
          says: `${entity} works on ${least} requests at once at least, and the declared peak is ${peak}`,
        }
      : undefined,
    registeredGap(standby.registered, version),
    standby.updating
      ? { cause: 'updating', says: 'an update is in progress, and a rollback would be refused until it ends' }
      : undefined,
  ];
  return found.flatMap((gap) => gap ?? []);
}

function registeredGap(registered: Standby['registered'], version: string): ReadinessGap | undefined {
  switch (registered) {
    case 'notReady':
      return { cause: 'versionNotReady', says: `version ${version} is not READY in the registry` };
    case 'hidden':
      return {
        cause: 'versionHidden',
        says: `the registry does not show version ${version}: it is gone, or a grant is missing`,
      };
    case 'ready':
    case 'unknown':
      return undefined;
  }
}
