/** `npm run test:faults` sets it: everything is played. */
export const everything = process.env['ALL_FAULTS'] === '1';

// Days since 1970, so that each day plays another part; a fixed number repeats the part of a failed run.
const turn = Number(process.env['FAULT_TURN'] ?? Math.floor(Date.now() / 86_400_000));

/** Whether it is this one's day, of so many parts; always when everything is played. */
export const isTodays = (index: number, parts: number): boolean =>
  everything || index % parts === turn % parts;

/** Every `parts`-th of the rows, beginning with another one each day; all of them when everything is played. */
export function todays<T>(rows: readonly T[], parts: number): readonly T[] {
  return rows.filter((_, index) => isTodays(index, parts));
}

export const today = everything ? 'everything' : `turn ${turn}`;
