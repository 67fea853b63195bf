import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { writePrivate } from '../../local/private-file.ts';
import type { ReleaseView } from '../../src/contracts/api.ts';
import { type ErrorName, ReleaseError } from '../../src/contracts/errors.ts';
import { type Bench, type BenchOptions, bench } from '../support/cli-run.ts';
import { anEndpoint, aRelease, ended } from '../support/scripted-operations.ts';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((one) => one.end()));
});

async function on(options: BenchOptions = { controller: {} }): Promise<Bench> {
  const made = await bench(options);
  benches.push(made);
  return made;
}

const idle = { ...anEndpoint, phase: 'closed' as const, release: null, queued: [] };

describe('headgate start', () => {
  it('asks for the release in the name of the user and says where it stands', async () => {
    const { run, host, asked } = await on();
    expect(await run('start', 'fraud', '2')).toBe(0);
    expect(asked).toEqual([['start', { endpoint: 'fraud', version: '2', intent: 'release', actor: 'ada' }]]);
    expect(host.stdout.join('\n')).toMatch(/^Started\.\nfraud-prod 2: Bake at 5 %\n/);
    expect(host.stdout.join('\n')).toContain('next     the judge looks in 60 s');
  });

  it('names another actor when told so', async () => {
    const { run, asked } = await on();
    await run('start', 'fraud', '2', '--as', 'ci');
    expect(asked[0]?.[1]).toMatchObject({ actor: 'ci' });
  });

  it('prints the answer as one line of JSON', async () => {
    const { run, host } = await on();
    expect(await run('--json', 'start', 'fraud', '2')).toBe(0);
    expect(host.lines()).toEqual([{ release: aRelease, began: 'started' }]);
  });

  it('shows the release to its end with --watch', async () => {
    const { run, host } = await on({ controller: { release: async () => ended('rolledBack') } });
    expect(await run('start', 'fraud', '2', '--watch')).toBe(3);
    expect(host.titles.at(-1)).toBe('fraud-prod 2: rolled back false');
  });
});

describe('headgate status', () => {
  it('shows endpoints in columns and live releases in full', async () => {
    const { run, host } = await on();
    expect(await run('status')).toBe(0);
    expect(host.stdout[0]).toBe(
      'ENDPOINT    SERVES  GOOD  PHASE    QUEUED  RTO  RELEASE\nfraud-prod  1       1     forward  3       -    fraud-prod 2: Bake at 5 %',
    );
    expect(host.stdout[1]).toContain('why      the step bakes');
  });

  it('says that an endpoint is not there', async () => {
    const { run, host } = await on();
    expect(await run('status', 'fruad')).toBe(6);
    expect(host.stderr).toEqual(['UnknownEndpoint: there is no endpoint "fruad"', '  known are: fraud-prod']);
  });

  it('waits for a controller that is still starting, and for one that says it is not ready', async () => {
    let looks = 0;
    const controller = {
      endpoints: async () => {
        looks++;
        if (looks === 1) throw new ReleaseError('LedgerUnavailable', 'not yet');
        return [anEndpoint];
      },
    };
    let sleeps = 0;
    const later = await on({ controller });
    const made: Bench = await on({
      onSleep: () => {
        sleeps++;
        if (sleeps !== 3) return;
        const api = { url: later.server?.url, token: '0123456789abcdef' };
        writePrivate(join(made.folder, '.headgate/api.json'), api);
      },
    });
    expect(await made.run('status', '--wait', '30')).toBe(0);
    expect([sleeps, looks]).toEqual([4, 2]);
  });

  it('waits no longer than it was told, and not at all when it was told nothing', async () => {
    let sleeps = 0;
    const { run } = await on({ onSleep: () => void sleeps++ });
    expect(await run('status')).toBe(5);
    expect(sleeps).toBe(0);
    expect(await run('status', '--wait', '7')).toBe(5);
    expect(sleeps).toBe(7);
    expect(await run('status', '--wait', 'long')).toBe(2);
  });

  it('waits for nothing that waiting does not mend, and ends with 130 when it is interrupted', async () => {
    let sleeps = 0;
    const odd = await on({ env: { HEADGATE_API: 'http://127.0.0.1:9' }, onSleep: () => void sleeps++ });
    expect(await odd.run('status', '--wait', '7')).toBe(2);
    expect(sleeps).toBe(0);
    const made: Bench = await on({ onSleep: () => made.stop.abort() });
    expect(await made.run('status', '--wait', '7')).toBe(130);
  });

  it('lets nobody write to the terminal through a name or a reason', async () => {
    const evil = { ...aRelease, why: 'fine\u001b[2J\u001b]0;gone\u0007\nfraud-prod 2: promoted' };
    const { run, host } = await on({
      controller: { endpoints: async () => [{ ...anEndpoint, release: evil }] },
    });
    await run('status');
    const printed = host.stdout.join('\n');
    for (const control of ['\u001b', '\u0007']) expect(printed).not.toContain(control);
    expect(printed).not.toMatch(/^fraud-prod 2: promoted/m);
  });
});

describe('headgate why', () => {
  it('prints every release of the version', async () => {
    const { run, host, asked } = await on({ controller: { why: async () => [aRelease, ended('rejected')] } });
    expect(await run('why', '2', '--endpoint', 'fraud-prod')).toBe(0);
    expect(asked).toEqual([['why', '2', 'fraud-prod']]);
    expect(host.stdout.join('\n')).toContain('fraud-prod 2: rejected');
  });

  it('ends with 6 for a version that nobody knows', async () => {
    const { run, host } = await on({
      controller: {
        why: async () => {
          throw new ReleaseError('UnknownModelVersion', 'no release of version 9');
        },
      },
    });
    expect(await run('why', '9')).toBe(6);
    expect(host.stderr[0]).toBe('UnknownModelVersion: no release of version 9');
    expect(host.stderr).toHaveLength(2);
  });
});

describe('headgate adopt', () => {
  it('says which version a rollback goes back to', async () => {
    const { run, host, asked } = await on();
    expect(await run('adopt', 'fraud-prod')).toBe(0);
    expect(asked).toEqual([['adopt', 'fraud-prod', 'ada']]);
    expect(host.stdout).toEqual(['fraud-prod is adopted: version 1 is what a rollback goes back to.']);
  });
});

describe('headgate approve, abort and rollback', () => {
  it.each(['approve', 'abort'] as const)('%s the only live release, with the reason given', async (kind) => {
    const { run, host, asked } = await on();
    expect(await run(kind, '--reason', 'looked at it')).toBe(0);
    expect(asked.at(-1)).toEqual([
      'command',
      aRelease.releaseId,
      { kind, reason: 'looked at it', actor: 'ada' },
    ]);
    expect(host.stdout.join('\n')).toContain('Accepted: obeyed at the next look');
  });

  it.each(['2', 'fraud-prod', 'prod.ml.fraud', aRelease.releaseId])(
    'find the release by %s',
    async (named) => {
      const other = { ...aRelease, releaseId: 'other', endpoint: 'x', model: 'a.b.c', version: '8' };
      const { run, asked } = await on({
        controller: { releases: async () => [other, aRelease, ended('promoted')] },
      });
      expect(await run('abort', named)).toBe(0);
      expect(asked.at(-1)?.[1]).toBe(aRelease.releaseId);
    },
  );

  it('ask which one is meant when several are live', async () => {
    const other = { ...aRelease, releaseId: 'other', endpoint: 'x' };
    const { run, host, asked } = await on({ controller: { releases: async () => [other, aRelease] } });
    expect(await run('abort')).toBe(2);
    expect(host.stderr[0]).toMatch(/^AmbiguousRelease: 2 releases are live: /);
    expect(asked.map(([name]) => name)).toEqual(['releases']);
  });

  it('ask which endpoint is meant when several release the same version', async () => {
    const other = { ...aRelease, releaseId: 'other', endpoint: 'x' };
    const { run, host, asked } = await on({ controller: { releases: async () => [other, aRelease] } });
    expect(await run('abort', '2')).toBe(2);
    expect(host.stderr[0]).toMatch(/^AmbiguousRelease: 2 releases match "2": /);
    expect(asked.map(([name]) => name)).toEqual(['releases']);
  });

  it('end with 4 when nothing is live, or the controller rejects them', async () => {
    const empty = await on({ controller: { releases: async () => [ended('promoted')] } });
    expect(await empty.run('approve')).toBe(4);
    const strict = await on({
      controller: { command: async () => ({ commandId: 'c', phase: 'rejected', says: 'nothing waits' }) },
    });
    expect(await strict.run('approve')).toBe(4);
    expect(strict.host.stdout.join('\n')).toContain('Refused: nothing waits');
  });

  it('rolls back what is live by a command to it', async () => {
    const { run, asked } = await on();
    expect(await run('rollback', 'fraud-prod')).toBe(0);
    expect(asked.at(-1)).toEqual([
      'command',
      aRelease.releaseId,
      { kind: 'rollback', reason: '', actor: 'ada' },
    ]);
  });

  it('rolls back an idle endpoint by a release of its own', async () => {
    const { run, asked } = await on({
      controller: { releases: async () => [ended('promoted')], endpoints: async () => [idle] },
    });
    expect(await run('rollback', 'fraud-prod')).toBe(0);
    expect(asked.at(-1)).toEqual([
      'start',
      { endpoint: 'fraud-prod', intent: 'rollback', actor: 'ada', reason: '' },
    ]);
  });

  it('rolls back nothing without a name when nothing is live', async () => {
    const { run, asked } = await on({
      controller: { releases: async () => [], endpoints: async () => [idle] },
    });
    expect(await run('rollback')).toBe(4);
    expect(asked.map(([name]) => name)).toEqual(['releases']);
  });

  it('cannot roll back an endpoint that was never adopted, and says what to do', async () => {
    const { run, host } = await on({
      controller: { releases: async () => [], endpoints: async () => [{ ...idle, phase: 'notAdopted' }] },
    });
    expect(await run('rollback', 'fraud-prod')).toBe(4);
    expect(host.stderr.join('\n')).toContain('headgate adopt fraud-prod');
  });

  it('counts a watched rollback that was rolled back as done', async () => {
    const { run } = await on({ controller: { release: async () => ended('rolledBack') } });
    expect(await run('rollback', '--watch')).toBe(0);
  });
});

describe('what goes wrong', () => {
  it.each<[ErrorName, number]>([
    ['ConfigurationInvalid', 2],
    ['UnknownEndpoint', 6],
    ['LeaseHeldByOther', 4],
    ['DatabricksUnavailable', 5],
  ])('%s of the controller ends with %i, in two lines', async (name, code) => {
    const { run, host } = await on({
      controller: {
        start: async () => {
          throw new ReleaseError(name, 'because of this', { facts: { releaseId: 'r0' } });
        },
      },
    });
    expect(await run('start', 'fraud', '2')).toBe(code);
    expect(host.stdout).toEqual([]);
    expect(host.stderr).toHaveLength(2);
    expect(host.stderr[0]).toBe(`${name}: because of this`);
    expect(host.stderr[1]).toMatch(/^ {2}\S/);
  });

  it('is one line of JSON on stdout with --json', async () => {
    const { run, host } = await on({
      controller: {
        start: async () => {
          throw new ReleaseError('AlreadyServing', 'version 2 has all traffic', { facts: { version: '2' } });
        },
      },
    });
    expect(await run('start', 'fraud', '2', '--json')).toBe(4);
    expect(host.stderr).toEqual([]);
    expect(host.lines()).toEqual([
      {
        error: {
          name: 'AlreadyServing',
          message: 'version 2 has all traffic',
          mend: 'there is nothing to do',
          facts: { version: '2' },
        },
      },
    ]);
  });

  it('shows a stack only to whoever asks for it', async () => {
    const silent = await on({});
    await silent.run('status');
    expect(silent.host.stderr.join('\n')).not.toContain(' at ');
    const open = await on({ env: { HEADGATE_DEBUG: '1' } });
    await open.run('status');
    expect(open.host.stderr.join('\n')).toMatch(/ {4}at /);
  });

  it('is 5 when no controller runs, when it went away, and when it refuses the token', async () => {
    const none = await on({});
    expect(await none.run('status')).toBe(5);
    expect(none.host.stderr[1]).toContain('start `headgate serve` in this folder');
    const gone = await on();
    await gone.server?.close();
    expect(await gone.run('status')).toBe(5);
    const wrong = await on({ controller: {}, env: { HEADGATE_API_TOKEN: 'another token, quite long' } });
    expect(await wrong.run('status', '--api', wrong.server?.url ?? '')).toBe(5);
    expect(wrong.host.stderr[0]).toMatch(/^Unauthenticated: /);
  });

  it('is 2 for an --api without token, and nobody is asked', async () => {
    const { run, host, asked, server } = await on();
    expect(await run('status', '--api', server?.url ?? '')).toBe(2);
    expect(host.stderr[1]).toBe('  set HEADGATE_API_TOKEN');
    expect(asked).toEqual([]);
  });

  it('is told apart when something else answers at that address', async () => {
    const { run, host } = await on({
      controller: { releases: async () => JSON.parse('[{"id":1}]') as ReleaseView[] },
    });
    expect(await run('abort')).toBe(1);
    expect(host.stderr[0]).toMatch(/^AnswerUnreadable: /);
  });
});
