import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * What a controller that loses things would have done, done to its stores between a kill and the next start, once.
 * Each is to be found by the judge; `says` tells by which rule.
 */
export const plants = {
  delivery: {
    says: 'delivery-lost: an acknowledged delivery is gone',
    file: 'ledger.sqlite',
    sql: 'DELETE FROM deliveries WHERE seq = (SELECT max(seq) FROM deliveries WHERE published = 1)',
  },
  command: {
    says: 'command-lost: a command that was accepted and obeyed is gone',
    file: 'ledger.sqlite',
    sql: `DELETE FROM commands WHERE seq = (SELECT max(seq) FROM commands WHERE phase = 'applied')`,
  },
  stop: {
    says: 'risen-after-stop: a stop is in the ledger, and whoever took it saw to it that nobody obeys it',
    file: 'ledger.sqlite',
    // A good version that stands at its first share: it will rise, unless a verdict of its own stops it.
    sql: `INSERT INTO commands (commandId, releaseId, kind, actor, reason, at, phase, says)
      SELECT 'planted-' || releaseId, releaseId, 'abort', 'ada', 'planted', since, 'applied', 'nobody obeyed'
      FROM waits WHERE state = 'Bake' AND phase = 'open' ON CONFLICT DO NOTHING`,
  },
  trail: {
    says: 'trail-gap: a line of the audit trail is gone',
    file: 'ledger.sqlite',
    sql: 'DELETE FROM audit WHERE seq = (SELECT max(seq) / 2 FROM audit)',
  },
} as const;

export type Plant = keyof typeof plants;

/** @returns whether there was something to spoil */
export function plantIn(folder: string, plant: Plant): boolean {
  const { file, sql } = plants[plant];
  const database = new DatabaseSync(join(folder, file), { timeout: 5_000 });
  try {
    return Number(database.prepare(sql).run().changes) > 0;
  } finally {
    database.close();
  }
}
