import { userInfo } from 'node:os';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addAbort } from './commands/abort.ts';
import { addAdopt } from './commands/adopt.ts';
import { addApprove } from './commands/approve.ts';
import { addAudit } from './commands/audit.ts';
import { addBreakglass } from './commands/breakglass.ts';
import { addCertificate } from './commands/certificate.ts';
import { addDemo } from './commands/demo.ts';
import { addDrill } from './commands/drill.ts';
import { addFreeze } from './commands/freeze.ts';
import { addHelp } from './commands/help.ts';
import { addHold } from './commands/hold.ts';
import { addJudge } from './commands/judge.ts';
import { addList } from './commands/list.ts';
import { addPolicy } from './commands/policy.ts';
import { addResume } from './commands/resume.ts';
import { addRollback } from './commands/rollback.ts';
import { addServe } from './commands/serve.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addWatch } from './commands/watch.ts';
import { addWhy } from './commands/why.ts';
import { addWorkspace } from './commands/workspace.ts';
import { type CliContext, type GlobalOptions, type Session, shippedParts } from './context.ts';
import { type ExitName, exitCodes } from './exit-codes.ts';
import { CliFault, faultOf } from './fault.ts';
import { processHost } from './host.ts';

const commands = [
  addDemo,
  addServe,
  addWorkspace,
  addAdopt,
  addStart,
  addWatch,
  addStatus,
  addList,
  addWhy,
  addApprove,
  addHold,
  addResume,
  addAbort,
  addRollback,
  addFreeze,
  addBreakglass,
  addAudit,
  addDrill,
  addPolicy,
  addJudge,
  addCertificate,
  addHelp,
];

/** @param argv Without the program's own name. @returns the exit code; everything else went through `context.host`. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  let exit: ExitName = 'ok';
  const program = new Command('headgate');
  const session: Session = {
    context,
    options: () => program.opts<GlobalOptions>(),
    ends:
      (act) =>
      async (...given) => {
        exit = await act(...given);
      },
  };
  program
    .description('Progressive delivery for models on Databricks Model Serving.')
    .version(manifest.version)
    .option('--json', 'print JSON, errors too', false)
    .option('--api <url>', 'API of the controller (HEADGATE_API); with HEADGATE_API_TOKEN')
    .option('--data <folder>', "the controller's folder", '.headgate')
    .option('--as <name>', 'who asks, for the audit trail; your user name when absent')
    .addHelpText(
      'after',
      '\nExamples:\n  headgate demo\n  headgate workspace --speed 600\n  headgate serve\n  headgate start fraud 2 --watch\n\nExit codes: headgate help exit-codes',
    );
  for (const add of commands) add(program, session);
  quiet(program, context);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCodes[exit].code;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return exitCodes.ok.code;
    const fault = thrown instanceof CommanderError ? usageFault(thrown, program, argv) : faultOf(thrown);
    if (argv.length === 0) context.host.err(program.helpInformation());
    print(fault, context, program.opts<GlobalOptions>().json || argv.includes('--json'));
    return exitCodes[fault.exit].code;
  }
}

/** Commander neither prints errors nor ends the process by itself, here and in every subcommand. */
function quiet(command: Command, context: CliContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => context.host.out(text.trimEnd()),
    writeErr: () => {},
    outputError: () => {},
    getOutHelpWidth: () => context.host.columns,
  });
  for (const sub of command.commands) quiet(sub, context);
}

function usageFault(error: CommanderError, program: Command, argv: readonly string[]): CliFault {
  let command = program;
  for (const word of argv) command = command.commands.find((one) => one.name() === word) ?? command;
  const help = `run \`${pathOf(command)} --help\``;
  if (error.code === 'commander.help')
    return new CliFault('UsageError', 'a command is missing', help, 'usage');
  const [what = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
  const mend = hints.join(' ').replace(/[()]/g, '').trim();
  return new CliFault('UsageError', what, mend || help, 'usage');
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** One line (or one for each problem of a file) of what, one of how to mend it; the stack only for whoever asks. */
function print(fault: CliFault, { host, env }: CliContext, json: boolean): void {
  const { name, message, mend, facts } = fault;
  if (json) host.json({ error: { name, message, mend, facts } });
  else {
    host.err(`${host.paint('red', name)}:${message.includes('\n') ? '\n' : ' '}${message}`);
    host.err(`  ${mend}`);
  }
  if (env['HEADGATE_DEBUG'] === '1') host.err(stackOf(fault));
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

/** The program as a process: returns what it shall exit with. A second Ctrl-C does not wait. */
export async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return runCli(argv, {
    host: processHost(),
    env: process.env,
    folder: process.cwd(),
    user: userName(),
    fetch,
    sleep: async (milliseconds, signal) => {
      await sleepFor(milliseconds, undefined, { signal });
    },
    stop: stop.signal,
    parts: shippedParts,
  });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
