import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { disturb } from '../adapters/aws/dynamo-faults.ts';
import { hasLocalDynamo, LocalTables, platform } from '../adapters/aws/dynamo-setting.ts';
import { judges, lost } from './judges.ts';
import { type Answer, type RaceName, raceNamed, races, runSide } from './races.ts';
import type { Racer } from './sqlite-racer.ts';

/** A daily share; all of them where they are asked for. */
const all = process.env['ALL_RACES'] === '1';
const roundsOf = (name: RaceName) => (name === 'claims' ? (all ? 10_000 : 300) : all ? 1_000 : 60);
const timeout = all ? 1_800_000 : 60_000;
const names = Object.keys(races) as RaceName[];

describe('two threads on one SQLite file', () => {
  it.each(names)('race %s: as promised in every round', { timeout }, async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'races-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const rounds = roundsOf(name);
    const shared = { path: join(folder, 'ledger.db'), name, rounds, meeting: new SharedArrayBuffer(12) };
    const [first, second] = await Promise.all([
      answersOf({ ...shared, side: 0 }),
      answersOf({ ...shared, side: 1 }),
    ]);
    judgeAll(name, first, second);
  });
});

if (hasLocalDynamo) {
  describe('two clients on one DynamoDB table', () => {
    const tables = new LocalTables();
    beforeAll(() => tables.start());
    afterAll(() => tables.stop());

    it.each(names)('race %s: as promised in every round', { timeout }, async (name) => {
      const opened = await tables.open();
      onTestFinished(() => opened.close());
      const race = raceNamed(name);
      const ledgers = [opened.ledger, await opened.reopen()] as const;
      for (const client of opened.clients) disturb(client, late);
      const answers: [Answer[], Answer[]] = [[], []];
      for (let round = 0; round < roundsOf(name); round += 1) {
        await race.before(ledgers[0], round);
        const [first, second] = await Promise.all([
          runSide(race, 0, ledgers[0], round),
          runSide(race, 1, ledgers[1], round),
        ]);
        answers[0].push(first);
        answers[1].push(second);
        await race.after?.(ledgers[0], round, 0, first);
        await race.after?.(ledgers[1], round, 1, second);
      }
      judgeAll(name, ...answers);
    });
  });
} else {
  describe(`races on DynamoDB, not run on ${platform}`, () => {
    it('are run on linux/x64, where its local binary exists', () => {
      expect(platform).not.toBe('linux/x64');
    });
  });
}

/** Each request leaves up to some hundred turns of the event loop late, so that any two requests may change places. */
async function late(): Promise<undefined> {
  for (let turns = Math.random() ** 3 * 400; turns >= 1; turns -= 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return undefined;
}

/** Every round as promised, and each side was first at times: else nothing was raced. */
function judgeAll(name: RaceName, first: readonly Answer[], second: readonly Answer[]): void {
  const { promise } = raceNamed(name);
  expect([first.length, second.length]).toEqual([roundsOf(name), roundsOf(name)]);
  first.forEach((answer, round) => {
    const other = second[round];
    if (!other) throw new TypeError('Both sides have answers.');
    try {
      judges[name](round, [answer, other]);
    } catch (error) {
      throw new Error(`${promise}: not in round ${round}`, { cause: error });
    }
  });
  const lostByFirst = first.filter(lost).length;
  expect(lostByFirst, 'rounds that the first side lost').toBeGreaterThan(0);
  expect(lostByFirst, 'rounds that the first side lost').toBeLessThan(first.length);
}

function answersOf(workerData: Racer): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./sqlite-racer.ts', import.meta.url), { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
