import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isReleaseError } from '../../src/contracts/errors.ts';
import type { Session } from '../context.ts';
import { CliFault } from '../fault.ts';
import { portNumber } from './numbers.ts';

interface ServeFlags {
  readonly environment: string;
  readonly config?: string;
  readonly port: number;
  readonly intakePort: number;
  readonly workspace?: string;
}

export function addServe(program: Command, session: Session): void {
  program
    .command('serve')
    .description('run the controller: API on loopback, intake for webhooks on a listener of its own')
    .option('--environment <name>', 'test, evaluate, staging or production', 'production')
    .option('--config <file>', 'configuration; configs/<environment>.yaml when absent')
    .option('--port <number>', 'port of the API, 0 for any', portNumber, 7717)
    .option('--intake-port <number>', 'port of the intake, 0 for any', portNumber, 7718)
    .option(
      '--workspace <file>',
      'use this simulator; when absent, <data>/workspace.json if it is there and neither --config nor --environment is given',
    )
    .addHelpText(
      'after',
      `
Killed at any moment and started again, it goes on where it was.

Examples:
  headgate serve
  headgate serve --environment staging --data /var/lib/headgate`,
    )
    .action(
      session.ends(async (flags: ServeFlags, command: Command) => {
        const { context } = session;
        const { json, data } = session.options();
        const asked = (option: string) => command.getOptionValueSource(option) === 'cli';
        try {
          await context.parts.serve(
            {
              environment: flags.environment,
              config: flags.config,
              data: resolve(context.folder, data),
              port: flags.port,
              intakePort: flags.intakePort,
              workspace: flags.workspace,
              findSimulator: !asked('config') && !asked('environment'),
              env: context.env,
              json,
              stop: context.stop,
            },
            context.host,
          );
        } catch (thrown) {
          throw refusal(thrown);
        }
        return 'ok';
      }),
    );
}

/** The two refusals to start that are mended elsewhere than in the configuration file. */
function refusal(thrown: unknown): unknown {
  if (!isReleaseError(thrown)) return thrown;
  const { name, message, facts } = thrown;
  const as = (mend: string, exit: 'unreachable' | 'usage') =>
    new CliFault(name, message, mend, exit, { cause: thrown, facts });
  if (typeof facts['connectionFile'] === 'string') {
    const file = facts['connectionFile'];
    const mend = `start \`headgate workspace\`, or delete ${file} to use the configured workspaces`;
    return as(mend, 'unreachable');
  }
  if ('missing' in facts) {
    return as('set them where `headgate serve` starts; docs/operations.md says more', 'usage');
  }
  return thrown;
}
