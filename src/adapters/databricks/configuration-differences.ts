import type { Configuration } from '../../app/ports/workspace.ts';
import {
  entitiesKey,
  entitiesOf,
  isJson,
  type Json,
  routed,
  routesOf,
  shareIn,
  without,
} from './configuration.ts';

/** How two objects are held against each other: `lenient` forgives what only the observed side has. */
interface Place {
  readonly path: string;
  readonly lenient: boolean;
  /** Values may be secrets, and differences go to logs and messages. */
  readonly discreet: boolean;
}

/**
 * Where `observed` differs from `desired`, as `served_entities[fraud-1].workload_size: Small -> Large`; empty means
 * the same. Entities and routes are held together by entity name, in any order. A missing route is one with 0 %, and
 * "90" is 90. What was sent and is never echoed (`burst_scaling_enabled`, `*_plaintext`) is no difference when the
 * observed side lacks it. Fields that only the observed side has are none in `ours`, entity and route, at any depth.
 */
export function differencesBetween(
  desired: Configuration,
  observed: Configuration,
  ours?: string,
): readonly string[] {
  const key = entitiesKey(desired);
  const rest = (side: Configuration) => without(side, [entitiesKey(side), 'traffic_config']);
  const trafficRest = (side: Configuration) => {
    const traffic = side['traffic_config'];
    return isJson(traffic) ? without(traffic, ['routes']) : (traffic ?? {});
  };
  return [
    ...between(rest(desired), rest(observed), { path: '', lenient: false, discreet: false }),
    ...(key === entitiesKey(observed) ? [] : [`${key}: present -> absent`]),
    ...entityDifferences(desired, observed, key, ours),
    ...between(trafficRest(desired), trafficRest(observed), {
      path: 'traffic_config',
      lenient: false,
      discreet: false,
    }),
    ...routeDifferences(desired, observed, ours),
  ];
}

function entityDifferences(
  desired: Configuration,
  observed: Configuration,
  path: string,
  ours: string | undefined,
): string[] {
  const name = (entity: Json) => (typeof entity['name'] === 'string' ? entity['name'] : '');
  return pairs(entitiesOf(desired), entitiesOf(observed), name).flatMap(([label, wanted, seen]) => {
    const place = { path: `${path}[${label}]`, lenient: label === ours, discreet: false };
    if (wanted && seen) return between(wanted, seen, place);
    return [`${place.path}: ${wanted ? 'present -> absent' : 'absent -> present'}`];
  });
}

function routeDifferences(
  desired: Configuration,
  observed: Configuration,
  ours: string | undefined,
): string[] {
  const name = (route: Json) => routed(route) ?? '';
  // The names have paired the routes already, and the workspace echoes one name twice.
  const known = ['served_model_name', 'served_entity_name', 'traffic_percentage'];
  return pairs(routesOf(desired), routesOf(observed), name).flatMap(([label, wanted, seen]) => {
    const path = `traffic_config.routes[${label}]`;
    const [from, to] = [wanted ? shareIn(wanted) : 0, seen ? shareIn(seen) : 0];
    if (!Object.is(from, to)) return [`${path}.traffic_percentage: ${from} -> ${to}`];
    if (!wanted || !seen) return from === 0 ? [] : [`${path}: ${shown(wanted)} -> ${shown(seen)}`];
    return between(without(wanted, known), without(seen, known), {
      path,
      lenient: label === ours,
      discreet: false,
    });
  });
}

/** By name, in the order of `desired`; a second one of the same name is called `name#2`. */
function pairs(
  desired: readonly Json[],
  observed: readonly Json[],
  nameOf: (one: Json) => string,
): [label: string, desired: Json | undefined, observed: Json | undefined][] {
  const labelled = (side: readonly Json[]) => {
    const found = new Map<string, Json>();
    for (const one of side) {
      const name = nameOf(one);
      let label = name;
      for (let count = 2; found.has(label); count++) label = `${name}#${count}`;
      found.set(label, one);
    }
    return found;
  };
  const [wanted, seen] = [labelled(desired), labelled(observed)];
  return [...new Set([...wanted.keys(), ...seen.keys()])].map((label) => [
    label,
    wanted.get(label),
    seen.get(label),
  ]);
}

function between(desired: unknown, observed: unknown, place: Place): string[] {
  if (isJson(desired) && isJson(observed)) {
    return [...new Set([...Object.keys(desired), ...Object.keys(observed)])].flatMap((key) => {
      const [wanted, seen] = [member(desired, key), member(observed, key)];
      if (seen === undefined && isNeverEchoed(key)) return [];
      if (wanted === undefined && place.lenient) return [];
      return between(wanted, seen, {
        path: place.path === '' ? key : `${place.path}.${key}`,
        lenient: place.lenient,
        discreet: place.discreet || key === 'environment_vars' || key.endsWith('_plaintext'),
      });
    });
  }
  if (Array.isArray(desired) && Array.isArray(observed) && desired.length === observed.length) {
    return desired.flatMap((wanted, index) =>
      between(wanted, observed[index], { ...place, path: `${place.path}[${index}]` }),
    );
  }
  if (desired === observed) return [];
  return [`${place.path}: ${place.discreet ? 'differs' : `${shown(desired)} -> ${shown(observed)}`}`];
}

/** Its own only: a field may be called `constructor`. */
function member(of: Json, key: string): unknown {
  return Object.hasOwn(of, key) ? of[key] : undefined;
}

function isNeverEchoed(key: string): boolean {
  return key === 'burst_scaling_enabled' || key.endsWith('_plaintext');
}

/** One line of at most 80 characters. */
function shown(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
