declare const unit: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [unit]: Name };

/** Share of an endpoint's traffic: an integer from 0 to 100. */
export type Percent = Branded<number, 'Percent'>;
/** A point in time: milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Branded<number, 'Instant'>;
/** A duration in milliseconds, zero or more. */
export type Millis = Branded<number, 'Millis'>;

/** At least one element; what a fold needs so that "nothing" is never an outcome. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** @throws RangeError when `value` is not an integer from 0 to 100. */
export function percent(value: number): Percent {
  if (!Number.isInteger(value) || value < 0 || value > 100) {
    throw new RangeError(`A percentage is an integer from 0 to 100, not ${value}.`);
  }
  return value as Percent;
}

/** @param value Milliseconds since the epoch. @throws RangeError when it is not a finite number. */
export function instant(value: number): Instant {
  if (!Number.isFinite(value))
    throw new RangeError(`An instant is a finite number of milliseconds, not ${value}.`);
  return value as Instant;
}

/** @throws RangeError when `value` is negative or not finite. */
export function millis(value: number): Millis {
  if (!Number.isFinite(value) || value < 0)
    throw new RangeError(`A duration is zero or more milliseconds, not ${value}.`);
  return value as Millis;
}

export const seconds = (value: number): Millis => millis(value * 1000);
export const minutes = (value: number): Millis => millis(value * 60_000);
export const days = (value: number): Millis => millis(value * 86_400_000);
export const hours = (value: number): Millis => millis(value * 3_600_000);

export const after = (start: Instant, duration: Millis): Instant => instant(start + duration);

/** ISO 8601 in UTC, to the second. */
export const describeInstant = (at: Instant): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

export function isNonEmpty<T>(items: readonly T[]): items is NonEmpty<T> {
  return items.length > 0;
}
