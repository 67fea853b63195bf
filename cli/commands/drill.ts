import type { Command } from 'commander';
import type { DrillView, EndpointView } from '../../src/contracts/api.ts';
import { type Controller, controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { CliFault } from '../fault.ts';
import { follow } from '../follow.ts';
import { card, columns, printable } from '../render.ts';
import { said } from './start.ts';

interface DrillFlags {
  readonly endpoint?: string;
  readonly wait: boolean;
  readonly inProduction: boolean;
  readonly reason: string;
}

export function addDrill(program: Command, session: Session): void {
  program
    .command('drill')
    .description('rehearse a rollback and measure it; without --endpoint, what the last drills measured')
    .option(
      '--endpoint <name>',
      'give a share to a second entity of the version that serves, and take it back',
    )
    .option('--wait', 'show it to its end, then what it measured', false)
    .option('--in-production', 'also where the configuration does not allow drills in production', false)
    .option('--reason <text>', 'goes into the audit trail', '')
    .addHelpText(
      'after',
      '\nExamples:\n  headgate drill --endpoint fraud-staging --wait\n  headgate drill --json',
    )
    .action(
      session.ends(async ({ endpoint, ...flags }: DrillFlags) => {
        const controller = controllerOf(session.context, session.options());
        return endpoint === undefined
          ? showLast(session, controller)
          : begin(session, controller, endpoint, flags);
      }),
    );
}

async function showLast(session: Session, controller: Controller): Promise<ExitName> {
  const { host } = session.context;
  const views = await controller.endpoints();
  if (session.options().json) host.json(views.map(({ endpoint, drill }) => ({ endpoint, drill })));
  else {
    const heads = ['ENDPOINT', 'DRILLED', 'VERSION', 'RTO', 'ACCEPTED', 'REFUSED', 'CALLS', 'BAD', 'OUTCOME'];
    host.out(columns([heads, ...views.map(rowOf)]));
  }
  return 'ok';
}

async function begin(
  session: Session,
  controller: Controller,
  endpoint: string,
  { wait, inProduction, reason }: Omit<DrillFlags, 'endpoint'>,
): Promise<ExitName> {
  const { context } = session;
  const { host } = context;
  const { json, as } = session.options();
  const actor = as ?? context.user;
  const answer = await controller.drill(endpoint, { inProduction, reason, actor });
  if (!wait) {
    if (json) host.json(answer);
    else host.out(`${said[answer.began]}\n${card(answer.release, host)}`);
    return 'ok';
  }
  const end = await follow(context, controller, answer.release, json);
  const measured = (await controller.endpoints()).find((one) => one.endpoint === answer.release.endpoint);
  if (measured?.drill?.releaseId !== answer.release.releaseId) {
    const mend = `\`headgate why ${answer.release.version}\` shows how it ended`;
    throw new CliFault('DrillNotMeasured', 'the drill left no measurement', mend, 'unexpected');
  }
  if (json) host.json(measured.drill);
  else host.out(`\n${inWords(measured.drill)}`);
  return end;
}

function rowOf({ endpoint, drill }: EndpointView): string[] {
  if (drill === null) return [printable(endpoint), 'never', ...Array.from({ length: 7 }, () => '-')];
  const { at, version, outcome } = drill;
  return [
    ...[endpoint, at, version, spoken(drill.rtoSeconds), spoken(drill.acceptedSeconds)],
    ...[spoken(drill.platformRefusedSeconds), counted(drill.databricksCalls), counted(drill.badRequests)],
    outcome.kind,
  ].map(printable);
}

/** `RTO 24 s: accepted after 0 s (2 calls to Databricks), seen at 100 % 24 s later; the platform refused 0 s of it; 0 bad requests.` */
export function inWords(drill: DrillView): string {
  return (
    `RTO ${spoken(drill.rtoSeconds)}: accepted after ${spoken(drill.acceptedSeconds)} ` +
    `(${counted(drill.databricksCalls)} calls to Databricks), seen at 100 % ${spoken(drill.observedSeconds)} later; ` +
    `the platform refused ${spoken(drill.platformRefusedSeconds)} of it; ${counted(drill.badRequests)} bad requests.`
  );
}

const spoken = (seconds: number | null): string => (seconds === null ? '-' : `${seconds} s`);
const counted = (count: number | null): string => (count === null ? '-' : String(count));
