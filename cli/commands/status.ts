import type { Command } from 'commander';
import type { EndpointView } from '../../src/contracts/api.ts';
import { controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import { CliFault } from '../fault.ts';
import { card, columns, headline, printable } from '../render.ts';

export function addStatus(program: Command, session: Session): void {
  program
    .command('status')
    .description('what each endpoint serves, and which releases are live')
    .argument('[endpoint]', 'only this one')
    .addHelpText('after', '\nExamples:\n  headgate status\n  headgate status fraud-prod --json')
    .action(
      session.ends(async (named: string | undefined) => {
        const { host } = session.context;
        const all = await controllerOf(session.context, session.options()).endpoints();
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
