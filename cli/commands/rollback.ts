import type { Command } from 'commander';
import { controllerOf } from '../api-client.ts';
import { chooseRelease } from '../choose-release.ts';
import type { Session } from '../context.ts';
import { CliFault } from '../fault.ts';
import { follow } from '../follow.ts';
import { card } from '../render.ts';
import { nothingLive } from './nothing-live.ts';
import { said } from './start.ts';
import { tell } from './tell.ts';

interface RollbackOptions {
  readonly reason: string;
  readonly watch: boolean;
}

export function addRollback(program: Command, session: Session): void {
  program
    .command('rollback')
    .description(
      'put all traffic back: of a live release, or of an endpoint to the good configuration before',
    )
    .argument('[endpoint]', 'endpoint, release id or version; the only live release when absent')
    .option('--reason <text>', 'goes into the audit trail', '')
    .option('--watch', 'show it to its end', false)
    .addHelpText('after', '\nExamples:\n  headgate rollback\n  headgate rollback fraud-prod --watch')
    .action(
      session.ends(async (named: string | undefined, { reason, watch }: RollbackOptions) => {
        const { context } = session;
        const { json, as } = session.options();
        const controller = controllerOf(context, session.options());
        const releases = (await controller.releases()).filter(({ phase }) => phase !== 'ended');
        const idle = named === undefined ? undefined : await idleEndpoint(named);
        if (idle === undefined) {
          const release = chooseRelease(releases, named);
          if (release === undefined) throw nothingLive();
          const exit = await tell(session, controller, release, 'rollback', reason);
          // A live release that is told to roll back ends as "rolled back", which is what was asked for.
          if (!watch || exit !== 'ok') return exit;
          const end = await follow(context, controller, release, json);
          return end === 'notPromoted' ? 'ok' : end;
        }
        const actor = as ?? context.user;
        const answer = await controller.start({ endpoint: idle, intent: 'rollback', reason, actor });
        if (watch) return follow(context, controller, answer.release, json);
        if (json) context.host.json(answer);
        else context.host.out(`${said[answer.began]}\n${card(answer.release, context.host)}`);
        return 'ok';

        /** The endpoint of that name, unless a release of it is live. */
        async function idleEndpoint(name: string): Promise<string | undefined> {
          const view = (await controller.endpoints()).find(
            ({ endpoint, model }) => endpoint === name || model === name,
          );
          if (view === undefined) return undefined;
          if (view.phase === 'notAdopted') {
            const mend = `run \`headgate adopt ${view.endpoint}\` once while it serves what it should`;
            throw new CliFault('NoLastGood', `${view.endpoint} was never adopted`, mend, 'conflict');
          }
          const busy = releases.some(
            ({ endpoint, phase }) => endpoint === view.endpoint && phase !== 'queued',
          );
          return busy ? undefined : view.endpoint;
        }
      }),
    );
}
