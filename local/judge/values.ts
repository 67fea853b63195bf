import { advice } from '../../src/adapters/local/nearest.ts';
import { RecordFault, seen } from './fault.ts';

/** Values of one record, checked by hand: a schema library takes longer for a line than judging it. */

export type Members = Readonly<Record<string, unknown>>;

/** More than a trillion requests in a window are a slip; sums of thousands of such windows stay exact. */
export const MOST = 1e12;

/**
 * The members of a map. What is null was not measured, which is as if it were not there.
 * @throws RecordFault for what is no map, and for a key that means nothing: a misspelt side would be missing silently.
 */
export function membersOf(value: unknown, known: ReadonlySet<string>, where: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RecordFault(where, `${seen(value)} is not a map of keys`, `write {${[...known].join(', ')}}`);
  const members = value as Members;
  let hasNull = false;
  for (const key in members) {
    if (!known.has(key))
      throw new RecordFault(at(where, key), `there is no key "${key}" here`, advice(key, known));
    if (members[key] === null) hasNull = true;
  }
  return hasNull
    ? Object.fromEntries(Object.entries(members).filter(([, member]) => member !== null))
    : members;
}

/** @throws RecordFault unless it is a whole number from 0 on. */
export function countOf(value: unknown, where: string, key: string): number {
  // Plus 0: -0 is 0, and not another count.
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST) return value + 0;
  throw wrong(value, where, key, `a whole number from 0 to ${MOST}`);
}

/** @throws RecordFault unless it is a finite number. */
export function numberOf(value: unknown, where: string, key: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(value, where, key, 'a number');
}

/** @throws RecordFault unless it is a number from 0 to 1. */
export function scoreOf(value: unknown, where: string, key: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw wrong(value, where, key, 'a score from 0 to 1; scale it to that');
}

/** @throws RecordFault unless it is text that is not empty. */
export function textOf(value: unknown, where: string, key: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(value, where, key, 'text that is not empty');
}

/** @throws RecordFault unless it is a list. */
export function listOf(value: unknown, where: string, key: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong(value, where, key, 'a list');
}

export function wrong(value: unknown, where: string, key: string, needed: string): RecordFault {
  return value === undefined
    ? new RecordFault(at(where, key), 'is missing', `add it: ${needed}`)
    : new RecordFault(at(where, key), `${seen(value)} cannot be used`, `write ${needed}`);
}

export const at = (where: string, key: string): string => (where === '' ? key : `${where}.${key}`);
