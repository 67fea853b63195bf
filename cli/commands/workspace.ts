import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ScaledClock } from '../../local/clock.ts';
import { removePrivate, type WorkspaceConnection, writePrivate } from '../../local/private-file.ts';
import { tourProfile } from '../../local/workspace/profiles/fraud.ts';
import type { Session } from '../context.ts';
import { portNumber, seedNumber, speedNumber } from './numbers.ts';

interface WorkspaceFlags {
  readonly speed: number;
  readonly port: number;
  readonly seed: number;
}

export function addWorkspace(program: Command, session: Session): void {
  program
    .command('workspace')
    .description('run a simulated Databricks workspace on this machine')
    .option('--speed <times>', 'how much faster its time goes', speedNumber, 1)
    .option('--port <number>', 'port, 0 for any', portNumber, 0)
    .option('--seed <number>', 'the same seed gives the same traffic', seedNumber, 1)
    .addHelpText(
      'after',
      `
Prints one line of JSON: {host, token, clientId, clientSecret, epoch}. \`headgate serve\` in the same folder uses it.

Example:
  headgate workspace --speed 600`,
    )
    .action(
      session.ends(async ({ speed, port, seed }: WorkspaceFlags) => {
        const { host, folder, parts, stop } = session.context;
        const file = resolve(folder, session.options().data, 'workspace.json');
        const clock = ScaledClock.startingNow(speed);
        const running = await parts.startWorkspace({ clock, seed, port, profile: tourProfile });
        const connection: WorkspaceConnection = {
          host: running.host,
          token: running.token,
          clientId: running.clientId,
          clientSecret: running.clientSecret,
          epoch: clock.epoch,
        };
        try {
          writePrivate(file, connection);
          host.json(connection);
          const pace = speed === 1 ? 'in real time' : `${speed} times as fast as real time`;
          host.err(`A simulated workspace runs ${pace}; \`headgate serve\` here uses it. Ctrl-C stops it.`);
          await stopped(stop);
        } finally {
          removePrivate(file, connection);
          await running.close();
        }
        return 'ok';
      }),
    );
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
