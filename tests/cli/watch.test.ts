import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { writePrivate } from '../../local/private-file.ts';
import type { ReleaseView } from '../../src/contracts/api.ts';
import type { OutcomeKind } from '../../src/domain/release.ts';
import { type Bench, type BenchOptions, bench } from '../support/cli-run.ts';
import { anEntry, aRelease, ended } from '../support/scripted-operations.ts';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((one) => one.end()));
});

async function on(options: BenchOptions): Promise<Bench> {
  const made = await bench(options);
  benches.push(made);
  return made;
}

/** Answers one after the other, the last one again and again. */
function inTurn<T>(...answers: T[]): () => Promise<T> {
  let next = 0;
  return async () => answers[Math.min(next++, answers.length - 1)] as T;
}

describe('headgate watch', () => {
  it('prints what happens once each, and ends with the release', async () => {
    const { run, host, asked } = await on({
      controller: {
        release: inTurn<ReleaseView>(aRelease, { ...aRelease, candidateShare: 25 }, ended('promoted')),
        timeline: inTurn([anEntry(4, 'shifted to 5 %')], [], [anEntry(5, 'passed'), anEntry(9, 'promoted')]),
      },
    });
    expect(await run('watch')).toBe(0);
    expect(host.stdout.slice(0, 3)).toEqual([
      '08:50:04 JudgeHealth       shifted to 5 % (judge)',
      '08:50:05 JudgeHealth       passed (judge)',
      '08:50:09 JudgeHealth       promoted (judge)',
    ]);
    expect(host.stdout[3]).toContain('file     releases/r/certificate.json (certificate)');
    expect(host.titles).toEqual([
      'fraud-prod 2: Bake at 5 %',
      'fraud-prod 2: Bake at 5 %',
      'fraud-prod 2: Bake at 25 %',
      'fraud-prod 2: promoted true',
    ]);
    const after = asked.filter(([name]) => name === 'timeline').map(([, order]) => order);
    expect(after).toEqual([0, 4, 4]);
  });

  it('says once that the controller cannot look, again when that changes or comes back, and never as JSON', async () => {
    const seen = (second: number, says: string): ReleaseView => {
      const at = `2026-11-21T08:50:0${second}.000Z`;
      return { ...aRelease, why: `looking at live evidence; last look at ${at}: ${says}` };
    };
    const refused = 'could not look: DatabricksForbidden: no SELECT';
    const gone = 'could not look: DatabricksUnavailable: 503\u001b[2J';
    const views = [seen(1, refused), seen(2, refused), seen(3, gone), seen(4, 'goes on'), seen(5, refused)];
    const controller = () => ({ release: inTurn<ReleaseView>(...views, ended('promoted')) });

    const plain = await on({ controller: controller() });
    expect(await plain.run('watch')).toBe(0);
    expect(plain.host.stdout.slice(0, -1)).toEqual([
      `fraud-prod 2: ${refused}`,
      'fraud-prod 2: could not look: DatabricksUnavailable: 503 [2J',
      `fraud-prod 2: ${refused}`,
    ]);

    const json = await on({ controller: controller() });
    expect(await json.run('watch', '--json')).toBe(0);
    expect(json.host.lines()).toEqual([ended('promoted')]);
  });

  it.each<[OutcomeKind, number]>([
    ['promoted', 0],
    ['restored', 0],
    ['rolledBack', 3],
    ['rejected', 3],
    ['superseded', 4],
  ])('of a release that was %s ends with %i', async (kind, code) => {
    const { run } = await on({ controller: { release: async () => ended(kind) } });
    expect(await run('watch')).toBe(code);
  });

  it('is a line of JSON for each entry and one for the release', async () => {
    const { run, host } = await on({
      controller: {
        release: async () => ended('promoted'),
        timeline: async () => [anEntry(1, 'a'), anEntry(2, 'b')],
      },
    });
    expect(await run('watch', '--json')).toBe(0);
    expect(host.lines()).toEqual([anEntry(1, 'a'), anEntry(2, 'b'), ended('promoted')]);
  });

  it('waits for the next release when none is live, whatever ended before', async () => {
    const fresh = { ...aRelease, releaseId: 'fresh', version: '3' };
    const { run, host, asked } = await on({
      controller: {
        releases: inTurn<ReleaseView[]>([ended('promoted')], [ended('promoted')], [ended('promoted'), fresh]),
        release: async () => ended('promoted', fresh),
      },
    });
    expect(await run('watch')).toBe(0);
    expect(host.stderr).toEqual(['No release is live; waiting for the next one. Ctrl-C ends this.']);
    expect(asked.find(([name]) => name === 'release')).toEqual(['release', 'fresh']);
  });

  it('does not miss a release that ended between two looks', async () => {
    const quick = ended('rejected', { ...aRelease, releaseId: 'quick' });
    const { run } = await on({
      controller: { releases: inTurn<ReleaseView[]>([], [quick]), release: async () => quick },
    });
    expect(await run('watch')).toBe(3);
  });

  it('shows what was named even when it is over, and 6 for what is not there', async () => {
    const { run } = await on({
      controller: { releases: async () => [ended('superseded')], release: async () => ended('superseded') },
    });
    expect(await run('watch', '2')).toBe(4);
    expect(await run('watch', '17')).toBe(6);
  });

  it('outlives a restart of the controller on another port with another token', async () => {
    let sleeps = 0;
    const second = await on({ controller: { release: async () => ended('promoted') } });
    const first: Bench = await on({
      controller: {},
      onSleep: async () => {
        sleeps++;
        if (sleeps === 1) await first.server?.close();
        if (sleeps === 4) {
          const api = { url: second.server?.url, token: '0123456789abcdef' };
          writePrivate(join(first.folder, '.headgate/api.json'), api);
        }
      },
    });
    expect(await first.run('watch')).toBe(0);
    expect(first.host.titles).toContain(
      'fraud-prod 2: Bake at 5 % (the controller does not answer; trying again)',
    );
  });

  it('gives up a controller that stays away', async () => {
    const made: Bench = await on({ controller: {}, onSleep: () => made.server?.close() });
    expect(await made.run('watch')).toBe(5);
    expect(made.host.stderr[0]).toMatch(/^ControllerNotReachable: /);
  });

  it('ends with 130 when it is interrupted, and the release goes on', async () => {
    const made: Bench = await on({ controller: {}, onSleep: () => made.stop.abort() });
    expect(await made.run('watch')).toBe(130);
    expect(made.asked.some(([name]) => name === 'command')).toBe(false);
  });
});
