import { hash } from 'node:crypto';
import { grid } from './base-runs.ts';
import type { World } from './world.ts';

/** What times, files and values mean to the code that reads them. */

/** Times are compared at ticks and at edges of windows, which stand on one grid: on which side of it, and how far. */
export function ageClass(world: World, time: number): number {
  const half = (value: number) => 2 * Math.floor(value / grid) + (value % grid === 0 ? 0 : 1);
  const distance = half(time) - 2 * Math.floor(world.now / grid);
  return Math.max(-60, Math.min(60, distance));
}

/** Exact within a minute, in which reads may be behind and retries fall; older is old. */
export const exactAge = (world: World, time: number, old = 70_000): number =>
  Math.max(-old, Math.min(200_000, time - world.now));

export const isTime = (value: unknown): value is number => typeof value === 'number' && value > 1e12;

/** A value with references to files and times told by what they mean. */
export function told(world: World, value: unknown): unknown {
  if (isTime(value)) return ageClass(world, value);
  if (Array.isArray(value)) return value.map((one) => told(world, one));
  if (typeof value !== 'object' || value === null) return value;
  if ('digest' in value && 'ref' in value) return fileMeaning(world, String(value.ref));
  const members = Object.entries(value).filter(([key]) => !forPeople.has(key));
  return Object.fromEntries(members.map(([key, member]) => [key, told(world, member)]));
}

export const forPeople = new Set([
  'says',
  'summary',
  'why',
  'cause',
  'lastLook',
  'facts',
  'queryId',
  'runId',
  'arn',
]);

const meanings = new WeakMap<object, string>();

/** What a file says to the code that reads it. Its times count from the moment that it tells of. */
export function fileMeaning(world: World, ref: string): string {
  const file = world.evidence[ref];
  if (!file) return 'missing';
  let known = meanings.get(file);
  if (known === undefined) {
    known = readMeaning(ref, file.content, file.digest);
    meanings.set(file, known);
  }
  return known;
}

function readMeaning(ref: string, content: string, digest: string): string {
  if (ref.includes('/configurations/')) return digest;
  if (ref.includes('/snapshots/')) {
    const snapshot = JSON.parse(content) as { at: number };
    return hash('sha1', JSON.stringify(from(snapshot.at, snapshot)), 'base64');
  }
  if (/\/plan(-\d+)?\.json$/.test(ref)) {
    const { plannedAt: _, ...plan } = JSON.parse(content) as { plannedAt: number };
    return hash('sha1', JSON.stringify(plan), 'base64');
  }
  return 'file';
}

function from(at: number, value: unknown): unknown {
  if (isTime(value)) return Math.ceil((value - at) / grid);
  if (Array.isArray(value)) return value.map((one) => from(at, one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, from(at, member)]));
}
