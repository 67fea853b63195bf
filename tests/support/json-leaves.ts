import { digestOf } from '../../src/app/digest.ts';
import type { CertificateDocument } from '../../src/contracts/certificate.ts';

/** Where something lies in a JSON value. */
export type Path = readonly string[];
type Tree = null | boolean | number | string | readonly Tree[] | { readonly [key: string]: Tree };

/** Every place that holds no object and no list. */
export function leavesOf(value: unknown): Path[] {
  if (value === null || typeof value !== 'object') return [[]];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member).map((path) => [key, ...path]));
}

export const numericLeaves = (value: unknown): Path[] =>
  leavesOf(value).filter((path) => typeof at(value, path) === 'number');

function at(value: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  return value !== null && typeof value === 'object'
    ? at(Object.entries(value).find(([name]) => name === key)?.[1], rest)
    : undefined;
}

/** A copy with something else at one place: one more where it is a count, a little more where it is a part of 1. */
export function changed(certificate: CertificateDocument, path: Path, to?: Tree): CertificateDocument {
  const copy = structuredClone(certificate);
  const parent = at(copy, path.slice(0, -1));
  const key = path.at(-1);
  if (key === undefined || parent === null || typeof parent !== 'object')
    throw new RangeError(`There is nothing at ${path.join('.')}.`);
  const old = at(copy, path);
  Object.assign(parent, { [key]: to === undefined && typeof old === 'number' ? more(old) : to });
  return copy;
}

const more = (value: number): number =>
  Number.isInteger(value) ? value + 1 : value > 0.5 ? value - 0.01 : value + 0.01;

/** A copy without one place. */
export function without(certificate: CertificateDocument, path: Path): CertificateDocument {
  const copy = structuredClone(certificate);
  const parent = at(copy, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 1);
  else if (parent !== null && typeof parent === 'object') Reflect.deleteProperty(parent, path.at(-1) ?? '');
  return copy;
}

/** As a forger would leave it who knows how the digest is made. */
export const redigested = (certificate: CertificateDocument): CertificateDocument => ({
  ...certificate,
  observationDigest: digestOf(certificate.observation),
});
