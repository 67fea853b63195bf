import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { curlOf } from '../../cli/curl.ts';
import { breakglassFolder } from '../../local/breakglass-folder.ts';
import { linked } from '../../src/app/ports/audit-chain.ts';
import type { AuditLine, NeedView } from '../../src/contracts/api.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import type { RestoreCopy } from '../../src/contracts/restore-copy.ts';
import { instant } from '../../src/domain/units.ts';
import { type Bench, type BenchOptions, bench } from '../support/cli-run.ts';
import { aBreakglass, anEndpoint, aRelease, ended } from '../support/scripted-operations.ts';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((one) => one.end()));
});

async function on(options: BenchOptions = { controller: {} }): Promise<Bench> {
  const made = await bench(options);
  benches.push(made);
  return made;
}

const freeze = {
  kind: 'freeze',
  by: 'grace',
  reason: 'quarter end',
  at: '2026-11-21T08:00:00.000Z',
} as const;
const need: NeedView = {
  order: 7,
  at: '2026-11-21T08:30:00.000Z',
  says: 'it was changed by hand',
  endpoint: 'fraud-prod',
  releaseId: null,
};

describe('headgate hold and resume', () => {
  it.each(['hold', 'resume'] as const)('%s the only live release, with the reason given', async (kind) => {
    const { run, asked } = await on();
    expect(await run(kind, '--reason', 'payday')).toBe(0);
    expect(asked.at(-1)).toEqual(['command', aRelease.releaseId, { kind, reason: 'payday', actor: 'ada' }]);
  });

  it.each(['hold', 'resume'] as const)(
    '%s ends with 4 when it is refused, or when nothing is live',
    async (kind) => {
      const command = async () => ({ commandId: 'c', phase: 'rejected' as const, says: 'It is not held.' });
      const refusing = await on({ controller: { command } });
      expect(await refusing.run(kind)).toBe(4);
      expect(refusing.host.stdout.join('\n')).toContain('Refused: It is not held.');
      const idle = await on({ controller: { releases: async () => [] } });
      expect(await idle.run(kind)).toBe(4);
      expect(idle.host.stderr[0]).toBe('NothingLive: no release is live');
    },
  );

  it('goes by no name that automation has', async () => {
    const { run, host, asked } = await on();
    expect(await run('resume', '--as', 'monte-carlo')).toBe(2);
    expect(host.stderr[0]).toMatch(/actor: is what automation goes by/);
    expect(asked.map(([name]) => name)).toEqual(['releases']);
  });
});

describe('headgate list', () => {
  it('shows endpoints, releases and what needs a person', async () => {
    const { run, host, asked } = await on({
      controller: { releases: async () => [aRelease, ended('promoted')], needs: async () => [need] },
    });
    expect(await run('list')).toBe(0);
    const [endpoints, releases, needs] = host.stdout;
    expect(endpoints).toMatch(/^ENDPOINT .*\nfraud-prod /);
    expect(releases).toMatch(/\nRELEASE .*\nfraud-prod-2-abc .* running +Bake +5 % .*\n.* promoted +- +- /);
    expect(needs).toBe('  a person is needed since 2026-11-21T08:30:00.000Z: it was changed by hand');
    expect(asked.find(([name]) => name === 'releases')).toEqual(['releases', {}]);
  });

  it('asks for what it is told to show only, and refuses a phase that there is not', async () => {
    const { run, host, asked } = await on();
    expect(await run('list', '--endpoint', 'fraud-prod', '--phase', 'held', '--json')).toBe(0);
    expect(asked).toContainEqual(['releases', { endpoint: 'fraud-prod', phase: 'held' }]);
    expect(host.lines()).toEqual([{ endpoints: [anEndpoint], releases: [aRelease], needs: [] }]);
    expect(await run('list', '--phase', 'paused')).toBe(2);
    expect(await run('list', '--endpoint', 'fruad')).toBe(6);
  });
});

describe('headgate freeze', () => {
  const answer = {
    endpoints: [{ endpoint: 'fraud-prod', freeze, says: 'frozen' }],
    releases: [{ releaseId: 'r1', endpoint: 'fraud-prod', version: '2', says: 'is held at its next step' }],
  };

  it('stops one endpoint or all of them, and says what became of releases there', async () => {
    const { run, host, asked } = await on({ controller: { freeze: async () => answer } });
    expect(await run('freeze', 'fraud', '--reason', 'quarter end')).toBe(0);
    expect(host.stdout).toEqual(['fraud-prod: frozen\n  r1 (version 2): is held at its next step']);
    expect(await run('freeze', '--all', '--reason', 'incident')).toBe(0);
    expect(await run('freeze', '--all', '--off')).toBe(0);
    expect(asked).toEqual([
      ['freeze', { endpoint: 'fraud', off: false, reason: 'quarter end', actor: 'ada' }],
      ['freeze', { off: false, reason: 'incident', actor: 'ada' }],
      ['freeze', { off: true, reason: '', actor: 'ada' }],
    ]);
  });

  it.each([[['freeze']], [['freeze', 'fraud', '--all', '--reason', 'x']], [['freeze', '--all']]])(
    'does nothing for %j, which does not say what or why',
    async (argv) => {
      const { run, host, asked } = await on();
      expect(await run(...argv)).toBe(2);
      expect(host.stderr[0]).toMatch(/^UsageError: (name one endpoint|a freeze needs a reason)/);
      expect(asked).toEqual([]);
    },
  );

  it('lists who froze what and why', async () => {
    const frozen = await on({ controller: { endpoints: async () => [{ ...anEndpoint, freeze }] } });
    expect(await frozen.run('freeze', '--list')).toBe(0);
    expect(frozen.host.stdout[0]).toMatch(/fraud-prod +freeze +grace +2026-11-21T08:00:00.000Z +quarter end/);
    const free = await on();
    await free.run('freeze', '--list');
    expect(free.host.stdout).toEqual(['Nothing is frozen.']);
  });
});

describe('headgate status', () => {
  it('shows a freeze, a drift and what needs a person, each once', async () => {
    const drift = { since: '2026-11-21T08:10:00.000Z', says: 'traffic: fraud-1 90 %' };
    const view = { ...anEndpoint, freeze, drift, needs: [need], release: { ...aRelease, needs: [need] } };
    const elsewhere = { ...need, order: 8, endpoint: null, says: 'an alert was not understood' };
    const { run, host } = await on({
      controller: { endpoints: async () => [view], needs: async () => [need, elsewhere] },
    });
    expect(await run('status')).toBe(0);
    const printed = host.stdout.join('\n');
    expect(printed).toContain('forward, frozen, drifted');
    expect(printed).toContain('fraud-prod freeze by grace since 2026-11-21T08:00:00.000Z: quarter end');
    expect(printed).toContain(
      'changed by somebody else, seen 2026-11-21T08:10:00.000Z: traffic: fraud-1 90 %',
    );
    expect(printed.match(/it was changed by hand/g)).toHaveLength(1);
    expect(printed).toContain('an alert was not understood');
  });
});

describe('headgate watch', () => {
  it('tells once what needs a person at the endpoint, which the timeline of the release does not hold', async () => {
    let looks = 0;
    const own = { ...need, order: 9, releaseId: aRelease.releaseId, says: 'told in the timeline' };
    const release = async () => (++looks < 4 ? { ...aRelease, needs: [need, own] } : ended('promoted'));
    const { run, host } = await on({ controller: { release } });
    expect(await run('watch')).toBe(0);
    const shown = host.stdout;
    expect(shown.filter((line) => line.includes('it was changed by hand'))).toHaveLength(1);
    expect(shown.join('\n')).not.toContain('told in the timeline');
  });
});

const copy: RestoreCopy = {
  schema: 'headgate.breakglass/v1',
  endpoint: 'fraud-prod',
  model: 'prod.ml.fraud',
  name: 'fraud',
  entity: 'fraud-1',
  version: '1',
  verifiedAt: '2026-11-20T08:00:00.000Z',
  keptAt: '2026-11-20T08:00:01.000Z',
  request: aBreakglass.request,
};

describe('headgate breakglass', () => {
  it('takes the endpoint; the request goes to stdout and what was done to stderr', async () => {
    const { run, host, asked } = await on();
    expect(await run('breakglass', 'fraud-prod', '--reason', 'incident')).toBe(0);
    expect(asked).toEqual([['breakglass', 'fraud-prod', { take: true, reason: 'incident', actor: 'ada' }]]);
    expect(host.stdout).toEqual([curlOf(aBreakglass.request)]);
    const told = host.stderr.join('\n');
    expect(told).toContain('Headgate has let go of fraud-prod (epoch 5)');
    expect(told).toContain('may still arrive until 2026-11-21T09:02:30.000Z');
    expect(told).toContain('headgate adopt fraud-prod && headgate freeze fraud-prod --off');
  });

  it('takes nothing with --print-only', async () => {
    const { run, host, asked } = await on({
      controller: { breakglass: async () => ({ ...aBreakglass, took: null }) },
    });
    expect(await run('breakglass', 'fraud-prod', '--print-only')).toBe(0);
    expect(asked[0]?.[2]).toMatchObject({ take: false });
    expect(host.stderr.join('\n')).toContain('Headgate keeps the endpoint.');
  });

  it.each<[string, BenchOptions]>([
    ['no controller runs', {}],
    [
      'its ledger does not answer',
      { controller: { breakglass: () => Promise.reject(new ReleaseError('LedgerUnavailable', 'no')) } },
    ],
    ['it meets an error of its own', { controller: { breakglass: () => Promise.reject(new Error('odd')) } }],
  ])('prints what the data folder keeps when %s', async (_, options) => {
    const { run, host, folder } = await on(options);
    // A simulator's data lies in a folder of its own, and says nothing about the real endpoint.
    const simulated = { ...copy, version: '9', keptAt: '2026-11-21T08:00:00.000Z' };
    await breakglassFolder(join(folder, '.headgate')).put('fraud-prod', JSON.stringify(copy));
    await breakglassFolder(join(folder, '.headgate/simulator-1')).put(
      'fraud-prod',
      JSON.stringify(simulated),
    );
    writeFileSync(join(folder, '.headgate/breakglass/odd.json'), '{');
    expect(await run('breakglass', 'fraud-prod', '--json')).toBe(0);
    expect(host.lines()).toMatchObject([
      { version: '1', took: null, taken: 'unknown', request: copy.request },
    ]);
    expect(host.stderr[0]).toMatch(/^The controller gave no answer: /);
    expect(await run('breakglass', 'prod.ml.fraud')).toBe(0);
    expect(host.stdout.at(-1)).toBe(curlOf(copy.request));
    // It was asked to let go, and what it did before it fell silent is not known here.
    expect(host.stderr.join('\n')).toContain('Whether Headgate has let go of fraud-prod is not known');
    expect(host.stderr.join('\n')).not.toContain('Nothing was taken');
    expect(await run('breakglass', 'fraud', '--print-only')).toBe(0);
    expect(host.stdout.at(-1)).toBe(curlOf(copy.request));
    expect(host.stderr.at(-1)).toContain('Nothing was taken');
  });

  it("prints what a simulator's run keeps when there is no other", async () => {
    const { run, host, folder } = await on({});
    const newer = { ...copy, version: '2', keptAt: '2026-11-21T08:00:00.000Z' };
    await breakglassFolder(join(folder, '.headgate/simulator-2')).put('fraud-prod', JSON.stringify(newer));
    await breakglassFolder(join(folder, '.headgate/simulator-3')).put('fraud-prod', JSON.stringify(copy));
    expect(await run('breakglass', 'fraud-prod', '--json')).toBe(0);
    expect(host.lines()).toMatchObject([{ version: '2' }]);
  });

  it('names the way through the workspace when nothing is kept here either', async () => {
    const { run, host } = await on({});
    expect(await run('breakglass', 'fraud-prod')).toBe(5);
    expect(host.stderr[0]).toMatch(
      /^ControllerNotReachable: no controller runs here, and .headgate keeps no request/,
    );
    expect(host.stderr[1]).toContain('headgate breakglass fraud-prod --from-workspace --config FILE');
  });

  it('does not take a file for the answer of a controller that refuses', async () => {
    const breakglass = () => Promise.reject(new ReleaseError('NoLastGood', 'never adopted'));
    const { run, folder } = await on({ controller: { breakglass } });
    await breakglassFolder(join(folder, '.headgate')).put('fraud-prod', JSON.stringify(copy));
    expect(await run('breakglass', 'fraud-prod')).toBe(4);
  });

  it('reads the workspace with the configuration that is named, and asks no controller', async () => {
    const given: unknown[] = [];
    const { run, host, asked } = await on({
      controller: {},
      parts: {
        copyFromWorkspace: async (options) => {
          given.push(options);
          return copy;
        },
      },
    });
    expect(
      await run('breakglass', 'fraud', '--from-workspace', '--config', 'p.yaml', '--model-version', '3'),
    ).toBe(0);
    expect(given).toMatchObject([{ named: 'fraud', config: 'p.yaml', version: '3', workspace: undefined }]);
    expect(host.stdout).toEqual([curlOf(copy.request)]);
    expect(asked).toEqual([]);
  });

  it('prints a command that a shell sends as it is, whatever the body holds', async () => {
    const heard: { method: string; url: string; auth: string; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => {
        body += String(part);
      });
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        heard.push({ method, url, auth: headers.authorization ?? '', body });
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { folder } = await on({});
    const { port } = server.address() as AddressInfo;
    const body = { note: "it's $HOME `id` \\ \u009b \n HEADGATE_BODY", HEADGATE_BODY: '\nHEADGATE_BODY\n' };
    const script = join(folder, 'restore.sh');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      script,
      `${curlOf({ method: 'PUT', url: `http://127.0.0.1:${port}/a%20b'c/config`, body })}\n`,
    );
    const child = spawn('sh', [script], { env: { ...process.env, DATABRICKS_TOKEN: 'top-secret' } });
    const code = await new Promise((resolve) => child.on('close', resolve));
    server.close();
    expect(code).toBe(0);
    expect(heard).toMatchObject([{ method: 'PUT', url: "/a%20b'c/config", auth: 'Bearer top-secret' }]);
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual(body);
  });
});

function trail(length: number): AuditLine[] {
  let end = { order: 0, digest: '0'.repeat(64) };
  return Array.from({ length }, (_, index) => {
    const row = linked(end, {
      at: instant(1_000 * index),
      actor: 'ada',
      action: 'Adopted',
      says: `line ${index}`,
    });
    end = row;
    return {
      ...row,
      at: new Date(row.at).toISOString(),
      endpoint: null,
      releaseId: null,
      evidence: null,
      onceId: null,
    };
  });
}

const pages = (lines: readonly AuditLine[]) => ({
  audit: async (after: number) => lines.filter(({ order }) => order > after).slice(0, 3),
});

describe('headgate audit', () => {
  it('prints every line of the trail, or those after one', async () => {
    const { run, host } = await on({ controller: pages(trail(7)) });
    expect(await run('audit')).toBe(0);
    expect(host.stdout).toHaveLength(7);
    expect(host.stdout[6]).toMatch(/^7 1970-01-01 00:00:06 Adopted +line 6 \(ada\)$/);
    expect(await run('audit', '--after', '5', '--json')).toBe(0);
    expect(host.stdout.slice(7).map((line) => JSON.parse(line).order)).toEqual([6, 7]);
  });

  it('verify says that the chain is whole, with its head, and finds a head that was kept', async () => {
    const lines = trail(7);
    const head = lines[6]?.digest;
    const { run, host } = await on({ controller: pages(lines) });
    expect(await run('audit', 'verify')).toBe(0);
    expect(host.stdout).toEqual([`The trail is intact: 7 lines. Head: ${head}`]);
    expect(await run('audit', 'verify', '--head', lines[2]?.digest ?? '', '--json')).toBe(0);
    expect(JSON.parse(host.stdout[1] ?? '')).toEqual({
      intact: true,
      lines: 7,
      head: { order: 7, digest: head },
    });
  });

  it('verify ends with 7 and the first line that does not fit', async () => {
    const lines = trail(7).map((line) => (line.order === 5 ? { ...line, says: 'nothing happened' } : line));
    const { run, host } = await on({ controller: pages(lines) });
    expect(await run('audit', 'verify')).toBe(7);
    expect(host.stderr).toEqual([
      'AuditBroken: line 5 does not say what it said when it was written',
      '  keep the ledger as it is; `headgate audit --after 3` shows the place',
    ]);
    expect(await run('audit', 'verify', '--json')).toBe(7);
    expect(host.lines()).toMatchObject([
      { error: { name: 'AuditBroken', facts: { order: 5, why: 'changed' } } },
    ]);
  });

  it('verify ends with 7 when the head that was kept is not there, and with 2 for what is no digest', async () => {
    const { run } = await on({ controller: pages(trail(3)) });
    expect(await run('audit', 'verify', '--head', 'f'.repeat(64))).toBe(7);
    expect(await run('audit', 'verify', '--head', 'tail')).toBe(2);
  });

  it('verify checks a file without a controller', async () => {
    const { run, host, folder } = await on({});
    const lines = trail(5);
    const write = (text: string) => writeFileSync(join(folder, 'trail.ndjson'), text);
    write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(await run('audit', 'verify', '--file', 'trail.ndjson')).toBe(0);
    expect(host.stdout[0]).toMatch(/^The trail is intact: 5 lines/);
    write(
      lines
        .slice(1)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    expect(await run('audit', 'verify', '--file', 'trail.ndjson')).toBe(7);
    write('{"order":1}\n');
    expect(await run('audit', 'verify', '--file', 'trail.ndjson')).toBe(2);
    expect(host.stderr.join('\n')).toMatch(/trail.ndjson, line 1 is no line of an audit trail/);
    expect(await run('audit', 'verify', '--file', 'nowhere.ndjson')).toBe(2);
  });
});
