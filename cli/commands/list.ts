import { type Command, Option } from 'commander';
import { type ReleaseView, releasePhases } from '../../src/contracts/api.ts';
import { controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import { columns, needLines, printable } from '../render.ts';
import { endpointTable, shownEndpoints } from './status.ts';

interface ListFlags {
  readonly endpoint?: string;
  readonly phase?: ReleaseView['phase'];
}

export function addList(program: Command, session: Session): void {
  program
    .command('list')
    .description('every endpoint and every release, also those that ended, newest first')
    .option('--endpoint <name>', 'only of this endpoint')
    .addOption(new Option('--phase <phase>', 'only releases that are').choices([...releasePhases]))
    .addHelpText(
      'after',
      '\nExamples:\n  headgate list\n  headgate list --endpoint fraud-prod --phase held --json',
    )
    .action(
      session.ends(async ({ endpoint, phase }: ListFlags) => {
        const { host } = session.context;
        const controller = controllerOf(session.context, session.options());
        const endpoints = shownEndpoints(await controller.endpoints(), endpoint);
        const releases = await controller.releases({
          ...(endpoint === undefined ? {} : { endpoint }),
          ...(phase === undefined ? {} : { phase }),
        });
        const needs = await controller.needs();
        const shown = needs.filter(
          (need) => endpoint === undefined || endpoints.some((view) => view.endpoint === need.endpoint),
        );
        if (session.options().json) {
          host.json({ endpoints, releases, needs: shown });
          return 'ok';
        }
        host.out(endpointTable(endpoints));
        host.out(`\n${releaseTable(releases)}`);
        for (const line of needLines(shown, host)) host.out(line);
        return 'ok';
      }),
    );
}

function releaseTable(releases: readonly ReleaseView[]): string {
  if (releases.length === 0) return 'No such release.';
  const head = ['RELEASE', 'ENDPOINT', 'VERSION', 'INTENT', 'PHASE', 'STATE', 'SHARE', 'ASKED', 'BY'];
  return columns([head, ...releases.map(rowOf)]);
}

function rowOf(release: ReleaseView): string[] {
  const { releaseId, endpoint, version, intent, phase, state, outcome, candidateShare } = release;
  return [
    releaseId,
    endpoint,
    version,
    intent,
    outcome?.kind ?? phase,
    state ?? '-',
    candidateShare === null ? '-' : `${candidateShare} %`,
    release.requestedAt,
    release.requestedBy,
  ].map(printable);
}
