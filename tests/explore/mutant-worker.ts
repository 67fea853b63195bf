import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Trial } from './mutate.ts';

/** One mutant in a worker of its own: the text is changed while the module is loaded, so no file is touched. */

const trial = workerData as Trial;
Error.stackTraceLimit = 0;

if (trial.kind === 'code') {
  const { file, from, to } = trial.mutant;
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith(`/${file}`) || loaded.source === undefined || loaded.source === null) return loaded;
      const source =
        typeof loaded.source === 'string'
          ? loaded.source
          : Buffer.from(loaded.source as Uint8Array).toString('utf8');
      if (!source.includes(from)) throw new RangeError(`The text of the mutant is not in ${file}.`);
      return { ...loaded, source: source.replace(from, () => to), shortCircuit: true };
    },
  });
}

// Only now: everything that is loaded from here on passes the hook.
const { judgeMutant } = await import('./mutant-judge.ts');
await judgeMutant(trial, (found) => parentPort?.postMessage(found));
parentPort?.postMessage('explored');
