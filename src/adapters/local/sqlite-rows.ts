import type { Values } from './sqlite-store.ts';

/** The conditions that were asked for, joined by AND; those that are absent do not keep SQLite from an index. */
export function where(asked: Readonly<Record<string, string | undefined>>): { sql: string; values: Values } {
  const present = Object.entries(asked).flatMap(([column, value]) =>
    value === undefined ? [] : [[column, value] as const],
  );
  return {
    sql: ['TRUE', ...present.map(([column]) => `${column} = :${column}`)].join(' AND '),
    values: Object.fromEntries(present),
  };
}
