import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silenceSqliteWarning } from '../../cli/node-version.ts';
import { workspaceConnection } from '../../local/private-file.ts';
import { optionsOr } from '../support/command-line.ts';
import { random } from '../support/random.ts';
import { Simulator } from './controller.ts';
import { judge, type Violation } from './judge.ts';
import { liveAndDie, liveOn, type Stage } from './lives.ts';
import { type Options, readOptions, usage } from './options.ts';
import { Pilot } from './pilot.ts';
import { plantIn } from './plants.ts';
import { type Built, buildPrograms, Program } from './programs.ts';
import { Promises } from './promises.ts';
import { type Seen, see } from './seen.ts';
import { Histogram, storesIn } from './standing.ts';
import { configurationOf, senderSecrets, subjects } from './world.ts';

/** Ample for whole releases that still wait in queues at the end, one behind the other; it is over when nothing is open. */
const settleMs = 600_000;

silenceSqliteWarning(process.versions.node, process);
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOr(() => readOptions(args), usage);
  if (typeof options === 'number') return options;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(130));
  }
  const folder = mkdtempSync(join(tmpdir(), 'headgate-crash-'));
  // Whatever way this process ends but by SIGKILL. What was found wrong is left to be looked at.
  process.once('exit', (code) => {
    if (options.keep || code === 1) process.stderr.write(`the run's folder: ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true });
  });
  return run(options, folder, await buildPrograms('tests/crash/workspace.ts'));
}

async function run(options: Options, folder: string, built: Built): Promise<number> {
  const began = Date.now();
  const tell = (line: string) => options.json || process.stderr.write(`${line}\n`);
  const { simulator, program: workspace, stage, promises } = await setUp(options, folder, built);
  const histogram = new Histogram();
  let planted = options.plant === undefined;
  for (let kill = 1; kill <= options.kills; kill += 1) {
    await liveAndDie(stage);
    const stores = storesIn(stage.data);
    if (stores !== undefined) {
      histogram.add(stores);
      // In the midst of the run, so that what is spoiled had a life before and has one after.
      if (!planted && options.plant && kill * 2 > options.kills) planted = plantIn(stores, options.plant);
    }
    if (kill % 25 === 0) tell(`${kill} kills, ${((Date.now() - began) / 1000).toFixed(0)} s`);
  }
  const open = await liveOn(stage, settleMs);
  if (!planted) throw new Error(`nothing was there to plant "${options.plant}" in; take more kills`);
  if (open !== undefined) tell(`still open ${settleMs / 1000} s after the last kill: ${open}`);
  const stores = storesIn(stage.data);
  if (stores === undefined) throw new Error('serve made no stores');
  const seen = await see(stores, simulator, subjects(options.endpoints), promises);
  await workspace.stop();
  const violations = judge(seen);
  tell(tableOf('Releases found by kills', histogram.states));
  tell(tableOf('Kills that found', histogram.halfDone));
  report(violations);
  const summary = {
    ok: violations.length === 0,
    kills: options.kills,
    ...figures(seen, promises),
    violations: violations.length,
    seconds: Math.round((Date.now() - began) / 1000),
    seed: options.seed,
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  return violations.length === 0 ? 0 : 1;
}

async function setUp({ endpoints, seed }: Options, folder: string, built: Built) {
  const all = subjects(endpoints);
  const data = join(folder, 'data');
  const config = join(folder, 'crash.yaml');
  const connectionFile = join(folder, 'workspace.json');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(config, configurationOf(all));
  const program = new Program([built.workspace, String(endpoints), String(seed)], { cwd: folder, env: {} });
  const announced = await program.announced;
  if (announced === undefined) throw new Error(`the simulator ended by itself: ${program.complaints()}`);
  const connection = workspaceConnection.parse(announced);
  writeFileSync(connectionFile, JSON.stringify(connection), { mode: 0o600 });
  const simulator = new Simulator(connection);
  const promises = new Promises();
  const secrets = senderSecrets(seed);
  const pilots = all.map((subject, index) => {
    const chance = random(seed * 1_000 + index);
    return new Pilot(subject, { simulator, promises, chance, secrets });
  });
  const env = { MLFLOW_WEBHOOK_SECRET: secrets.mlflow, MONTE_CARLO_WEBHOOK_SECRET: secrets.monteCarlo };
  const ports = ['--port', '0', '--intake-port', '0'];
  const args = [
    'serve',
    '--config',
    config,
    '--workspace',
    connectionFile,
    '--data',
    data,
    ...ports,
    '--json',
  ];
  const start = () => new Program([built.headgate, ...args], { cwd: folder, env });
  const stage: Stage = { data, start, pilots, chance: random(seed) };
  return { simulator, program, promises, stage };
}

function figures({ ledger }: Seen, promises: Promises) {
  return {
    releases: ledger.releases.length,
    outcomes: counts(ledger.releases.map(({ outcome }) => outcome?.kind ?? 'none')),
    deliveries: { promised: promises.deliveries.length, kept: ledger.deliveries.length },
    commands: {
      promised: promises.commands.length,
      ...counts(ledger.commands.map(({ kind, phase }) => `${kind} ${phase}`)),
    },
    unanswered: promises.unanswered,
    refused: Object.fromEntries(promises.refused),
    lines: ledger.audit.length,
  };
}

function counts(names: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of [...names].sort()) found[name] = (found[name] ?? 0) + 1;
  return found;
}

function tableOf(title: string, of: ReadonlyMap<string, number>): string {
  const rows = [...of].sort(([, a], [, b]) => b - a);
  return [`${title}:`, ...rows.map(([what, n]) => `${String(n).padStart(7)}  ${what}`)].join('\n');
}

/** At most 20 of each rule are told; the count is in the summary. */
function report(violations: readonly Violation[]): void {
  for (const [rule, all] of Object.entries(Object.groupBy(violations, ({ rule }) => rule))) {
    for (const { where, says } of (all ?? []).slice(0, 20))
      process.stderr.write(`VIOLATION ${rule}: ${where}: ${says}\n`);
    if (all && all.length > 20) process.stderr.write(`VIOLATION ${rule}: ${all.length - 20} more\n`);
  }
}
