import type { Command } from 'commander';
import { controllerOf } from '../api-client.ts';
import { chooseRelease } from '../choose-release.ts';
import type { Session } from '../context.ts';
import { nothingLive } from './nothing-live.ts';
import { tell } from './tell.ts';

export function addResume(program: Command, session: Session): void {
  program
    .command('resume')
    .description('let a release that is held go on where it stood')
    .argument('[release]', 'release id, version or endpoint; the only live one when absent')
    .option('--reason <text>', 'goes into the audit trail', '')
    .addHelpText(
      'after',
      '\nExamples:\n  headgate resume\n  headgate resume fraud-prod --reason "payday is over"',
    )
    .action(
      session.ends(async (named: string | undefined, { reason }: { reason: string }) => {
        const controller = controllerOf(session.context, session.options());
        const release = chooseRelease(await controller.releases(), named);
        if (release === undefined) throw nothingLive();
        return tell(session, controller, release, 'resume', reason);
      }),
    );
}
