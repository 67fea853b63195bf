import { entitiesOf, routed, routesOf, shareIn } from '../../src/adapters/databricks/configuration.ts';
import { canonicalJson, sha256 } from '../../src/app/digest.ts';
import type { EndpointRow, WaitKey } from '../../src/app/ports/ledger.ts';
import type { Configuration } from '../../src/app/ports/workspace.ts';
import type { CallHappening } from './remember.ts';
import type { Happening, World } from './world.ts';

/** Accepted updates of endpoints, as invariants look at them. */

export interface Write {
  readonly call: CallHappening;
  readonly endpoint: string;
  readonly desired: Configuration;
  /** What served when it was accepted. */
  readonly active: Configuration;
  readonly row: EndpointRow | undefined;
  readonly digest: string;
}

export const callsIn = (happenings: readonly Happening[]): CallHappening[] =>
  happenings.filter((one) => one.kind === 'call');

/** Writes to endpoints that the ledger knows; staging has no baseline to protect. */
export function writesIn(happenings: readonly Happening[]): Write[] {
  return callsIn(happenings).flatMap((call): Write[] => {
    if (call.port !== 'serving' || call.method !== 'replace' || call.outcome !== 'ok') return [];
    const [endpoint, desired] = call.args as [string, Configuration];
    const row = rowOf(call.before, endpoint);
    const state = call.before.workspace.endpoints[endpoint];
    if (!state || !row) return [];
    return [{ call, endpoint, desired, active: state.active, row, digest: sha256(canonicalJson(desired)) }];
  });
}

/**
 * Whether an update of an earlier attempt was to be expected: the owner waits until `writesUntil`, and puts right what
 * landed, before anything is final. Later, or when nobody owns the endpoint, none may land.
 */
export const mayArrive = ({ actor, at }: CallHappening, row: EndpointRow): boolean =>
  actor?.late === true && row.owner !== null && at < row.writesUntil;

export const rowOf = (world: World, endpoint: string): EndpointRow | undefined =>
  world.ledger.endpoints.find((row) => row.endpoint === endpoint);

export function sharesOf(configuration: Configuration): Map<string, number> {
  const shares = new Map<string, number>();
  for (const route of routesOf(configuration)) {
    const name = routed(route) ?? '';
    shares.set(name, (shares.get(name) ?? 0) + shareIn(route));
  }
  return shares;
}

export const namesOf = (configuration: Configuration): string[] =>
  entitiesOf(configuration).map((entity) => String(entity['name']));

export function versionOf(configuration: Configuration, name: string): string | undefined {
  const entity = entitiesOf(configuration).find((one) => one['name'] === name);
  return entity && String(entity['entity_version']);
}

/** Shares of all entities but the one to go back to. */
export function newShare(configuration: Configuration, row: EndpointRow): number {
  const back = row.target?.entity ?? row.lastGood?.entity;
  return [...sharesOf(configuration)].reduce((sum, [name, share]) => sum + (name === back ? 0 : share), 0);
}

export const sameWait = (a: WaitKey, b: WaitKey): boolean =>
  a.releaseId === b.releaseId && a.state === b.state && a.visit === b.visit;
