import type { Configuration, ConfigurationChange } from '../../app/ports/workspace.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { Traffic } from '../../domain/traffic.ts';

/** An endpoint's configuration as raw JSON: read, copied and changed without knowing its fields. Everything is pure. */

export type Json = Readonly<Record<string, unknown>>;

/** What an answer holds beyond what was sent. A field that is not listed is carried. */
const outputOnly = {
  // `start_time` is on a pending configuration; `served_models` says the same as `served_entities` once more.
  configuration: ['config_version', 'start_time'],
  entity: ['state', 'creator', 'creation_timestamp', 'foundation_model'],
  autoCapture: ['state'],
} as const;

/** `config` or `pending_config` of an endpoint's answer, as a later write may send it. */
export function configurationIn(answer: unknown): Configuration {
  if (!isJson(answer)) return {};
  const kept = structuredClone(without(answer, outputOnly.configuration));
  const key = entitiesKey(kept);
  const capture = kept['auto_capture_config'];
  return {
    ...(key === 'served_entities' ? without(kept, ['served_models']) : kept),
    ...(Array.isArray(kept[key]) && {
      [key]: kept[key].map((entity: unknown) =>
        isJson(entity) ? without(entity, outputOnly.entity) : entity,
      ),
    }),
    ...(isJson(capture) && { auto_capture_config: without(capture, outputOnly.autoCapture) }),
  };
}

/**
 * `base` with `change` applied, as a copy that shares nothing with it. Traffic that is given is the whole of it: an
 * entity that it does not name gets 0 %. A route that already says its share is left as it is written.
 * @throws `ForeignChange` when the entity to copy from is not there.
 */
export function changed(base: Configuration, change: ConfigurationChange): Configuration {
  const copy = structuredClone(base);
  const key = entitiesKey(copy);
  const before = entitiesOf(copy);
  const taken = before.some((entity) => entity['name'] === change.add?.name);
  const added = taken ? undefined : change.add;
  const entities = [...before, ...(added ? [likeness(before, added)] : [])]
    .filter((entity) => entity['name'] !== change.remove)
    .map((entity) => ({ ...entity, ...structuredClone(change.hidden) }));
  const routesBefore = routesOf(copy);
  const routes = routesBefore.filter(
    (route) => change.remove === undefined || routed(route) !== change.remove,
  );
  const untouched = change.traffic === undefined && routes.length === routesBefore.length;
  return {
    ...copy,
    [key]: entities,
    ...(!untouched && {
      traffic_config: {
        ...(isJson(copy['traffic_config']) && copy['traffic_config']),
        routes: change.traffic ? rerouted(routes, change.traffic, added?.name) : routes,
      },
    }),
  };
}

type Addition = NonNullable<ConfigurationChange['add']>;

function likeness(entities: readonly Json[], { name, version, like }: Addition): Json {
  const original = entities.find((entity) => entity['name'] === like);
  if (!original) throw new ReleaseError('ForeignChange', `there is no served entity ${like} to copy from`);
  return {
    ...structuredClone(original),
    name,
    // The deprecated form says the version in a field of its own; whichever the original has is written.
    ...('model_version' in original && { model_version: version }),
    ...(('entity_version' in original || !('model_version' in original)) && { entity_version: version }),
  };
}

/** An entity at 0 % keeps its route; one that never had a route gets none for 0 %, unless it is new. */
function rerouted(routes: readonly Json[], traffic: Traffic, added: string | undefined): Json[] {
  const left = new Map<string, number>(Object.entries(traffic));
  const kept = routes.map((route) => {
    const name = routed(route) ?? '';
    const share = left.get(name) ?? 0;
    left.delete(name);
    return shareIn(route) === share ? route : { ...route, traffic_percentage: share };
  });
  const fresh = [...left]
    .filter(([name, share]) => share > 0 || name === added)
    .map(([name, share]) => ({
      served_model_name: name,
      served_entity_name: name,
      traffic_percentage: share,
    }));
  return [...kept, ...fresh];
}

/** Where the entities are: older answers know only the deprecated twin. */
export function entitiesKey(configuration: Configuration): 'served_entities' | 'served_models' {
  const twinOnly =
    !Array.isArray(configuration['served_entities']) && Array.isArray(configuration['served_models']);
  return twinOnly ? 'served_models' : 'served_entities';
}

export function entitiesOf(configuration: Configuration): Json[] {
  return jsonIn(configuration[entitiesKey(configuration)]);
}

export function routesOf(configuration: Configuration): Json[] {
  const traffic = configuration['traffic_config'];
  return isJson(traffic) ? jsonIn(traffic['routes']) : [];
}

/** The entity that a route leads to. */
export function routed(route: Json): string | undefined {
  const name = route['served_entity_name'] ?? route['served_model_name'];
  return typeof name === 'string' ? name : undefined;
}

/** Percent; documentation shows them quoted as well. An absent one is 0; NaN for anything else. */
export function shareIn(route: Json): number {
  const share = route['traffic_percentage'] ?? 0;
  return typeof share === 'string' && share.trim() === '' ? Number.NaN : Number(share);
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function without(source: Json, keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(source).filter(([key]) => !keys.includes(key)));
}

/**
 * Whether the configuration holds values in plain text that are meant for few: variables of an entity that do not refer
 * to a secret, and any field that ends in `_plaintext`.
 */
export function holdsPlainValues(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsPlainValues);
  if (!isJson(value)) return false;
  return Object.entries(value).some(([key, member]) => {
    if (key.endsWith('_plaintext')) return true;
    if (key === 'environment_vars' && isJson(member)) return !Object.values(member).every(isSecretReference);
    return holdsPlainValues(member);
  });
}

const isSecretReference = (value: unknown): boolean =>
  typeof value === 'string' && /^\{\{secrets\/[^{}]+\}\}$/.test(value);

function jsonIn(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}
