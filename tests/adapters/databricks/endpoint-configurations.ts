import fc from 'fast-check';
import { type Traffic, traffic } from '../../../src/domain/traffic.ts';

/** Generated endpoint configurations, with fields that nobody has heard of at every level. */

const json = fc.jsonValue({ maxDepth: 2 });
/** Names that no field of ours has. */
const unknownFields = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,4}$/), json, { maxKeys: 3 });

export interface Generated {
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly names: readonly [string, ...string[]];
  /** Of every entity, by name; those without a route have 0. */
  readonly traffic: Traffic;
}

const names = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,6}-[1-9]$/), { minLength: 1, maxLength: 4 })
  .map((found): readonly [string, ...string[]] => [found[0] ?? 'fraud-1', ...found.slice(1)]);

const entity = (name: string) =>
  fc
    .tuple(
      unknownFields,
      fc.record({
        entity_version: fc.stringMatching(/^[1-9]\d?$/),
        workload_size: fc.constantFrom('Small', 'Medium'),
        scale_to_zero_enabled: fc.boolean(),
        environment_vars: fc.dictionary(fc.stringMatching(/^[A-Z]{1,5}$/), fc.string(), { maxKeys: 2 }),
      }),
    )
    .map(([unknown, known]) => ({ ...unknown, name, entity_name: 'prod.ml.fraud', ...known }));

const route = (name: string, share: number) =>
  fc
    .tuple(unknownFields, fc.constantFrom('both', 'entity', 'model'), fc.boolean())
    .map(([unknown, form, quoted]) => ({
      ...unknown,
      ...(form !== 'entity' && { served_model_name: name }),
      ...(form !== 'model' && { served_entity_name: name }),
      traffic_percentage: quoted ? String(share) : share,
    }));

/** Whole percentages, one per name, that sum to 100. */
export const sharesOf = (entities: readonly string[]): fc.Arbitrary<Traffic> =>
  fc
    .array(fc.integer({ min: 0, max: 100 }), {
      minLength: entities.length - 1,
      maxLength: entities.length - 1,
    })
    .map((given) => {
      const cuts = [0, ...given.toSorted((a, b) => a - b), 100];
      return traffic(
        Object.fromEntries(
          entities.map((name, index) => [name, (cuts[index + 1] ?? 0) - (cuts[index] ?? 0)]),
        ),
      );
    });

export const generated: fc.Arbitrary<Generated> = names.chain((entities) =>
  fc
    .tuple(
      fc.tuple(...entities.map(entity)),
      sharesOf(entities),
      fc.array(fc.boolean(), { minLength: entities.length, maxLength: entities.length }),
      unknownFields,
      unknownFields,
    )
    .chain(([served, shares, leftOut, atTop, inTraffic]) => {
      // A route of 0 % may be left out.
      const routed = entities.filter((name, index) => (shares[name] ?? 0) > 0 || !leftOut[index]);
      return fc.tuple(...routed.map((name) => route(name, shares[name] ?? 0))).map((routes) => ({
        configuration: {
          ...atTop,
          served_entities: served,
          traffic_config: { ...inTraffic, routes },
        },
        names: entities,
        traffic: shares,
      }));
    }),
);

/** Where the values are that hold no others; empty objects and arrays have none. */
export function leafPaths(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) return value.flatMap((member, index) => leafPaths(member, [...path, index]));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, member]) => leafPaths(member, [...path, key]));
  }
  return [[...path]];
}

/** A copy of `value` in which the leaf at `path` is `leaf`. */
export function withLeaf(value: unknown, path: readonly (string | number)[], leaf: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return leaf;
  if (Array.isArray(value))
    return value.map((one, index) => (index === head ? withLeaf(one, rest, leaf) : one));
  if (typeof value !== 'object' || value === null) throw new TypeError('no such path');
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === head ? withLeaf(one, rest, leaf) : one]),
  );
}
