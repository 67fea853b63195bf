import type { Command } from 'commander';
import type { Session } from '../context.ts';
import { exitCodes, exitCodeTable } from '../exit-codes.ts';
import { CliFault } from '../fault.ts';

/** In place of commander's own `help`, which knows commands only. */
export function addHelp(program: Command, session: Session): void {
  program.helpCommand(false);
  program
    .command('help')
    .description('help on a command, or on `exit-codes`')
    .argument('[topic...]', 'a command, or exit-codes')
    .action(
      session.ends(async (topic: string[]) => {
        const { host } = session.context;
        if (topic[0] === 'exit-codes') {
          if (session.options().json) host.json(Object.values(exitCodes));
          else host.out(exitCodeTable());
          return 'ok';
        }
        let command = program;
        for (const name of topic) {
          const next = command.commands.find((one) => one.name() === name);
          if (next === undefined) {
            throw new CliFault(
              'UsageError',
              `there is no help on "${topic.join(' ')}"`,
              'run `headgate --help`',
              'usage',
            );
          }
          command = next;
        }
        command.outputHelp();
        return 'ok';
      }),
    );
}
