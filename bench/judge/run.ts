import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { linesOf } from './emit.ts';
import type { Findings, ReleasesFound } from './findings.ts';
import { contendersOf } from './judges.ts';
import { append, noOutcomes } from './measure.ts';
import { mustHold } from './must-hold.ts';
import { type Options, optionsOf, usage } from './options.ts';
import { perform } from './pool.ts';
import type { ReleaseEnd } from './releases.ts';
import { writeReport } from './report.ts';
import type { Scenario } from './scenario.ts';
import { scenarioNamed, scenarios } from './scenarios/index.ts';
import { runsOf } from './sizes.ts';
import { speed } from './speed.ts';
import { type Row, spreadOf, summarise } from './summary.ts';
import { line } from './table.ts';
import type { Done, Task } from './worker.ts';

/** Runs of one task: small enough that two threads end together. */
const CHUNK = 250;
const RELEASES = 'healthy-release';

async function main(): Promise<number> {
  let options: Options;
  let chosen: readonly Scenario[];
  try {
    options = optionsOf(process.argv.slice(2));
    chosen = options.only.filter((name) => name !== RELEASES).map(scenarioNamed);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (options.only.length === 0) chosen = scenarios;
  if (options.emit !== null) return emit(options, chosen, options.emit);
  return bench(options, chosen);
}

async function bench(options: Options, chosen: readonly Scenario[]): Promise<number> {
  const tell = (text: string) => options.json || process.stderr.write(`${text}\n`);
  const started = performance.now();
  // Alone, before the threads begin: it is a measure of time.
  const found = options.only.length === 0 ? await speed(options.seed) : null;
  const tasks = tasksOf(options, chosen);
  let done = 0;
  const finished = await perform(tasks, options.workers, ({ scenario, to }) => {
    done += 1;
    tell(`${done} of ${tasks.length}: ${scenario}, runs to ${to}`);
  });
  const findings: Findings = {
    rows: chosen.flatMap((scenario) => rowsOf(scenario, tasks, finished)),
    releases: releasesOf(tasks, finished),
    speed: found,
  };
  const checks = mustHold(findings);
  const seconds = Math.round((performance.now() - started) / 1000);
  if (!options.json) {
    for (const row of findings.rows) process.stdout.write(`${line(row)}\n`);
    for (const { held, promise, bound, seen } of checks) {
      process.stdout.write(`${held.padEnd(8)} ${promise}: ${seen} (${bound})\n`);
    }
  }
  const { command, seed, sizes, workers } = options;
  const about = { command, seed, sizes, workers, seconds };
  if (options.write) writeReport(findings, checks, about);
  const violated = checks.filter(({ held }) => held === 'violated');
  const summary = {
    ok: violated.length === 0,
    checks: checks.length,
    unshown: checks.filter(({ held }) => held === 'unshown').length,
    violated,
    ...about,
    releases: findings.releases,
    speed: found,
    node: process.versions.node,
    version: versionOf(),
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  return summary.ok ? 0 : 1;
}

function tasksOf({ seed, sizes, only }: Options, chosen: readonly Scenario[]): Task[] {
  const jobs = chosen.map((scenario) => {
    const runs = Math.max(...contendersOf(scenario).map((contender) => runsOf(scenario, contender, sizes)));
    return { kind: 'scenario' as const, scenario: scenario.name, runs };
  });
  const releases = { kind: 'releases' as const, scenario: RELEASES, runs: sizes.releases };
  const wanted = only.length === 0 || only.includes(RELEASES) ? [releases, ...jobs] : jobs;
  return wanted
    .flatMap(({ kind, scenario, runs }) =>
      Array.from({ length: Math.ceil(runs / CHUNK) }, (_, index) => ({
        ...{ kind, scenario, seed, sizes },
        from: index * CHUNK,
        to: Math.min(runs, (index + 1) * CHUNK),
      })),
    )
    .map((task, id) => ({ id, ...task }));
}

/** What is true of all judges of a scenario, its chunks put together in the order of their runs. */
function rowsOf(scenario: Scenario, tasks: readonly Task[], finished: readonly Done[]): Row[] {
  const own = new Set(tasks.filter((task) => task.scenario === scenario.name).map(({ id }) => id));
  return contendersOf(scenario).flatMap(({ name }) => {
    const all = noOutcomes();
    for (const { id, outcomes } of finished) {
      const more = own.has(id) ? outcomes.get(name) : undefined;
      if (more) append(all, more);
    }
    return all.rollbackAt.length === 0 ? [] : [summarise(scenario, name, all)];
  });
}

function releasesOf(tasks: readonly Task[], finished: readonly Done[]): ReleasesFound | null {
  const own = new Set(tasks.filter(({ kind }) => kind === 'releases').map(({ id }) => id));
  if (own.size === 0) return null;
  const ends = finished.filter(({ id }) => own.has(id)).flatMap((done) => done.ends);
  const of = (kind: ReleaseEnd['kind']) => ends.filter((end) => end.kind === kind);
  const promoted = of('promoted').map(({ minutes }) => minutes);
  return {
    runs: ends.length,
    promoted: promoted.length,
    rolledBack: of('rolledBack').length,
    late: of('late').length,
    minutes: promoted.length === 0 ? null : spreadOf(promoted),
  };
}

async function emit(
  { seed, runs, json }: Options,
  chosen: readonly Scenario[],
  file: string,
): Promise<number> {
  const out = createWriteStream(file);
  let windows = 0;
  for (const text of linesOf(chosen, seed, runs ?? 1, EMITTED_LOOKS)) {
    windows += 1;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  if (!json) process.stderr.write(`${windows} windows written to ${file}\n`);
  process.stdout.write(`${JSON.stringify({ ok: true, file, windows, seed })}\n`);
  return 0;
}
const EMITTED_LOOKS = 240;

function versionOf(): string {
  const file: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof file === 'object' && file !== null && 'version' in file ? String(file.version) : 'unknown';
}

process.exitCode = await main();
