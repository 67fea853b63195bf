import { parseArgs } from 'node:util';
import { oneOf, wholeNumber } from '../support/command-line.ts';
import { type Plant, plants } from './plants.ts';

export interface Options {
  readonly kills: number;
  readonly seed: number;
  readonly endpoints: number;
  readonly plant: Plant | undefined;
  readonly json: boolean;
  /** Keeps the run's folder, and says where it is. */
  readonly keep: boolean;
}

export const usage = `npm run crash -- [--kills N] [--seed S] [--endpoints N] [--plant NAME] [--keep] [--json]

Runs a simulated workspace and \`headgate serve\` as processes of their own, at 60 times the speed of real time, and
kills serve with SIGKILL at random moments, over many releases on many endpoints. At the end it judges from the ledger,
the state machine's store and the simulator's own record what was promised: nothing that was accepted is lost, each
release ended once, each endpoint serves its last good configuration, no traffic went where policy did not allow.

  --kills N       how often serve is killed (1000)
  --seed S        what people, senders and kills do (1); when it meets the programs depends on the machine
  --endpoints N   how many are released to side by side (8)
  --plant NAME    spoils one thing, to see that it is found: ${Object.keys(plants).join(', ')}
  --keep          leaves the run's folder where it is, as a violation does
  --json          nothing on stderr but violations

The last line on stdout is one JSON object. Exit code 0 without a violation, 1 with one, 2 for bad options.
In CI: --kills 25 takes less than a minute.
`;

/** @throws RangeError in words for whoever typed it. @returns 'help' when that was asked for */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      endpoints: { type: 'string', default: '8' },
      plant: { type: 'string' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    kills: wholeNumber('--kills', values.kills, 0, 100_000),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 31),
    endpoints: wholeNumber('--endpoints', values.endpoints, 1, 100),
    plant: values.plant === undefined ? undefined : oneOf('--plant', values.plant, plants),
    json: values.json,
    keep: values.keep,
  };
}
