import type { Command } from 'commander';
import { controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import { follow } from '../follow.ts';
import { card } from '../render.ts';

interface Options {
  readonly watch: boolean;
  readonly emergency: boolean;
  readonly reason?: string;
}

const examples = `
Examples:
  headgate start fraud 7
  headgate start fraud 7 --watch
  headgate start fraud 7 --emergency --reason "version 6 answers nobody"`;

export function addStart(program: Command, session: Session): void {
  program
    .command('start')
    .description('start the release of a model version')
    .argument('<endpoint>', 'endpoint, or the registry name that the configuration maps to it')
    .argument('<version>', 'version of the model')
    .option('--watch', 'show it to its end', false)
    .option('--emergency', 'past evaluation, shadow and canary, and past what is in release or queued', false)
    .option('--reason <text>', 'goes into the audit trail; an emergency needs one')
    .addHelpText('after', examples)
    .action(
      session.ends(async (endpoint: string, version: string, options: Options) => {
        const { watch, emergency, reason } = options;
        const { context } = session;
        const { json, as } = session.options();
        const controller = controllerOf(context, session.options());
        const actor = as ?? context.user;
        const answer = await controller.start({
          ...{ endpoint, version, intent: 'release', actor },
          ...(reason === undefined ? {} : { reason }),
          ...(emergency ? { emergency } : {}),
        });
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
