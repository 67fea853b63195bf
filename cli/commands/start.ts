import type { Command } from 'commander';
import { controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import { follow } from '../follow.ts';
import { card } from '../render.ts';

export function addStart(program: Command, session: Session): void {
  program
    .command('start')
    .description('start the release of a model version')
    .argument('<endpoint>', 'endpoint, or the registry name that the configuration maps to it')
    .argument('<version>', 'version of the model')
    .option('--watch', 'show it to its end', false)
    .addHelpText('after', '\nExamples:\n  headgate start fraud 7\n  headgate start fraud 7 --watch')
    .action(
      session.ends(async (endpoint: string, version: string, { watch }: { watch: boolean }) => {
        const { context } = session;
        const { json, as } = session.options();
        const controller = controllerOf(context, session.options());
        const actor = as ?? context.user;
        const answer = await controller.start({ endpoint, version, intent: 'release', actor });
        if (watch) {
          if (!json) context.host.out(said[answer.began]);
          return follow(context, controller, answer.release, json);
        }
        if (json) context.host.json(answer);
        else context.host.out(`${said[answer.began]}\n${card(answer.release, context.host)}`);
        return 'ok';
      }),
    );
}

export const said = {
  started: 'Started.',
  queued: 'Queued behind the release that is live.',
  duplicate: 'It was asked for before; nothing new was started.',
} as const;
