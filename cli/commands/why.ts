import type { Command } from 'commander';
import { controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import { card } from '../render.ts';

export function addWhy(program: Command, session: Session): void {
  program
    .command('why')
    .description('where a version stands, why, and what comes next')
    .argument('<version>', 'version of the model')
    .option('--endpoint <name>', 'where several endpoints have a version of that number')
    .addHelpText('after', '\nExamples:\n  headgate why 7\n  headgate why 7 --endpoint fraud-prod --json')
    .action(
      session.ends(async (version: string, { endpoint }: { endpoint?: string }) => {
        const { host } = session.context;
        const releases = await controllerOf(session.context, session.options()).why(version, endpoint);
        if (session.options().json) host.json(releases);
        else host.out(releases.map((release) => card(release, host)).join('\n\n'));
        return 'ok';
      }),
    );
}
