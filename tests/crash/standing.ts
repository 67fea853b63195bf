import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';

/** Where the controller stood, read from what it left on disk. Only while no process of it runs. */

/** The one folder that `serve` keeps for the run's simulator; undefined before it made it. */
export function storesIn(data: string): string | undefined {
  const [folder] = globSync(join(data, 'simulator-*'));
  return folder !== undefined && existsSync(join(folder, 'ledger.sqlite')) ? folder : undefined;
}

/** Read-only: what the killed process left is recovered by the next one of its kind, not by us. */
export function query<T>(file: string, schema: z.ZodType<T>, sql: string): T[] {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    return z.array(schema).parse(database.prepare(sql).all());
  } finally {
    database.close();
  }
}

const running = z.object({
  state: z.string(),
  phase: z.string(),
  submitted: z.union([z.number(), z.null()]),
});
const count = z.object({ n: z.number() });

/** How often kills hit what: the histogram that says whether they hit at all. */
export class Histogram {
  /** `Bake, waiting for its token` -> releases that a kill found so. */
  readonly states = new Map<string, number>();
  /** Kills that found at least one of these half done. */
  readonly halfDone = new Map<string, number>();

  /** Counts one kill. */
  add(folder: string): void {
    const executions = query(
      join(folder, 'machine.sqlite'),
      running,
      `SELECT changing ->> '$.position.state' AS state, changing ->> '$.position.phase.kind' AS phase,
         changing ->> '$.position.phase.submitted' AS submitted FROM execution WHERE status = 'RUNNING'`,
    );
    const inCall = executions.filter(({ phase, submitted }) => phase === 'task' && submitted !== 1);
    for (const { state, phase, submitted } of executions) {
      const how = phase === 'task' ? (submitted === 1 ? 'stands' : 'in its handler') : phase;
      bump(this.states, `${state}: ${how}`);
    }
    if (executions.length === 0) bump(this.states, 'no release runs');
    if (inCall.length > 0) bump(this.halfDone, 'a handler was running');
    for (const [what, sql] of Object.entries(halves)) {
      const [found] = query(join(folder, 'ledger.sqlite'), count, `SELECT count(*) AS n FROM ${sql}`);
      if (found && found.n > 0) bump(this.halfDone, what);
    }
  }
}

const halves = {
  'an event was committed and not published': 'deliveries WHERE published = 0',
  'a command was accepted and not settled': `commands WHERE phase = 'pending'`,
  'a wait was decided and its token not closed': `waits WHERE phase = 'decided'`,
  'a release was queued': `releases WHERE phase = 'queued'`,
  'an endpoint was being restored': `endpoints WHERE phase = 'restoring'`,
} as const;

const bump = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
