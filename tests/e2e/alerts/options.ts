import { parseArgs } from 'node:util';
import { oneOf, wholeNumber } from '../../support/command-line.ts';
import { type Plant, plants } from './plants.ts';

export interface Options {
  /** Only cases whose stage and payload hold this text. */
  readonly only: string;
  readonly json: boolean;
  /** How many times faster than the machine's clock the releases live. */
  readonly speed: number;
  /** How many cases are played side by side. */
  readonly together: number;
  readonly plant: Plant | undefined;
}

export const usage = `npm run e2e:alerts -- [--only TEXT] [--speed N] [--together N] [--plant NAME] [--json]

Posts Monte Carlo's published payloads, signed, to \`headgate serve\` at each stage of a live release, and follows what
comes of it with \`headgate watch\`, all of them processes of their own beside a simulated workspace. Then the same
again, with serve killed by SIGKILL as soon as it answered 202, and started again. In two more worlds, in real time,
serve asks and answers a simulated Monte Carlo API; there the stages before traffic are met.

For each case: what watch says and ends with, what \`headgate list\` says, and what the endpoint served by the
simulator's own word. Each alert comes after a forged one, which must be refused and do nothing, and comes again after
the answer, which must do nothing more.

  --only TEXT     cases whose "stage: payload" holds the text
  --speed N       how many times as fast as real time the releases live (30)
  --together N    how many cases are played side by side in a world (12)
  --plant NAME    spoils one thing, to see that it is found: ${Object.keys(plants).join(', ')}
  --json          nothing on stderr but what is wrong, and no table

The last line on stdout is one JSON object: {cases, wrong, seconds}. Exit code 0 when nothing was wrong, 1 when
something was (the run's folder is kept), 2 for bad options.
`;

/** @throws RangeError in words for whoever typed it. @returns 'help' when that was asked for */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      speed: { type: 'string', default: '30' },
      together: { type: 'string', default: '12' },
      plant: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    only: values.only,
    speed: wholeNumber('--speed', values.speed, 2, 60),
    together: wholeNumber('--together', values.together, 1, 100),
    plant: values.plant === undefined ? undefined : oneOf('--plant', values.plant, plants),
    json: values.json,
  };
}
