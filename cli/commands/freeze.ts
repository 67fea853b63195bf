import type { Command } from 'commander';
import type { EndpointView, FreezeAnswer } from '../../src/contracts/api.ts';
import { controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import { CliFault } from '../fault.ts';
import { columns, printable } from '../render.ts';

interface FreezeFlags {
  readonly all: boolean;
  readonly off: boolean;
  readonly list: boolean;
  readonly reason: string;
}

export function addFreeze(program: Command, session: Session): void {
  program
    .command('freeze')
    .description('stop all forward movement on an endpoint, or let it go on; rollbacks are never frozen')
    .argument('[endpoint]', 'endpoint, or the registry name that the configuration maps to it')
    .option('--all', 'every configured endpoint', false)
    .option('--off', 'lift it; releases that are held stay held until they are resumed', false)
    .option('--list', 'show what is frozen, by whom and why', false)
    .option('--reason <text>', 'for whoever wants to go on, and for the audit trail', '')
    .addHelpText(
      'after',
      `
Releases that run are told to hold, those that wait are not begun.

Examples:
  headgate freeze fraud-prod --reason "quarter end"
  headgate freeze --all --reason "incident 4711"
  headgate freeze --all --off
  headgate freeze --list`,
    )
    .action(
      session.ends(async (endpoint: string | undefined, flags: FreezeFlags) => {
        const { host, user } = session.context;
        const { json, as } = session.options();
        const controller = controllerOf(session.context, session.options());
        refuseUnclear(endpoint, flags);
        if (flags.list) {
          const frozen = (await controller.endpoints()).filter((view) => view.freeze !== null);
          if (json) host.json(frozen.map((view) => ({ endpoint: view.endpoint, freeze: view.freeze })));
          else host.out(frozen.length === 0 ? 'Nothing is frozen.' : frozenTable(frozen));
          return 'ok';
        }
        const { off, reason } = flags;
        const answer = await controller.freeze({
          ...(endpoint === undefined ? {} : { endpoint }),
          off,
          reason,
          actor: as ?? user,
        });
        if (json) host.json(answer);
        else host.out(inWords(answer));
        return 'ok';
      }),
    );
}

function refuseUnclear(endpoint: string | undefined, { all, off, list, reason }: FreezeFlags): void {
  const named = [endpoint !== undefined, all, list].filter((one) => one).length;
  const usage = (what: string, mend: string) => new CliFault('UsageError', what, mend, 'usage');
  if (named !== 1) throw usage('name one endpoint, or --all, or --list', 'run `headgate freeze --help`');
  if (!off && !list && reason === '') {
    throw usage('a freeze needs a reason', 'add --reason "...": whoever finds it wants to know');
  }
}

function frozenTable(views: readonly EndpointView[]): string {
  const rows = views.map(({ endpoint, freeze }) =>
    [endpoint, freeze?.kind ?? '-', freeze?.by ?? '-', freeze?.at ?? '-', freeze?.reason || '-'].map(
      printable,
    ),
  );
  return columns([['ENDPOINT', 'KIND', 'BY', 'SINCE', 'REASON'], ...rows]);
}

function inWords({ endpoints, releases }: FreezeAnswer): string {
  return [
    ...endpoints.map(({ endpoint, says }) => `${endpoint}: ${says}`),
    ...releases.map(({ releaseId, version, says }) => `  ${releaseId} (version ${version}): ${says}`),
  ]
    .map(printable)
    .join('\n');
}
