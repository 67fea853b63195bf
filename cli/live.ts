import type { Progress } from '../local/io-host.ts';

/** Progress on a terminal: a title that changes in place, and the newest lines below it. */
export async function liveProgress(first: string): Promise<Progress> {
  // Loaded here: most commands never need it.
  const { Listr } = await import('listr2');
  // The title, the prompt before and after, and a line to spare.
  const visible = Math.max(5, (process.stdout.rows ?? 24) - 4);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<{ title: (text: string) => void; output: (text: string) => void }>();
  const list = new Listr(
    [
      {
        title: first,
        task: (_, task) => {
          begun.resolve({
            title: (text) => {
              task.title = text;
            },
            output: (text) => {
              task.output = text;
            },
          });
          return promise;
        },
        rendererOptions: { outputBar: visible, persistentOutput: true },
      },
    ],
    {
      exitOnError: false,
      registerSignalListeners: false,
      rendererOptions: { showErrorMessage: false, collapseErrors: false },
    },
  );
  const finished = list.run();
  const task = await begun.promise;
  return {
    update: (title) => task.title(title),
    line: (text) => task.output(text),
    done: async (title, good) => {
      task.title(title);
      if (good) resolve();
      else reject(new Error(title));
      await finished;
    },
  };
}
