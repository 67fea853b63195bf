import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Session } from '../context.ts';
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
    .option('--workspace <file>', 'use this simulator; <data>/workspace.json when it is there')
    .addHelpText(
      'after',
      `
Killed at any moment and started again, it goes on where it was.

Examples:
  headgate serve
  headgate serve --environment staging --data /var/lib/headgate`,
    )
    .action(
      session.ends(async (flags: ServeFlags) => {
        const { context } = session;
        const { json, data } = session.options();
        await context.parts.serve(
          {
            environment: flags.environment,
            config: flags.config,
            data: resolve(context.folder, data),
            port: flags.port,
            intakePort: flags.intakePort,
            workspace: flags.workspace,
            env: context.env,
            json,
            stop: context.stop,
          },
          context.host,
        );
        return 'ok';
      }),
    );
}
