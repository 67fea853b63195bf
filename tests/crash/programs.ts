import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The two programs of a run, each in a process of its own. */

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export interface Built {
  readonly headgate: string;
  readonly workspace: string;
}

/**
 * Bundles both programs as `npm run build` does, once and apart: a thousand starts take half the time, and all of them
 * run the same code whatever happens to the sources meanwhile.
 * @param workspace source of the simulator's program, from the project's folder
 */
export async function buildPrograms(workspace: string): Promise<Built> {
  // Inside of node_modules, so that the packages which stay outside of the bundle are found.
  const folder = mkdtempSync(join(root, 'node_modules', '.headgate-crash-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await build({
    entryPoints: {
      headgate: join(root, 'bin/headgate.ts'),
      workspace: join(root, workspace),
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    target: 'node22.18',
    logLevel: 'warning',
  });
  return {
    headgate: join(folder, 'headgate.js'),
    workspace: join(folder, 'workspace.js'),
  };
}

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** A process of ours. It is killed by its handle, never by a number that another process may have by now. */
export class Program {
  /** The one line of JSON that it prints when it is ready; undefined when it ended before. */
  readonly announced: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #complaints: string[] = [];

  constructor(args: readonly string[], options: { cwd: string; env: Readonly<Record<string, string>> }) {
    this.#child = spawn(process.execPath, args, {
      cwd: options.cwd,
      env: { ...ownEnvironment(), ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    alive.add(this.#child);
    this.#ended = once(this.#child, 'close').then(() => alive.delete(this.#child));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaints.push(chunk.toString());
      if (this.#complaints.length > 200) this.#complaints.shift();
    });
    const first = new Promise<string>((resolve) => {
      if (this.#child.stdout) createInterface(this.#child.stdout).once('line', resolve);
    });
    this.announced = Promise.race([first, this.#ended.then(() => undefined)]).then(
      (line): unknown => line && JSON.parse(line),
    );
  }

  /** As the kernel ends a process that is out of memory. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Asked to end, and ended when it does not within 5 s. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await Promise.race([this.#ended, sleep(5_000, undefined, { ref: false })]);
    await this.kill();
  }

  /** What it said on stderr last. */
  complaints(): string {
    return this.#complaints.join('');
  }
}

/** Whoever runs this may have a controller of their own, or override its configuration. */
function ownEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HEADGATE_')));
}
