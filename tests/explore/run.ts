import { parseArgs } from 'node:util';
import { baseRuns } from './base-runs.ts';
import { mutate } from './mutate.ts';
import type { Figures, Found } from './node.ts';
import { replay, shrunk } from './replay.ts';
import { seedOf, seedText } from './seed.ts';
import type { ShardFigures } from './shards.ts';
import { type Done, search, shards } from './workers.ts';

const help = `npm run explore -- [options]

Runs the shipped state machine with the shipped handlers on virtual time and looks at every fault at every state.

  (nothing)              every single fault at every state
  --pairs                every ordered pair of the reduced faults as well
  --shard SEED           whole runs with any faults at all, drawn from SEED; nothing merged, nothing reduced
    --runs N             how many runs (default 200)
  --mutate               removes each part of the safety net in turn; each must be found missing
    --only TEXT          only mutants whose name holds TEXT
  --replay SEED          a violation once more, step by step
  --minutes N            stop after so many minutes, and say what was covered (default 5)
    --seed N             the order of first faults, where minutes are too few for all (default 1)
  --run NAME             only this base run: ${baseRuns.map(({ name }) => name).join(', ')}
  --json                 violations as JSON on standard output, without words
  --help
`;

const { values } = parseArgs({
  options: {
    pairs: { type: 'boolean', default: false },
    shard: { type: 'string' },
    runs: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    mutate: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    replay: { type: 'string' },
    run: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const out = (line: string) => void process.stdout.write(`${line}\n`);

/** Rewritten on a terminal; elsewhere a line of its own every half minute. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}`);
  else if (line !== '' && Date.now() >= nextLine) {
    nextLine = Date.now() + 30_000;
    process.stderr.write(`${line}\n`);
  }
}
let nextLine = Date.now() + 30_000;

async function main(): Promise<number> {
  if (values.help) {
    out(help);
    return 0;
  }
  if (values.replay !== undefined) return showAgain(values.replay);
  if (values.mutate) return mutate({ only: values.only, out, progress });
  return explore();
}

async function explore(): Promise<number> {
  const began = performance.now();
  const latest = new Map<number, string>();
  const onProgress = (worker: number, figures: Figures | ShardFigures, found: number) => {
    const pairs =
      'exploredPairs' in figures && figures.exploredPairs > 0 ? `${figures.exploredPairs} pairs, ` : '';
    latest.set(worker, `${pairs}${figures.transitions} transitions, ${found} violations`);
    progress([...latest.values()].join(' | '));
  };
  const until = Date.now() + wholeNumber('minutes') * 60_000;
  const seed = wholeNumber(values.shard === undefined ? 'seed' : 'shard');
  const done =
    values.shard === undefined
      ? await search(
          { kind: 'search', runs: chosenRuns(), budget: values.pairs ? 2 : 1, seed, until },
          onProgress,
        )
      : await shards({ kind: 'shard', seed, runs: wholeNumber('runs'), until }, onProgress);
  progress('');
  const found = await distinct(done.flatMap((one) => one.found));
  for (const one of found) show(one);
  const mebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
  out(
    JSON.stringify({
      ...summed(done),
      covered: coveredBy(done),
      violations: found.length,
      mebibytes,
      seconds: secondsSince(began),
    }),
  );
  return found.length > 0 ? 1 : 0;
}

function chosenRuns(): string[] {
  const { run } = values;
  const chosen = baseRuns.filter(({ name }) => run === undefined || name === run);
  if (chosen.length === 0) throw new RangeError(`There is no base run ${run}: see --help.`);
  return chosen.map(({ name }) => name);
}

function wholeNumber(option: 'shard' | 'runs' | 'minutes' | 'seed'): number {
  const number = Number(values[option]);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new RangeError(`--${option} takes a whole number, as in --${option} 7.`);
}

/** Violations of the same invariant that come to the same smallest cause are one. */
async function distinct(found: readonly Found[]): Promise<Found[]> {
  const byCause = new Map<string, Found>();
  for (const one of found) {
    const seed = await shrunk(one);
    const cause = seed.choices.map(({ choice }) => JSON.stringify(choice)).join();
    const key = `${one.invariant}: ${cause}`;
    if (!byCause.has(key)) byCause.set(key, { ...one, seed });
  }
  return [...byCause.values()];
}

function show({ invariant, ids, says, seed }: Found): void {
  if (values.json) {
    out(JSON.stringify({ invariant, ids, says, seed: seedText(seed), choices: seed.choices }));
    return;
  }
  out(`VIOLATION ${invariant} (${ids.join(', ')}): ${says}`);
  out(
    `  ${seed.run}: ${seed.choices.map(({ step, choice }) => `step ${step} ${JSON.stringify(choice)}`).join('; ')}`,
  );
  out(`  seed ${seedText(seed)}`);
}

function summed(done: readonly Done[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { figures } of done) {
    for (const [name, value] of Object.entries(figures satisfies Figures | ShardFigures)) {
      if (name === 'complete') sum[name] = Math.min(sum[name] ?? 1, value);
      else sum[name] = name === 'longest' ? Math.max(sum[name] ?? 0, value) : (sum[name] ?? 0) + value;
    }
  }
  return sum;
}

/** Of each base run: how many of its first faults were explored, as in `692 of 1827`. */
function coveredBy(done: readonly Done[]): Record<string, string> | undefined {
  const names = Object.keys(done[0]?.covered ?? {});
  if (names.length === 0) return undefined;
  const all = names.map((name) => {
    const explored = done.reduce((sum, { covered }) => sum + (covered?.[name]?.explored ?? 0), 0);
    return [name, `${explored} of ${done[0]?.covered?.[name]?.of}`];
  });
  return Object.fromEntries(all);
}

async function showAgain(text: string): Promise<number> {
  const began = performance.now();
  const { lines, violations, steps } = await replay(seedOf(text));
  for (const line of lines) out(line);
  out(JSON.stringify({ steps, violations: violations.length, seconds: secondsSince(began) }));
  return violations.length > 0 ? 1 : 0;
}

const secondsSince = (began: number): number => Math.round((performance.now() - began) / 100) / 10;

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
