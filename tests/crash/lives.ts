import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Random } from '../support/random.ts';
import { Controller } from './controller.ts';
import type { Pilot } from './pilot.ts';
import type { Program } from './programs.ts';
import { query, storesIn } from './standing.ts';

/** Longest that a life lasts after it was ready, and the part of lives that do not get that far. */
const longestLifeMs = 900;
const stillborn = 0.12;
const longestStartMs = 450;
/** Between two things that happen around one endpoint. */
const betweenActsMs = 120;

export interface Stage {
  readonly data: string;
  readonly start: () => Program;
  readonly pilots: readonly Pilot[];
  readonly chance: Random;
}

/**
 * One life of serve, cut off by SIGKILL at a random moment: on its way up, or while people and senders talk to it.
 * @returns whether it was ready before
 */
export async function liveAndDie(stage: Stage): Promise<boolean> {
  const { chance } = stage;
  const early = chance.uniform() < stillborn;
  const after = chance.uniform() * (early ? longestStartMs : longestLifeMs);
  if (early) {
    const program = stage.start();
    await sleep(after);
    await program.kill();
    return false;
  }
  const { program, controller } = await ready(stage);
  const end = AbortSignal.timeout(Math.ceil(after));
  const acting = crowd(stage, controller, end, false);
  await sleep(after);
  await program.kill();
  await acting;
  return true;
}

/**
 * The last life: nothing new begins, nobody kills. Ends when nothing is left to do, or after `withinMs`.
 * @returns what was still open then, in words; undefined when nothing was
 */
export async function liveOn(stage: Stage, withinMs: number): Promise<string | undefined> {
  const { program, controller } = await ready(stage);
  const end = new AbortController();
  const acting = crowd(stage, controller, end.signal, true);
  const latest = Date.now() + withinMs;
  let open = openIn(stage.data);
  while (open !== undefined && Date.now() < latest) {
    await sleep(500);
    open = openIn(stage.data);
  }
  end.abort();
  await acting;
  await program.stop();
  return open;
}

/** How often serve may refuse to start because the simulator, on a machine that is busy, did not answer within its 2 s. */
const mostRefusals = 20;

async function ready(stage: Stage): Promise<{ program: Program; controller: Controller }> {
  for (let refusals = 0; ; refusals += 1) {
    const program = stage.start();
    const announced = await program.announced;
    if (announced === undefined) throw new Error(`headgate serve ended by itself: ${program.complaints()}`);
    if (!isUnavailable(announced) || refusals === mostRefusals)
      return { program, controller: new Controller(announced) };
    await program.stop();
  }
}

const isUnavailable = (announced: unknown): boolean =>
  z.object({ error: z.object({ name: z.literal('DatabricksUnavailable') }) }).safeParse(announced).success;

async function crowd(stage: Stage, controller: Controller, end: AbortSignal, tidy: boolean): Promise<void> {
  await Promise.all(
    stage.pilots.map(async (pilot, index) => {
      await sleep((betweenActsMs * index) / stage.pilots.length);
      while (!end.aborted) {
        await pilot.act(controller, tidy);
        await sleep(betweenActsMs);
      }
    }),
  );
}

const openRow = z.object({ what: z.string(), n: z.number() });

/** What the ledger still has open. Several processes may have it open at once. */
function openIn(data: string): string | undefined {
  const folder = storesIn(data);
  if (folder === undefined) return 'no ledger yet';
  const rows = query(
    join(folder, 'ledger.sqlite'),
    openRow,
    `SELECT 'releases' AS what, count(*) AS n FROM releases WHERE phase <> 'ended'
     UNION ALL SELECT 'waits', count(*) FROM waits WHERE phase <> 'closed'
     UNION ALL SELECT 'commands', count(*) FROM commands WHERE phase = 'pending'
     UNION ALL SELECT 'endpoints', count(*) FROM endpoints WHERE phase <> 'closed'
     UNION ALL SELECT 'deliveries', count(*) FROM deliveries WHERE published = 0`,
  ).filter(({ n }) => n > 0);
  return rows.length === 0 ? undefined : rows.map(({ what, n }) => `${n} ${what}`).join(', ');
}
