import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Parts } from '../../cli/context.ts';
import type { DemoOptions } from '../../local/demo.ts';
import type { ServeOptions } from '../../local/serve.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import { type Bench, type BenchOptions, bench } from '../support/cli-run.ts';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((one) => one.end()));
});

async function on(options: BenchOptions = {}): Promise<Bench> {
  const made = await bench(options);
  benches.push(made);
  return made;
}

const never = async (): Promise<never> => {
  throw new Error('nobody asks this');
};

describe('headgate workspace', () => {
  const connection = { host: 'http://127.0.0.1:9', token: 'dapi-x', clientId: 'id', clientSecret: 'secret' };

  async function running() {
    const seen: {
      speed?: number;
      seed?: number;
      port?: number | undefined;
      profile?: string;
      closed: boolean;
    } = {
      closed: false,
    };
    const startWorkspace: Parts['startWorkspace'] = async ({ clock, seed, port, profile }) => {
      Object.assign(seen, { speed: clock.epoch.speed, seed, port, profile: profile.name });
      return {
        ...connection,
        registerVersion: never,
        announceVersion: never,
        setBehaviour: never,
        installFault: never,
        removeFault: never,
        truth: never,
        close: async () => {
          seen.closed = true;
        },
      };
    };
    const made = await on({ parts: { startWorkspace } });
    return { ...made, seen, file: join(made.folder, '.headgate/workspace.json') };
  }

  it('prints one line of JSON, keeps the same for serve, and cleans up', async () => {
    const { run, host, stop, seen, file } = await running();
    const end = run('workspace', '--speed', '600', '--seed', '7', '--port', '9');
    await expect.poll(() => host.stdout.length).toBe(1);
    const [printed] = host.lines();
    expect(printed).toEqual({
      ...connection,
      epoch: { real: expect.any(Number), virtual: expect.any(Number), speed: 600 },
    });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(printed);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(host.stderr).toHaveLength(1);
    stop.abort();
    expect(await end).toBe(0);
    expect(seen).toEqual({ speed: 600, seed: 7, port: 9, profile: 'fraud', closed: true });
    expect(existsSync(file)).toBe(false);
    expect(host.stdout).toHaveLength(1);
  });

  it("leaves another one's file alone", async () => {
    const { run, host, stop, file } = await running();
    const end = run('workspace');
    await expect.poll(() => host.stdout.length).toBe(1);
    writeFileSync(file, '{"other":true}\n');
    stop.abort();
    await end;
    expect(readFileSync(file, 'utf8')).toBe('{"other":true}\n');
  });

  it.each([
    ['--speed', '0'],
    ['--speed', 'fast'],
    ['--seed', '-1'],
    ['--port', '70000'],
  ])('refuses %s %s', async (flag, value) => {
    const { run, host } = await on();
    expect(await run('workspace', flag, value)).toBe(2);
    expect(host.stderr[1]).toBe('  run `headgate workspace --help`');
  });
});

describe('headgate serve', () => {
  it('hands its options over and ends with the controller', async () => {
    const got: ServeOptions[] = [];
    const serve: Parts['serve'] = async (options) => void got.push(options);
    const { run, folder, stop } = await on({ parts: { serve }, env: { A: 'b' } });
    expect(await run('serve', '--config', 'x.yaml', '--intake-port', '0', '--workspace', 'w.json')).toBe(0);
    expect(got).toEqual([
      {
        environment: 'production',
        config: 'x.yaml',
        data: join(folder, '.headgate'),
        port: 7717,
        intakePort: 0,
        workspace: 'w.json',
        findSimulator: false,
        env: { A: 'b' },
        json: false,
        stop: stop.signal,
      },
    ]);
  });

  it('takes a folder from anywhere', async () => {
    const got: ServeOptions[] = [];
    const { run } = await on({ parts: { serve: async (options) => void got.push(options) } });
    await run('serve', '--data', '/var/lib/headgate');
    expect(got[0]?.data).toBe('/var/lib/headgate');
  });

  it.each([
    [[], true],
    [['--port', '0'], true],
    [['--environment', 'production'], false],
    [['--config', 'x.yaml'], false],
  ])('with %j looks for a simulator in its folder: %s', async (flags, expected) => {
    const got: ServeOptions[] = [];
    const { run } = await on({ parts: { serve: async (options) => void got.push(options) } });
    expect(await run('serve', ...flags)).toBe(0);
    expect(got[0]?.findSimulator).toBe(expected);
  });

  it('ends with 5 when the simulator does not answer, and says what to start or to delete', async () => {
    const serve: Parts['serve'] = async () => {
      const facts = { connectionFile: '/x/workspace.json' };
      throw new ReleaseError('DatabricksUnavailable', 'the simulated workspace does not answer', { facts });
    };
    const { run, host } = await on({ parts: { serve } });
    expect(await run('serve')).toBe(5);
    expect(host.stderr).toEqual([
      'DatabricksUnavailable: the simulated workspace does not answer',
      '  start `headgate workspace`, or delete /x/workspace.json to use the configured workspaces',
    ]);
  });

  it('ends with 2 when secrets are missing', async () => {
    const serve: Parts['serve'] = async () => {
      const facts = { missing: [{ key: 'a', says: 'b' }] };
      throw new ReleaseError('ConfigurationInvalid', 'a: b', { facts });
    };
    const { run, host } = await on({ parts: { serve } });
    expect(await run('serve')).toBe(2);
    expect(host.stderr[1]).toBe('  set them where `headgate serve` starts; docs/operations.md says more');
  });
});

describe('headgate demo', () => {
  it('hands its options over, and ends with 1 when a release ended otherwise', async () => {
    const got: DemoOptions[] = [];
    const runDemo: Parts['runDemo'] = async (options) => {
      got.push(options);
      return { asAnnounced: options.seed !== 13 };
    };
    const { run, folder, stop } = await on({ parts: { runDemo } });
    expect(await run('demo', '--json', '--seed', '7', '--fast')).toBe(0);
    expect(got).toEqual([
      {
        json: true,
        seed: 7,
        out: join(folder, '.headgate/demo'),
        ledger: 'sqlite',
        fast: true,
        stop: stop.signal,
      },
    ]);
    expect(await run('demo', '--seed', '13')).toBe(1);
    expect(await run('demo', '--ledger', 'dynamodb')).toBe(0);
    expect(got.at(-1)?.ledger).toBe('dynamodb');
    expect(await run('demo', '--ledger', 'postgres')).toBe(2);
  });

  it('ends with 2, and names the ledger to take, where no local DynamoDB can run', async () => {
    const runDemo: Parts['runDemo'] = async () => {
      const facts = { localDynamo: 'plan9/mips' };
      throw new ReleaseError('ConfigurationInvalid', 'needs a package', { facts });
    };
    const { run, host } = await on({ parts: { runDemo } });
    expect(await run('demo', '--ledger', 'dynamodb')).toBe(2);
    expect(host.stderr).toEqual([
      'ConfigurationInvalid: needs a package',
      '  leave out --ledger: the SQLite ledger runs everywhere',
    ]);
  });
});

describe('headgate policy check', () => {
  it('says that the shipped files are fine', async () => {
    const { run, host } = await on();
    const files = ['production', 'staging'].map((name) => join(process.cwd(), `configs/${name}.yaml`));
    expect(await run('policy', 'check', ...files)).toBe(0);
    expect(host.stdout).toHaveLength(2);
    expect(host.stdout[0]).toContain('production.yaml: fine. Environment production; endpoints: fraud');
  });

  it('checks all of configs/ and tells every fault of every file', async () => {
    const { run, host, folder } = await on();
    mkdirSync(join(folder, 'configs'));
    writeFileSync(join(folder, 'configs/a.yaml'), 'environment: prod\n');
    writeFileSync(join(folder, 'configs/b.yaml'), 'tick: [\n');
    expect(await run('policy', 'check')).toBe(2);
    expect(host.stderr[0]).toMatch(/^ConfigurationInvalid:\nconfigs\/a\.yaml:1:1 environment: "prod" /);
    expect(host.stderr[0]).toMatch(/\nconfigs\/b\.yaml:\d+:\d+ \(YAML\): /);
  });

  it('gives programs the faults one by one', async () => {
    const { run, host, folder } = await on();
    writeFileSync(join(folder, 'x.yaml'), 'environment: prod\n');
    expect(await run('policy', 'check', 'x.yaml', '--json')).toBe(2);
    expect(host.lines()).toMatchObject([
      {
        error: {
          name: 'ConfigurationInvalid',
          facts: { problems: [{ from: 'x.yaml', line: 1, key: 'environment' }, {}, {}, {}] },
        },
      },
    ]);
  });

  it('applies the overrides of the environment', async () => {
    const { run, host } = await on({ env: { HEADGATE_TICK: 'soon' } });
    expect(await run('policy', 'check', join(process.cwd(), 'configs/production.yaml'))).toBe(2);
    expect(host.stderr[0]).toMatch(/^ConfigurationInvalid: HEADGATE_TICK tick: "soon" /);
  });
});
