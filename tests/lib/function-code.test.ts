import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  bundleBudget,
  bundleFunction,
  bundleFunctions,
  codeFor,
  type FunctionCode,
  sizeTable,
  withinBudget,
} from '../../lib/function-code.ts';
import { readEnvironment } from '../../local/environment.ts';
import { alertStateNames } from '../../src/contracts/alert-states.ts';
import { entryPoints, type FunctionName, reaches } from '../../src/contracts/functions.ts';
import { stateNames } from '../../src/contracts/states.ts';
import { importsOf } from '../import-law/specifiers.ts';

const names: readonly FunctionName[] = [...stateNames, ...alertStateNames, ...entryPoints];
const sizes = (bytes: number) =>
  Object.fromEntries(names.map((name) => [name, { bytes }])) as Record<FunctionName, { bytes: number }>;

/** What the four workspaces' and both senders' variables hold here: nothing of it may get into code. */
const hidden = 'hunter2-in-no-bundle';

describe('the code of the functions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-code-'));
  let made: Readonly<Record<FunctionName, FunctionCode>>;
  const codeOf = (name: FunctionName) => readFileSync(join(made[name].folder, 'index.mjs'), 'utf8');
  const environment = () => readEnvironment('configs/production.yaml', process.env);

  beforeAll(async () => {
    for (const role of ['TEST', 'EVALUATE', 'STAGING', 'PRODUCTION']) {
      vi.stubEnv(`DATABRICKS_${role}_CLIENT_ID`, hidden);
      vi.stubEnv(`DATABRICKS_${role}_CLIENT_SECRET`, hidden);
    }
    vi.stubEnv('MLFLOW_WEBHOOK_SECRET', hidden);
    vi.stubEnv('MONTE_CARLO_WEBHOOK_SECRET', hidden);
    const functions = await bundleFunctions(join(folder, 'functions'));
    made = await codeFor(environment(), functions, join(folder, 'production'));
  }, 120_000);
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it('is one file for each of them, within the budget', () => {
    expect(Object.keys(made).sort()).toEqual([...names].sort());
    for (const name of names) {
      expect(made[name].bytes, name).toBe(Buffer.byteLength(codeOf(name)));
      expect(made[name].bytes, name).toBeLessThanOrEqual(512 * 1024);
    }
  });

  it('is the same for the same source, and the same in every environment', async () => {
    const again = await bundleFunction('Watch', join(folder, 'again'));
    expect(readFileSync(join(again.folder, 'index.mjs'), 'utf8')).toBe(codeOf('Watch'));
    const other = await codeFor({ ...environment(), tick: 1_000 }, made, join(folder, 'other'));
    const filesOf = (of: FunctionCode) =>
      ['index.mjs', 'environment.json'].map((file) => readFileSync(join(of.folder, file), 'utf8'));
    expect(filesOf(other.Watch)[0]).toBe(filesOf(made.Watch)[0]);
    expect(filesOf(other.Watch)[1]).not.toBe(filesOf(made.Watch)[1]);
    expect(filesOf(other.Watch)[1]).toContain('"tick":1000');
  });

  it('needs nothing but Node: no package lies beside it', () => {
    const known = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    // Never imported: DynamoDB has no operation that streams events.
    known.add('@smithy/core/event-streams');
    // Laid beside it.
    known.add('./environment.json');
    for (const name of names) {
      const foreign = importsOf(codeOf(name)).filter(({ specifier }) => !known.has(specifier));
      expect(foreign, name).toEqual([]);
    }
  });

  it.each<[string, (name: FunctionName) => boolean, string]>([
    ['evidence', (name) => reaches[name].evidence, 'x-amz-checksum-sha256'],
    ['the machine', (name) => reaches[name].machine.length > 0, 'StartExecution'],
    ['the bus', (name) => reaches[name].bus, 'PutEvents'],
    ['workspaces', (name) => reaches[name].workspaces.length > 0, 'served_entities'],
    ["MLflow's webhooks", (name) => reaches[name].webhook === 'mlflow', 'x-mlflow-signature'],
    ["Monte Carlo's webhooks", (name) => reaches[name].webhook === 'monteCarlo', 'x-mcd-signature'],
    ["Monte Carlo's API", (name) => reaches[name].incidents, 'x-mcd-token'],
    [
      'secrets',
      (name) => {
        const { workspaces, webhook, incidents } = reaches[name];
        return workspaces.length > 0 || webhook !== null || incidents;
      },
      'GetSecretValue',
    ],
  ])('holds what reaches %s exactly where the contract grants it', (_, granted, mark) => {
    const holding = names.filter((name) => codeOf(name).includes(mark));
    expect(holding).toEqual(names.filter(granted));
    expect(holding.length).toBeGreaterThan(0);
  });

  it('names secrets by their place on AWS, and holds none', () => {
    for (const name of names) {
      const written = readFileSync(join(made[name].folder, 'environment.json'), 'utf8');
      for (const text of [codeOf(name), written]) {
        expect(text, name).not.toContain(hidden);
        expect(text, name).not.toMatch(/env:(DATABRICKS|MLFLOW|MONTE)/);
      }
      expect(written, name).toContain('aws:headgate/production/workspace/production#clientSecret');
    }
  });

  it('is loaded by Node 24 in an empty environment, and throws by names that survived minifying', async () => {
    const script = `
      const told = {};
      for (const [name, folder] of Object.entries(JSON.parse(process.argv[1]))) {
        const { handler } = await import(folder + '/index.mjs');
        const thrown = await handler('not an event', {}).catch((error) => error);
        told[name] = thrown.name + (thrown instanceof Error ? '' : ' (no error)');
      }
      const { handler } = await import(JSON.parse(process.argv[1]).Watch + '/index.mjs');
      told.unset = await handler({}, {}).catch(({ name, message }) => name + ': ' + message);
      console.error(JSON.stringify({ node: process.version, told }));`;
    const folders = JSON.stringify(
      Object.fromEntries(names.map((name) => [name, `file://${made[name].folder}`])),
    );
    const { stderr } = await promisify(execFile)(
      'node_modules/.bin/node',
      ['--input-type=module', '-e', script, folders],
      { env: {} },
    );
    const { node, told } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
    expect(node).toMatch(/^v24\./);
    expect(told).toEqual({
      ...Object.fromEntries(names.map((name) => [name, 'ContractBroken'])),
      unset: expect.stringMatching(/^ConfigurationInvalid: .*LEDGER_TABLE.*RELEASE_MACHINE_ARN/),
    });
  });
});

describe('the budget of a function', () => {
  it('refuses code that is over it, by name and with the table', () => {
    const fitting = sizes(bundleBudget);
    expect(withinBudget(fitting)).toBe(fitting);
    const heavy = { ...fitting, Shadow: { bytes: bundleBudget + 1 } };
    expect(() => withinBudget(heavy)).toThrow(
      /over the budget of a function: Shadow;[\s\S]*budget +512\.0 KiB/,
    );
  });

  it('is shown as a table, largest first', () => {
    const lines = sizeTable({ ...sizes(1024), Shadow: { bytes: 2048 }, Hold: { bytes: 1536 } }).split('\n');
    expect(lines[0]).toMatch(/^Shadow +2\.0 KiB$/);
    expect(lines[1]).toMatch(/^Hold +1\.5 KiB$/);
    expect(lines.at(-1)).toMatch(/^budget +512\.0 KiB$/);
    expect(lines).toHaveLength(names.length + 1);
  });
});
