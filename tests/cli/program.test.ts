import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { exitCodes } from '../../cli/exit-codes.ts';
import { ioHost } from '../../cli/host.ts';
import { complaint, silenceSqliteWarning } from '../../cli/node-version.ts';
import manifest from '../../package.json' with { type: 'json' };
import { type Bench, bench } from '../support/cli-run.ts';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((one) => one.end()));
});

async function on(): Promise<Bench> {
  const made = await bench();
  benches.push(made);
  return made;
}

const commands = [
  'demo',
  'serve',
  'workspace',
  'adopt',
  'start',
  'watch',
  'status',
  'why',
  'approve',
  'list',
  'hold',
  'resume',
  'abort',
  'rollback',
  'freeze',
  'breakglass',
  'audit',
];

describe('the command line', () => {
  it.each([...commands.map((name) => [name]), ['policy', 'check'], ['audit', 'verify']])(
    'explains %s %s with an example',
    async (...path) => {
      const { run, host } = await on();
      const words = path.filter((word) => word !== undefined);
      expect(await run(...words, '--help')).toBe(0);
      const help = host.stdout.join('\n');
      expect(help).toContain(`Usage: headgate ${words.join(' ')}`);
      expect(help).toMatch(new RegExp(`Examples?:\\n +headgate ${words.join(' ')}`));
      expect(await run('help', ...words)).toBe(0);
      expect(host.stdout.join('\n')).toBe(`${help}\n${help}`);
    },
  );

  it('says its version', async () => {
    const { run, host } = await on();
    expect(await run('--version')).toBe(0);
    expect(host.stdout).toEqual([manifest.version]);
  });

  it('says what it can do when it is told nothing', async () => {
    const { run, host } = await on();
    expect(await run()).toBe(2);
    expect(host.stderr.join('\n')).toMatch(/Commands:[\s\S]*UsageError: a command is missing/);
  });

  it.each([
    [['polcy'], "unknown command 'polcy'", 'Did you mean policy?'],
    [['policy', 'chek'], "unknown command 'chek'", 'Did you mean check?'],
    [['start', 'fraud'], "missing required argument 'version'", 'run `headgate start --help`'],
    [['watch', '--sped', '1'], "unknown option '--sped'", 'run `headgate watch --help`'],
    [
      ['status', 'a', 'b'],
      "too many arguments for 'status'. Expected 1 argument but got 2: a, b.",
      'run `headgate status --help`',
    ],
    [['help', 'nothing'], 'there is no help on "nothing"', 'run `headgate --help`'],
  ])('refuses %j in two lines', async (argv, what, mend) => {
    const { run, host } = await on();
    expect(await run(...argv)).toBe(2);
    expect(host.stderr).toEqual([`UsageError: ${what}`, `  ${mend}`]);
    expect(host.stdout).toEqual([]);
  });

  it('refuses as JSON, wherever --json stands', async () => {
    const { run, host } = await on();
    expect(await run('start', '--json', '--nope')).toBe(2);
    expect(host.lines()).toMatchObject([{ error: { name: 'UsageError' } }]);
    expect(host.stderr).toEqual([]);
  });
});

describe('the exit codes', () => {
  it('are those that scripts rely on', () => {
    const codes = Object.fromEntries(Object.entries(exitCodes).map(([name, { code }]) => [name, code]));
    expect(codes).toEqual({
      ok: 0,
      unexpected: 1,
      usage: 2,
      notPromoted: 3,
      conflict: 4,
      unreachable: 5,
      notFound: 6,
      broken: 7,
      undecidable: 8,
      interrupted: 130,
    });
  });

  it('are shown by `headgate help exit-codes` and in docs/cli.md', async () => {
    const { run, host } = await on();
    expect(await run('help', 'exit-codes')).toBe(0);
    const page = readFileSync('docs/cli.md', 'utf8');
    for (const { code, says } of Object.values(exitCodes)) {
      expect(host.stdout.join('\n')).toContain(`${code}  ${says}`);
      expect(page).toContain(`| ${code} | ${says} |`);
    }
  });

  it('have a page on which every command is', () => {
    const page = readFileSync('docs/cli.md', 'utf8');
    for (const name of [...commands, 'policy check']) expect(page).toContain(`headgate ${name}`);
  });
});

describe('what is printed', () => {
  const sink = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, isTTY, write: (text: string) => void written.push(text) };
  };

  it.each([
    [true, {}, '\u001b[31mno\u001b[39m'],
    [true, { NO_COLOR: '1' }, 'no'],
    [true, { NO_COLOR: '' }, '\u001b[31mno\u001b[39m'],
    [true, { TERM: 'dumb' }, 'no'],
    [false, {}, 'no'],
  ])('has colours on a terminal (%s) unless %j', (isTty, env, text) => {
    expect(ioHost(sink(isTty), sink(false), env).paint('red', 'no')).toBe(text);
  });

  it('is plain lines of progress where there is no terminal', async () => {
    const out = sink(false);
    const progress = await ioHost(out, sink(false), {}).progress('fraud 2');
    progress.update('fraud 2: Bake');
    progress.line('shifted');
    await progress.done('fraud 2: promoted', true);
    expect(out.written).toEqual(['shifted\n', 'fraud 2: promoted\n']);
  });
});

describe('an old Node', () => {
  it.each(['20.20.2', '22.17.1', '22.0.0', '18.0.0', '0.12.18'])(
    '%s is told in one line what is needed',
    (version) => {
      const line = complaint(version);
      expect(line).toMatch(/^headgate needs Node >= 22\.18 and found [\d.]+; get one [^\n]+$/);
      expect(line).toContain(version);
    },
  );

  it.each(['22.18.0', '22.23.3', '23.0.0', '24.21.0', '30.1.0'])('is not %s', (version) => {
    expect(complaint(version)).toBeUndefined();
  });

  it('reaches that line: the entry imports nothing else before it', () => {
    const entry = readFileSync('bin/headgate.ts', 'utf8');
    expect(entry.match(/^import .*$/gm)).toEqual([
      "import { complaint, silenceSqliteWarning } from '../cli/node-version.ts';",
    ]);
    expect(readFileSync('cli/node-version.ts', 'utf8')).not.toMatch(/^import /m);
    expect(entry.split('\n').length).toBeLessThan(30);
  });
});

describe('warnings of Node', () => {
  const warned = (version: string): string[] => {
    const seen: string[] = [];
    const target = { emitWarning: (warning: string | Error) => void seen.push(String(warning)) };
    silenceSqliteWarning(version, target);
    target.emitWarning('SQLite is an experimental feature and might change at any time');
    target.emitWarning('something else');
    return seen;
  };

  it('about SQLite are silent on 22 only', () => {
    expect(warned('22.18.0')).toEqual(['something else']);
    expect(warned('24.21.0')).toHaveLength(2);
  });
});
