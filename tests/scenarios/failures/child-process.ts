import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** `headgate ...` as a process of its own, from the source, on the Node that runs the tests. */
export interface Spawned {
  readonly child: ChildProcess;
  /** The one line of JSON that it prints when it is ready. */
  readonly announced: Record<string, unknown>;
  /** As the kernel ends a process that is out of memory: nothing of its own runs any more. */
  kill(): Promise<void>;
}

const entry = fileURLToPath(new URL('../../../bin/headgate.ts', import.meta.url));

/** @throws Error with what it said on stderr, when it ends before it is ready. */
export async function headgate(args: readonly string[], env: Record<string, string>): Promise<Spawned> {
  const child = spawn(process.execPath, [entry, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const first = once(createInterface(child.stdout), 'line').then(([line]) => String(line));
  const line = await Promise.race([first, ended.then(() => undefined)]);
  if (line === undefined) throw new Error(`headgate ${args.join(' ')} ended: ${said.join('')}`);
  return { child, announced: JSON.parse(line) as Record<string, unknown>, kill };
}

/**
 * Asks until the answer is `right`. Real processes have clocks of their own, so that this is the one place among the
 * scenarios that waits in real time: 50 ms between two questions, and never longer than `withinMs` in all.
 */
export async function ask<T>(
  question: () => Promise<T>,
  right: (answer: T) => boolean,
  withinMs: number,
): Promise<T> {
  const latest = Date.now() + withinMs;
  for (;;) {
    const answer = await question();
    if (right(answer)) return answer;
    if (Date.now() > latest) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(answer)}`);
    await pause(50);
  }
}
