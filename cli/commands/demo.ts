import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { isReleaseError } from '../../src/contracts/errors.ts';
import type { Session } from '../context.ts';
import { CliFault } from '../fault.ts';
import { seedNumber } from './numbers.ts';

interface DemoFlags {
  readonly seed: number;
  readonly out?: string;
  readonly ledger: 'sqlite' | 'dynamodb';
  readonly fast: boolean;
}

export function addDemo(program: Command, session: Session): void {
  program
    .command('demo')
    .description('three releases against a simulated workspace: promoted, rolled back, undone by an alert')
    .option('--seed <number>', 'the same seed gives the same story', seedNumber, 1)
    .option('--out <folder>', 'where the certificates go; <data>/demo when absent')
    .addOption(
      new Option('--ledger <kind>', 'where releases are recorded; dynamodb runs a local one (linux/x64)')
        .choices(['sqlite', 'dynamodb'])
        .default('sqlite'),
    )
    .option('--fast', 'no animation', false)
    .addHelpText(
      'after',
      `
With --json the last line is {"releases":[{version, outcome, reason, transitions, canaryRequests, badRequests,
rollbackSeconds, certificate}]}.

Examples:
  headgate demo
  headgate demo --json --seed 7 | tail -1`,
    )
    .action(
      session.ends(async ({ seed, out, ledger, fast }: DemoFlags) => {
        const { host, folder, parts, stop } = session.context;
        const { json, data } = session.options();
        const place = resolve(folder, out ?? join(data, 'demo'));
        const end = await parts
          .runDemo({ json, seed, out: place, ledger, fast, stop }, host)
          .catch((error: unknown) => {
            throw withoutLocalDynamo(error);
          });
        if (end.asAnnounced) return 'ok';
        throw new CliFault(
          'DemoDiffers',
          'a release ended otherwise than the demo says',
          'this is a defect: report it with the seed',
          'unexpected',
        );
      }),
    );
}

/** Whoever asked for a ledger that this machine cannot run is told of the one that it can. */
function withoutLocalDynamo(error: unknown): unknown {
  if (!isReleaseError(error, 'ConfigurationInvalid') || !('localDynamo' in error.facts)) return error;
  const mend = 'leave out --ledger: the SQLite ledger runs everywhere';
  return new CliFault(error.name, error.message, mend, 'usage', { cause: error, facts: error.facts });
}
