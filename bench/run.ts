import { parseArgs } from 'node:util';
import { type Batch, releaseConcurrently } from './concurrent-releases.ts';

const usage = `npm run bench -- [--releases N] [--rounds N] [--json]

What a release costs when many run at once, against ten at once in the same run and the same process: so the figure is
a ratio, and the machine cancels out. The shipped machine, handlers, client, engine and ledger, in virtual time, on real
files; Databricks answers within the process, without a socket.

  --releases N   how many at once (1000)
  --rounds N     how many batches of ten before, and again after them (10)
  --json         nothing on stderr

The last line on stdout is one JSON object. Exit code 0 within the bounds, 1 otherwise.
`;

/** What is promised: cost per release against ten at once, and the whole process's memory at its peak. */
const bounds = { ratio: 1.2, rssMiB: 1024 } as const;
const few = 10;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      releases: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [releases, rounds] = [Number(values.releases), Number(values.rounds)];
  if (values.help || !(releases >= few) || !(rounds >= 1)) {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  const tell = (line: string) => values.json || process.stderr.write(`${line}\n`);
  // The first batches pay for what the engine compiles once; they are no measure of a release.
  for (let round = 0; round < rounds; round += 1) await releaseConcurrently(few);
  const before = await severally(rounds, tell);
  const many = await releaseConcurrently(releases);
  tell(line(many));
  const rssMiB = process.resourceUsage().maxRSS / 1024;
  const after = await severally(rounds, tell);
  const small = [...before, ...after];
  const ratio = {
    cpu: each(many, 'cpuMs') / median(small.map((batch) => each(batch, 'cpuMs'))),
    wall: each(many, 'wallMs') / median(small.map((batch) => each(batch, 'wallMs'))),
  };
  const lost = [...small, many].flatMap((batch) => batch.lost);
  for (const what of lost.slice(0, 20)) process.stderr.write(`LOST ${what}\n`);
  const ok =
    ratio.cpu <= bounds.ratio && ratio.wall <= bounds.ratio && rssMiB <= bounds.rssMiB && lost.length === 0;
  const rounded = (value: number) => Math.round(value * 100) / 100;
  const summary = {
    ok,
    releases,
    against: few,
    ratio: { cpu: rounded(ratio.cpu), wall: rounded(ratio.wall) },
    msPerRelease: { cpu: rounded(each(many, 'cpuMs')), wall: rounded(each(many, 'wallMs')) },
    eventsPerRelease: rounded(many.transitions / releases),
    callsPerRelease: rounded(many.calls / releases),
    peakRssMiB: Math.round(rssMiB),
    lost: lost.length,
    bounds,
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  return ok ? 0 : 1;
}

async function severally(rounds: number, tell: (line: string) => unknown): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let round = 0; round < rounds; round += 1) batches.push(await releaseConcurrently(few));
  const cpu = median(batches.map((batch) => each(batch, 'cpuMs')));
  const wall = median(batches.map((batch) => each(batch, 'wallMs')));
  tell(
    `${rounds} times ${few} at once: median ${cpu.toFixed(1)} ms cpu, ${wall.toFixed(1)} ms wall a release`,
  );
  return batches;
}

const each = (batch: Batch, figure: 'cpuMs' | 'wallMs'): number => batch[figure] / batch.releases;

const line = (batch: Batch): string =>
  `${batch.releases} at once: ${each(batch, 'cpuMs').toFixed(1)} ms cpu, ${each(batch, 'wallMs').toFixed(1)} ms wall a release; ` +
  `${batch.calls} calls, ${batch.transitions} events, ${(batch.virtualMs / 60_000).toFixed(0)} virtual minutes`;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

process.exitCode = await main();
