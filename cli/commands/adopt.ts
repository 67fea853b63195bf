import type { Command } from 'commander';
import { controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import { printable } from '../render.ts';

export function addAdopt(program: Command, session: Session): void {
  program
    .command('adopt')
    .description(
      'take what an endpoint serves now, one READY version at 100 %, as its first good configuration',
    )
    .argument('<endpoint>', 'endpoint, or the registry name that the configuration maps to it')
    .addHelpText('after', '\nExample:\n  headgate adopt fraud-prod')
    .action(
      session.ends(async (endpoint: string) => {
        const { host, user } = session.context;
        const { json, as } = session.options();
        const view = await controllerOf(session.context, session.options()).adopt(endpoint, as ?? user);
        if (json) host.json(view);
        else {
          const version = view.lastGoodVersion ?? 'nothing';
          host.out(
            printable(`${view.endpoint} is adopted: version ${version} is what a rollback goes back to.`),
          );
        }
        return 'ok';
      }),
    );
}
