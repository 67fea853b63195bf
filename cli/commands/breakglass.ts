import { resolve } from 'node:path';
import type { Command } from 'commander';
import { fileCopyIn } from '../../local/breakglass-folder.ts';
import type { BreakglassAnswer } from '../../src/contracts/api.ts';
import type { RestoreCopy } from '../../src/contracts/restore-copy.ts';
import { controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import { curlOf } from '../curl.ts';
import { CliFault } from '../fault.ts';
import { printable } from '../render.ts';

interface BreakglassFlags {
  readonly reason: string;
  readonly printOnly: boolean;
  readonly fromWorkspace: boolean;
  readonly config?: string;
  readonly workspace?: string;
  readonly modelVersion?: string;
}

export function addBreakglass(program: Command, session: Session): void {
  program
    .command('breakglass')
    .description('take an endpoint from Headgate, and print the request that restores its baseline by hand')
    .argument('<endpoint>', 'endpoint, or the registry name that the configuration maps to it')
    .option('--reason <text>', 'goes into the audit trail', '')
    .option('--print-only', 'only print the request; Headgate keeps the endpoint', false)
    .option(
      '--from-workspace',
      'read the request from the workspace; no controller and no store is needed',
      false,
    )
    .option('--config <file>', 'with --from-workspace: configuration; configs/production.yaml when absent')
    .option('--workspace <file>', "with --from-workspace: a simulator's connection file")
    .option('--model-version <number>', 'with --from-workspace: the version that the request was kept with')
    .addHelpText(
      'after',
      `
The request goes to stdout, everything else to stderr. It takes the token from DATABRICKS_TOKEN. When no controller
answers, the request is printed as it was kept in the data folder.
Afterwards: \`headgate adopt ENDPOINT\`, then \`headgate freeze ENDPOINT --off\` gives the endpoint back.

Examples:
  headgate breakglass fraud-prod --reason "incident 4711"
  headgate breakglass fraud-prod --print-only > restore.sh
  headgate breakglass fraud-prod --from-workspace --config configs/production.yaml`,
    )
    .action(
      session.ends(async (endpoint: string, flags: BreakglassFlags) => {
        const { host } = session.context;
        const found = flags.fromWorkspace
          ? await fromWorkspace(session, endpoint, flags)
          : await fromController(session, endpoint, flags);
        if (session.options().json) {
          host.json(found);
          return 'ok';
        }
        for (const line of aboutIt(found)) host.err(printable(line));
        host.out(curlOf(found.request));
        return 'ok';
      }),
    );
}

interface Found extends Omit<BreakglassAnswer, 'took'> {
  readonly took: BreakglassAnswer['took'];
  /** Unknown where the controller was asked to let go of the endpoint and its answer did not arrive. */
  readonly taken: 'yes' | 'no' | 'unknown';
  /** Where the request was found: `controller`, `workspace`, or a file. */
  readonly source: string;
}

async function fromWorkspace(session: Session, named: string, flags: BreakglassFlags): Promise<Found> {
  const { folder, env, parts } = session.context;
  const copy = await parts.copyFromWorkspace({
    named,
    config: flags.config,
    version: flags.modelVersion,
    workspace: flags.workspace,
    folder,
    env,
  });
  return foundIn(copy, 'workspace', 'no');
}

/** Where no controller answers, the copy beside its stores has to do: it is there for just that. */
async function fromController(session: Session, named: string, flags: BreakglassFlags): Promise<Found> {
  const { user, folder, host } = session.context;
  const { as, data } = session.options();
  const request = { take: !flags.printOnly, reason: flags.reason, actor: as ?? user };
  try {
    const answer = await controllerOf(session.context, session.options()).breakglass(named, request);
    return { ...answer, taken: answer.took ? 'yes' : 'no', source: 'controller' };
  } catch (thrown) {
    const silent = thrown instanceof CliFault && ['unreachable', 'unexpected'].includes(thrown.exit);
    const kept = silent ? await fileCopyIn(resolve(folder, data), named) : undefined;
    if (kept) {
      host.err(
        `The controller gave no answer: ${printable(thrown instanceof Error ? thrown.message : String(thrown))}.`,
      );
      return foundIn(kept.copy, kept.file, request.take ? 'unknown' : 'no');
    }
    if (!silent) throw thrown;
    const mend = `\`headgate breakglass ${named} --from-workspace --config FILE\` reads the request from the workspace`;
    throw new CliFault(thrown.name, `${thrown.message}, and ${data} keeps no request`, mend, thrown.exit, {
      cause: thrown,
    });
  }
}

function foundIn(copy: RestoreCopy, source: string, taken: 'no' | 'unknown'): Found {
  const { endpoint, version, entity, verifiedAt, request } = copy;
  return { endpoint, version, entity, verifiedAt, request, took: null, taken, source };
}

function aboutIt({ endpoint, version, entity, verifiedAt, took, taken, source }: Found): string[] {
  const what = `${endpoint}: version ${version} (${entity}), seen to serve all traffic at ${verifiedAt}; from ${source}.`;
  if (took === null) {
    const keeps =
      source === 'controller'
        ? 'Headgate keeps the endpoint.'
        : 'Nothing was taken: a controller that runs, or comes back, goes on.';
    const unknown = `Whether Headgate has let go of ${endpoint} is not known: \`headgate freeze --list\` says so when a controller answers. Until then it may go on.`;
    return [what, taken === 'unknown' ? unknown : keeps];
  }
  return [
    what,
    `Headgate has let go of ${endpoint} (epoch ${took.epoch}) and writes nothing there any more.`,
    ...(took.release === null ? [] : [`Release ${took.release} ended by it.`]),
    ...(took.quietAt === null
      ? []
      : [`A write that was under way may still arrive until ${took.quietAt}: look again then.`]),
    `To give it back: headgate adopt ${endpoint} && headgate freeze ${endpoint} --off`,
  ];
}
