import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evenly, full, type Sizes, slice } from './sizes.ts';

export const usage = `npm run bench:judge -- [--full | --runs N] [--seed N] [--only SCENARIO]... [--emit [FILE]] [--write] [--json]

CanaryBench: traffic with a known truth, judged by Headgate, by the rules of other tools and by reference statistics.
Every promise of the judge is checked against what was seen.

  --full           20,000 runs of each null instead of 6,000; a quarter of an hour on two cores
  --runs N         N runs of everything
  --seed N         another seed (1); a run depends on seed, scenario and its number alone
  --only SCENARIO  this scenario only; may be repeated
  --emit [FILE]    no judging: writes the windows as records for \`headgate judge --gates bench/judge/gates.yaml\`, a
                   series for each run (1 run of each scenario unless --runs says otherwise); without FILE to
                   canarybench.ndjson in the folder for temporary files
  --write          writes docs/benchmarks/judge.md and its plots
  --workers N      threads (2); no figure depends on it but the time
  --json           nothing on stderr, and the last line alone on stdout

The last line on stdout is one JSON object. Exit code 0 when every promise held, 1 when one is violated, 2 for a wrong
argument. A bound that so few runs cannot show is neither: it is listed as unshown.
`;

export interface Options {
  readonly seed: number;
  readonly sizes: Sizes;
  readonly runs: number | null;
  readonly only: readonly string[];
  readonly workers: number;
  readonly emit: string | null;
  readonly write: boolean;
  readonly json: boolean;
  readonly help: boolean;
  /** The command as it was given, for the table. */
  readonly command: string;
}

/** @throws TypeError or RangeError for an argument that does not exist or has no such value. */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: withFile(args),
    options: {
      full: { type: 'boolean', default: false },
      runs: { type: 'string' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string', multiple: true, default: [] },
      workers: { type: 'string', default: '2' },
      emit: { type: 'string' },
      write: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const runs = values.runs === undefined ? null : whole('--runs', values.runs, 1);
  return {
    seed: whole('--seed', values.seed, 0),
    sizes: runs === null ? (values.full ? full : slice) : evenly(runs),
    runs,
    only: values.only,
    workers: whole('--workers', values.workers, 1),
    emit: values.emit ?? null,
    write: values.write,
    json: values.json,
    help: values.help,
    command: ['npm run bench:judge', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  };
}

/** `--emit` may stand alone. */
function withFile(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const next = args[index + 1];
    const alone = arg === '--emit' && (next === undefined || next.startsWith('-'));
    return alone ? [arg, join(tmpdir(), 'canarybench.ndjson')] : [arg];
  });
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name} is a whole number of at least ${least}, not ${text}.`);
}
