import * as z from 'zod';
import { type Instant, instant, type Percent, percent } from '../../domain/units.ts';

/** A vendor's enum: the values that we know, and whatever comes next. */
export type Open<Known extends string> = Known | (string & Record<never, never>);

const digits = z.string().regex(/^\d+$/).transform(Number);

/** An integer as number or as digits. One beyond 2^53 is refused: it would be somebody else's id. */
export const wireInt = z.union([z.int(), digits.pipe(z.int())]);

export const wirePercent = wireInt
  .pipe(z.int().min(0).max(100))
  .transform((value): Percent => percent(value));

/** Milliseconds since 1970; 0 is how the workspace writes "not yet". */
export const wireInstant = wireInt.transform((value): Instant | undefined =>
  value > 0 ? instant(value) : undefined,
);

/** The workspace writes absent text as "", null or not at all. */
export const wireText = z
  .string()
  .nullish()
  .transform((value): string | undefined => value || undefined);

type Known<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** `fields` without those that are undefined, so that absent stays absent. */
export function present<T extends object>(fields: T): Partial<Known<T>> {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as Partial<Known<T>>;
}
