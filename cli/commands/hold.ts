import type { Command } from 'commander';
import { controllerOf } from '../api-client.ts';
import { chooseRelease } from '../choose-release.ts';
import type { Session } from '../context.ts';
import { nothingLive } from './nothing-live.ts';
import { tell } from './tell.ts';

export function addHold(program: Command, session: Session): void {
  program
    .command('hold')
    .description('stop a release where it stands, at its share; harm still rolls it back')
    .argument('[release]', 'release id, version or endpoint; the only live one when absent')
    .option('--reason <text>', 'goes into the audit trail', '')
    .addHelpText(
      'after',
      `
It is held until \`headgate resume\`, or until the policy's holdDeadline, which rolls it back.

Examples:
  headgate hold
  headgate hold fraud-prod --reason "payday traffic"`,
    )
    .action(
      session.ends(async (named: string | undefined, { reason }: { reason: string }) => {
        const controller = controllerOf(session.context, session.options());
        const release = chooseRelease(await controller.releases(), named);
        if (release === undefined) throw nothingLive();
        return tell(session, controller, release, 'hold', reason);
      }),
    );
}
