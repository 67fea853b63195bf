import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silenceSqliteWarning } from '../../../cli/node-version.ts';
import { columns } from '../../../cli/render.ts';
import { startFakeMonteCarlo } from '../../../local/monte-carlo/fake-api.ts';
import { type Built, buildPrograms } from '../../crash/programs.ts';
import { optionsOr } from '../../support/command-line.ts';
import { Children } from '../children.ts';
import { answeredCases } from './answered.ts';
import { type Case, cases, stages } from './cases.ts';
import { type Options, readOptions, usage } from './options.ts';
import { commandsOfAll, type Played, playAll } from './play-all.ts';

silenceSqliteWarning(process.versions.node, process);
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOr(() => readOptions(args), usage);
  if (typeof options === 'number') return options;
  const chosen = (all: readonly Case[]) =>
    all.filter(({ stage, payload }) => `${stage}: ${payload}`.includes(options.only));
  const [live, answered] = [chosen(cases()), chosen(answeredCases())];
  if (live.length + answered.length === 0) {
    process.stderr.write(`no case's "stage: payload" holds "${options.only}"\n\n${usage}`);
    return 2;
  }
  return run(options, live, answered);
}

async function run(options: Options, live: readonly Case[], answered: readonly Case[]): Promise<number> {
  const began = Date.now();
  const children = new Children();
  const folder = mkdtempSync(join(tmpdir(), 'headgate-alerts-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const interrupted = children.endOnSignal(remove);
  let played: Played[];
  try {
    const built = await buildPrograms('tests/e2e/alerts/workspace.ts');
    played = await everywhere({ options, children, folder, built, began }, live, answered);
  } catch (error) {
    if (interrupted() !== undefined) return interrupted() ?? 1;
    process.stderr.write(`${children.tails()}\n\n${error instanceof Error ? error.stack : error}\n`);
    played = [];
  } finally {
    await children.endAll();
  }
  const wrong = played.flatMap(({ what, world, wrong }) => wrong.map((says) => `${world}, ${what}: ${says}`));
  if (!options.json) process.stdout.write(`${table([...live, ...answered], played)}\n`);
  for (const says of wrong) process.stderr.write(`WRONG ${says}\n`);
  // A world that broke off has not played all.
  const worlds = [live, answered].filter(({ length }) => length > 0).length;
  const expected = 2 * (live.length + answered.length + worlds);
  const good = wrong.length === 0 && played.length === expected;
  if (good) remove();
  else process.stderr.write(`the run's folder: ${folder}\n`);
  const summary = {
    cases: played.filter(({ what }) => what !== commandsOfAll).length,
    wrong: played.filter((one) => one.wrong.length > 0).length,
    seconds: Math.round((Date.now() - began) / 1000),
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  return good ? 0 : 1;
}

interface Run {
  readonly options: Options;
  readonly children: Children;
  readonly folder: string;
  readonly built: Built;
  readonly began: number;
}

/** Undisturbed and killed: one after the other where time is fast, because that takes a core; side by side otherwise. */
async function everywhere(run: Run, live: readonly Case[], answered: readonly Case[]): Promise<Played[]> {
  const [one, ...others] = await Promise.all([
    (async () => [...(await inWorld(run, 'live', live)), ...(await inWorld(run, 'live, killed', live))])(),
    inWorld(run, 'asked', answered),
    inWorld(run, 'asked, killed', answered),
  ]);
  return [...one, ...others.flat()];
}

async function inWorld(run: Run, name: string, all: readonly Case[]): Promise<Played[]> {
  if (all.length === 0) return [];
  const { options, children, built, began } = run;
  const folder = join(run.folder, name.replace(', ', '-'));
  mkdirSync(folder);
  const asked = name.startsWith('asked');
  const incidents = asked ? await startFakeMonteCarlo() : undefined;
  const { plant, speed } = options;
  const around = {
    ...{ children, built, folder, plant },
    speed: asked ? 1 : speed,
    killing: name.endsWith('killed'),
    api: incidents && { ...incidents, token: plant === 'mute' ? 'none of its tokens' : incidents.token },
  };
  const tell = (line: string) => {
    const seconds = String(Math.round((Date.now() - began) / 1000)).padStart(4);
    if (!options.json) process.stderr.write(`${seconds} s  ${name}: ${line}\n`);
  };
  try {
    return await playAll(
      { name, around, incidents, together: asked ? all.length : options.together, tell },
      all,
    );
  } finally {
    await incidents?.close();
  }
}

function table(all: readonly Case[], played: readonly Played[]): string {
  const cell = (what: string, killed: boolean) => {
    const found = played.find((one) => one.what === what && one.killed === killed);
    if (found === undefined) return 'not played';
    return found.wrong.length > 0 ? `WRONG ${found.story}` : found.story;
  };
  const inOrder = all.toSorted((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage));
  const rows = inOrder.map(({ stage, payload }) => {
    const what = `${stage}: ${payload}`;
    const [calm, killed] = [cell(what, false), cell(what, true)];
    return [stage, payload, calm, killed === calm ? 'the same' : killed];
  });
  return columns([['STAGE', 'PAYLOAD', 'AS WATCH SAYS', 'AFTER KILL -9'], ...rows]);
}
