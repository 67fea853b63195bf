import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const ownPrograms = join(projectFolder, 'node_modules', '.bin');

/** The project's own programs first: the pinned node is among them. */
export const programPath = [ownPrograms, process.env['PATH'] ?? ''].join(delimiter);

/** Groups of processes that this one started and that have not ended. */
const groups = new Set<number>();
process.on('exit', () => {
  for (const group of groups) kill(group, 'SIGKILL');
});

/** Exactly these variables and none of ours: what a child is given, it hands on. */
export type Variables = Readonly<Record<string, string>>;

export interface Running {
  readonly pid: number;
  /** Its exit code once it has ended. */
  readonly code: () => number | null | undefined;
  /** It and all that it started. */
  stop(): Promise<void>;
}

/** Starts a program in a group of its own, with its output in a file. @throws Error when it cannot be run */
export async function start(
  program: string,
  args: readonly string[],
  options: { readonly env: Variables; readonly cwd: string; readonly log: string },
): Promise<Running> {
  const log = createWriteStream(options.log, { flags: 'a' });
  await once(log, 'open');
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', log, log],
  });
  const pid = await started(child, program);
  groups.add(pid);
  const ended = once(child, 'close').then(() => {
    log.end();
  });
  return {
    pid,
    code: () => child.exitCode,
    stop: async () => {
      kill(pid, 'SIGTERM');
      // A second is ample for a server without state; what is left of its group then goes without being asked.
      await Promise.race([ended, new Promise((wake) => setTimeout(wake, 1_000).unref())]);
      kill(pid, 'SIGKILL');
      await ended;
      groups.delete(pid);
    },
  };
}

/** Runs a program to its end. @throws Error with the end of its output when it fails, or when stopped */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly env: Variables; readonly cwd: string; readonly stop: AbortSignal },
): Promise<string> {
  options.stop.throwIfAborted();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const pid = await started(child, program);
  groups.add(pid);
  const abort = () => kill(pid, 'SIGKILL');
  options.stop.addEventListener('abort', abort);
  await once(child, 'close');
  options.stop.removeEventListener('abort', abort);
  groups.delete(pid);
  options.stop.throwIfAborted();
  if (child.exitCode === 0) return output;
  const end = output.trimEnd().split('\n').slice(-40).join('\n');
  throw new Error(
    `${[program, ...args].join(' ')} ended with ${child.exitCode ?? child.signalCode}:\n${end}`,
  );
}

async function started(child: ChildProcess, program: string): Promise<number> {
  if (child.pid !== undefined) return child.pid;
  const [cause] = await once(child, 'error');
  throw new Error(`${program} cannot be run.`, { cause });
}

function kill(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    // Nobody is left in it.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
