import { Worker } from 'node:worker_threads';
import type { Trial } from './mutate.ts';
import type { Found } from './node.ts';
import { replay } from './replay.ts';

/** What the exploration makes of a mutant: a violation that the shipped product has not, or nothing. */

/** @returns What the exploration says that is missing; undefined when it missed nothing. */
export function verdictOn(trial: Trial): Promise<string | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./mutant-worker.ts', import.meta.url), {
      workerData: trial,
      resourceLimits: { maxYoungGenerationSizeMb: 96, maxOldGenerationSizeMb: 1_200 },
    });
    // One after the other: most often the first one is it, and the rest need not be judged.
    let judged: Promise<string | undefined> = Promise.resolve(undefined);
    const end = (found: string | undefined) => {
      resolve(found);
      void worker.terminate();
    };
    worker.on('message', (message: Found | 'explored') => {
      judged = judged.then(async (already) => {
        if (already !== undefined) return already;
        if (message === 'explored') end(undefined);
        else if (!(await hasShipped(message))) {
          end(told(message));
          return told(message);
        }
        return undefined;
      });
    });
    // A mutant under which the product cannot even be loaded or run is noticed too.
    worker.on('error', (error) => end(`it does not run: ${error.message}`));
  });
}

/** Steps that a mutant may have more or less than the product before the same moment. */
const shifts = [0, -1, 1, -2, 2];

/** Whether the shipped product breaks the same promise after the same choices. */
async function hasShipped({ invariant, seed }: Found): Promise<boolean> {
  for (const shift of shifts) {
    const choices = seed.choices.map((one) => ({ ...one, step: one.step + shift }));
    const { violations } = await replay({ ...seed, choices });
    if (violations.some((one) => one.invariant === invariant)) return true;
  }
  return false;
}

const told = ({ invariant, seed, says }: Found): string =>
  `${invariant} (${seed.run}: ${JSON.stringify(seed.choices.map(({ at, choice }) => ({ at, ...choice })))}): ${says.slice(0, 160)}`;
