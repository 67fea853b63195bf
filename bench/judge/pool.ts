import { Worker } from 'node:worker_threads';
import type { Done, Task } from './worker.ts';

/** Does the tasks on so many threads and gives what came out in the order of the tasks. */
export async function perform(
  tasks: readonly Task[],
  threads: number,
  done: (task: Task) => void,
): Promise<Done[]> {
  const found = new Map<number, Done>();
  const waiting = [...tasks];
  await Promise.all(
    Array.from({ length: threads }, () => new Worker(new URL('./worker.ts', import.meta.url))).map(
      (worker) =>
        new Promise<void>((resolve, reject) => {
          let at: Task | undefined;
          const next = () => {
            at = waiting.shift();
            if (at) worker.postMessage(at);
            else worker.terminate().then(() => resolve(), reject);
          };
          worker.on('error', reject);
          worker.on('message', (message: Done) => {
            found.set(message.id, message);
            if (at) done(at);
            next();
          });
          next();
        }),
    ),
  );
  return tasks.flatMap(({ id }) => found.get(id) ?? []);
}
