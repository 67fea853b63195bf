import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnswerLines } from '../../local/judge/answers.ts';
import { judgeFile } from '../../local/judge/run.ts';
import type { WindowCounts } from '../../src/domain/evidence.ts';
import { Judge } from '../../src/domain/judge.ts';
import { recordOf } from './emit.ts';
import type { SpeedFound } from './findings.ts';
import { gates } from './gates.ts';
import { drawnIn, lognormal, timed } from './latency.ts';
import { type Random, stream } from './random.ts';
import { LOOKS } from './scenario.ts';
import { base, routed, windowOf } from './traffic.ts';

const SERIES = 200;
/** The best of so many: what the machine does beside it only adds time. */
const ROUNDS = 4;

/** How fast windows are judged, by one thread: alone, and from a file to the text of the answers. */
export async function speed(seed: number): Promise<SpeedFound> {
  const series = Array.from({ length: SERIES }, (_, run) => windowsOf(stream(seed, 'speed', run)));
  const lines = series.flatMap((windows, run) =>
    windows.map((window) => JSON.stringify(recordOf(`series-${run}`, window))),
  );
  const folder = mkdtempSync(join(tmpdir(), 'canarybench-'));
  try {
    const file = join(folder, 'observations.ndjson');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const works = [
      () => judgeAll(series),
      () => command(file),
      () => parseAll(readFileSync(file, 'utf8').trimEnd().split('\n')),
      () => parseAll(lines),
    ] as const;
    const [judge, whole, parseFile, parse] = await fastest(works);
    const windows = SERIES * LOOKS;
    return {
      judge: windows / judge,
      command: windows / whole,
      overParse: whole / parseFile,
      overLines: whole / parse,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const le = [50, 100, 200, 500, null];

/** Records as they are documented: five buckets of latency on each side, and a pair. */
function windowsOf(chance: Random): WindowCounts[] {
  const law = drawnIn(lognormal(), le);
  return Array.from({ length: LOOKS }, (_, look) => {
    const [nb, nc] = routed(chance, base);
    const [baseline, candidate] = [timed(chance, nb, 0.005, law, le), timed(chance, nc, 0.005, law, le)];
    const pair = { metric: 'quality', baseline: 0.81, candidate: 0.8, input: `input-${look}` };
    return { ...windowOf(look, base, baseline, candidate), pairs: [pair] };
  });
}

function judgeAll(series: readonly (readonly WindowCounts[])[]): number {
  let decided = 0;
  for (const windows of series) {
    const judge = new Judge(gates.errors);
    for (const window of windows) {
      judge.add(window);
      if (judge.judgement().decision !== 'hold') decided += 1;
    }
  }
  return decided;
}

/** What `headgate judge --json` does with a file, but for writing to stdout. */
async function command(file: string): Promise<number> {
  const answers = new AnswerLines();
  let length = 0;
  await judgeFile({
    specs: gates.errors,
    file,
    answered: (answer) => answers.add(answer),
    paused: () => {
      length += answers.taken().length;
    },
    stop: new AbortController().signal,
  });
  return length;
}

function parseAll(lines: readonly string[]): number {
  let found = 0;
  for (const line of lines) if (JSON.parse(line) !== null) found += 1;
  return found;
}

/** Seconds of the fastest of some rounds of each, taken in turn; the first, which pays for compiling, does not count. */
async function fastest<Works extends readonly (() => unknown)[]>(
  works: Works,
): Promise<{ [Index in keyof Works]: number }> {
  const best = works.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, work] of works.entries()) {
      const from = performance.now();
      await work();
      const took = (performance.now() - from) / 1000;
      if (round > 0) best[index] = Math.min(best[index] ?? took, took);
    }
  }
  return best as { [Index in keyof Works]: number };
}
