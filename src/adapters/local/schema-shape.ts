import type * as z from 'zod';
import { membersOf, type Path } from './yaml-source.ts';

export type Shape = z.core.JSONSchema.BaseSchema;

/** The schemas that may apply at `path`: one, or several where a union is not decided by what `value` says. */
export function shapesAt(root: Shape, path: Path, value: unknown): readonly Shape[] {
  let shapes = alternatives(root, value);
  let part = value;
  for (const segment of path) {
    part = Array.isArray(part) ? part[Number(segment)] : membersOf(part)[segment];
    shapes = shapes.flatMap((shape) => child(shape, segment)).flatMap((shape) => alternatives(shape, part));
  }
  return shapes;
}

/** The keys that a map at this place may have, less those of a map with free keys. */
export function knownKeys(shapes: readonly Shape[]): readonly string[] {
  const keys = shapes.flatMap((shape) => [
    ...Object.keys(shape.properties ?? {}),
    ...(isShape(shape.propertyNames) ? (shape.propertyNames.enum ?? []).map(String) : []),
  ]);
  return [...new Set(keys)];
}

/** True where the file must hold a reference to a secret. */
export function isSecretPlace(shapes: readonly Shape[]): boolean {
  return shapes.some(({ pattern }) => pattern?.startsWith('^(env|file|aws):') === true);
}

function child(shape: Shape, segment: string | number): Shape[] {
  const keyed = shape.properties?.[segment];
  if (isShape(keyed)) return [keyed];
  if (typeof segment === 'number') return isShape(shape.items) ? [shape.items] : [];
  const names = isShape(shape.propertyNames) ? shape.propertyNames.enum : undefined;
  if (names !== undefined && !names.includes(segment)) return [];
  return isShape(shape.additionalProperties) ? [shape.additionalProperties] : [];
}

/** Branches of a union whose constant members agree with the value; all of them when none does. */
function alternatives(shape: Shape, value: unknown): readonly Shape[] {
  const branches = shape.oneOf ?? shape.anyOf;
  if (branches === undefined) return [shape];
  const members = membersOf(value);
  const agreeing = branches.filter((branch) =>
    Object.entries(branch.properties ?? {}).some(
      ([key, member]) => isShape(member) && member.const !== undefined && member.const === members[key],
    ),
  );
  return (agreeing.length > 0 ? agreeing : branches).flatMap((branch) => alternatives(branch, value));
}

function isShape(value: unknown): value is Shape {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
