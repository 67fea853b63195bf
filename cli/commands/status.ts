import type { Command } from 'commander';
import type { EndpointView } from '../../src/contracts/api.ts';
import { controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import { CliFault } from '../fault.ts';
import { rest } from '../follow.ts';
import { card, columns, headline, printable } from '../render.ts';
import { secondsNumber } from './numbers.ts';

interface StatusFlags {
  readonly wait: number;
}

export function addStatus(program: Command, session: Session): void {
  program
    .command('status')
    .description('what each endpoint serves, and which releases are live')
    .argument('[endpoint]', 'only this one')
    .option('--wait <seconds>', 'ask once a second, until the controller answers', secondsNumber, 0)
    .addHelpText(
      'after',
      '\nExamples:\n  headgate status\n  headgate status fraud-prod --json\n  headgate status --wait 30',
    )
    .action(
      session.ends(async (named: string | undefined, { wait }: StatusFlags) => {
        const { host } = session.context;
        const all = await endpointsWithin(session, wait);
        const shown = all.filter(
          (view) => named === undefined || [view.endpoint, view.model].includes(named),
        );
        if (named !== undefined && shown.length === 0) {
          const known = all.map(({ endpoint }) => endpoint).join(', ');
          throw new CliFault(
            'UnknownEndpoint',
            `there is no endpoint "${named}"`,
            `known are: ${known}`,
            'notFound',
          );
        }
        if (session.options().json) host.json(shown);
        else {
          host.out(
            columns([['ENDPOINT', 'SERVES', 'GOOD', 'PHASE', 'QUEUED', 'RELEASE'], ...shown.map(rowOf)]),
          );
          for (const { release } of shown) if (release !== null) host.out(`\n${card(release, host)}`);
        }
        return 'ok';
      }),
    );
}

/** What is not reachable yet may be soon; anything else is told at once. */
async function endpointsWithin(session: Session, seconds: number): Promise<EndpointView[]> {
  const { context } = session;
  const controller = controllerOf(context, session.options());
  for (let left = seconds; ; left--) {
    try {
      return await controller.endpoints();
    } catch (thrown) {
      if (!(thrown instanceof CliFault) || thrown.exit !== 'unreachable' || left <= 0) throw thrown;
    }
    await rest(context, context.stop);
  }
}

function rowOf(view: EndpointView): string[] {
  return [
    view.endpoint,
    view.servingVersion ?? '-',
    view.lastGoodVersion ?? '-',
    view.phase === 'notAdopted' ? 'not adopted' : view.phase,
    view.queued.join(', ') || '-',
    view.release === null ? '-' : headline(view.release),
  ].map(printable);
}
