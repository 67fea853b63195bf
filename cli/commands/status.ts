import type { Command } from 'commander';
import type { IoHost } from '../../local/io-host.ts';
import type { EndpointView, NeedView } from '../../src/contracts/api.ts';
import { controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import { CliFault } from '../fault.ts';
import { rest } from '../follow.ts';
import { card, columns, headline, needLines, printable } from '../render.ts';
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
        const shown = shownEndpoints(all, named);
        if (session.options().json) {
          host.json(shown);
          return 'ok';
        }
        host.out(endpointTable(shown));
        for (const view of shown) for (const line of troubleOf(view, host)) host.out(line);
        for (const { release } of shown) if (release !== null) host.out(`\n${card(release, host)}`);
        if (named === undefined) {
          const needs = await controllerOf(session.context, session.options()).needs();
          for (const line of needLines(needs.filter(unplaced), host)) host.out(line);
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

/** @throws CliFault `UnknownEndpoint` for a name that no endpoint and no model has. */
export function shownEndpoints(all: readonly EndpointView[], named: string | undefined): EndpointView[] {
  const shown = all.filter((view) => named === undefined || [view.endpoint, view.model].includes(named));
  if (named === undefined || shown.length > 0) return shown;
  const known = `known are: ${all.map(({ endpoint }) => endpoint).join(', ')}`;
  throw new CliFault('UnknownEndpoint', `there is no endpoint "${named}"`, known, 'notFound');
}

export function endpointTable(views: readonly EndpointView[]): string {
  return columns([['ENDPOINT', 'SERVES', 'GOOD', 'PHASE', 'QUEUED', 'RTO', 'RELEASE'], ...views.map(rowOf)]);
}

const unplaced = ({ endpoint, releaseId }: NeedView): boolean => endpoint === null && releaseId === null;

/** What keeps an endpoint from moving, and what waits for a person there besides its release. */
function troubleOf({ endpoint, freeze, drift, needs, release }: EndpointView, host: IoHost): string[] {
  const told = (what: string, says: string) => `  ${host.paint('yellow', what)} ${printable(says)}`;
  const shown = new Set(release?.needs.map(({ order }) => order));
  return [
    ...(freeze
      ? [told(`${endpoint} ${freeze.kind}`, `by ${freeze.by} since ${freeze.at}: ${freeze.reason || '-'}`)]
      : []),
    ...(drift
      ? [told(`${endpoint} drift`, `changed by somebody else, seen ${drift.since}: ${drift.says}`)]
      : []),
    ...needLines(
      needs.filter(({ order }) => !shown.has(order)),
      host,
    ),
  ];
}

function rowOf(view: EndpointView): string[] {
  return [
    view.endpoint,
    view.servingVersion ?? '-',
    view.lastGoodVersion ?? '-',
    view.phase === 'notAdopted' ? 'not adopted' : [view.phase, ...marksOf(view)].join(', '),
    view.queued.join(', ') || '-',
    // As the last drill measured it.
    view.drill?.rtoSeconds == null ? '-' : `${view.drill.rtoSeconds} s`,
    view.release === null ? '-' : headline(view.release),
  ].map(printable);
}

function marksOf({ freeze, drift }: EndpointView): string[] {
  const frozen = freeze?.kind === 'breakglass' ? 'in hand' : 'frozen';
  return [...(freeze ? [frozen] : []), ...(drift ? ['drifted'] : [])];
}
