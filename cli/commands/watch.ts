import type { Command } from 'commander';
import { controllerOf } from '../api-client.ts';
import { chooseRelease } from '../choose-release.ts';
import type { Session } from '../context.ts';
import { follow, nextRelease } from '../follow.ts';

export function addWatch(program: Command, session: Session): void {
  program
    .command('watch')
    .description('show a release live, to its end')
    .argument('[release]', 'release id, version or endpoint; the live one, or the next, when absent')
    .addHelpText(
      'after',
      `
Ends with 0 when it was promoted, restored or only observed, 3 when rolled back or rejected, 4 when superseded.
With --json: a line for each thing that happens, and a last one for the release.

Examples:
  headgate watch
  headgate watch 7 --json | tail -1`,
    )
    .action(
      session.ends(async (named: string | undefined) => {
        const { context } = session;
        const controller = controllerOf(context, session.options());
        const release = await nextRelease(context, controller, (all) => chooseRelease(all, named));
        return follow(context, controller, release, session.options().json);
      }),
    );
}
