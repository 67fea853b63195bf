import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Mutant, mutants } from './mutants.ts';
import type { Found } from './node.ts';
import { replay } from './replay.ts';
import { shippedMachines } from './surroundings.ts';

/** Takes each part of the safety net out by itself; the exploration must miss it. */

export type Trial =
  | { readonly name: string; readonly kind: 'code'; readonly mutant: Mutant }
  | {
      readonly name: string;
      readonly kind: 'machine';
      readonly machine: string;
      readonly state: string;
      readonly path: readonly (string | number)[];
    };

interface States {
  readonly States: Readonly<Record<string, { Retry?: unknown[]; Catch?: unknown[]; Default?: string }>>;
}

/** Each Catch, each Retry and each default branch of the shipped machines. */
export function machineTrials(): Trial[] {
  return Object.entries(shippedMachines()).flatMap(([machine, definition]) =>
    Object.entries((definition as States).States).flatMap(
      ([state, { Retry = [], Catch = [], Default }]): Trial[] => [
        ...Retry.map((_, at) => trial(machine, `Retry ${at + 1}`, state, ['Retry', at])),
        ...Catch.map((_, at) => trial(machine, `Catch ${at + 1}`, state, ['Catch', at])),
        ...(Default === undefined ? [] : [trial(machine, 'Default', state, ['Default'])]),
      ],
    ),
  );
}

const trial = (machine: string, part: string, state: string, path: readonly (string | number)[]): Trial => ({
  name: `${machine}: ${part} of ${state}`,
  kind: 'machine',
  machine,
  state,
  path: ['States', state, ...path],
});

/** @throws RangeError for a mutant whose text is not in its file, exactly once. */
export function codeTrials(): Trial[] {
  return mutants.map((mutant) => {
    const text = readFileSync(new URL(`../../${mutant.file}`, import.meta.url), 'utf8');
    const count = text.split(mutant.from).length - 1;
    if (count !== 1)
      throw new RangeError(`Mutant "${mutant.name}": its text stands ${count} times in ${mutant.file}.`);
    return { name: mutant.name, kind: 'code', mutant };
  });
}

/** A definition without the part that the path leads to. */
export function withoutPart(definition: unknown, path: readonly (string | number)[]): unknown {
  const copy = structuredClone(definition) as Record<string | number, unknown>;
  let at = copy;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  if (Array.isArray(at) && typeof last === 'number') at.splice(last, 1);
  else delete at[last];
  for (const state of Object.values((copy as unknown as States).States)) {
    if (state.Retry?.length === 0) delete state.Retry;
    if (state.Catch?.length === 0) delete state.Catch;
  }
  return copy;
}

interface Verdict {
  readonly trial: Trial;
  /** What the exploration says that is missing; undefined when it missed nothing. */
  readonly found: string | undefined;
}

export async function mutate(about: {
  readonly only: string;
  readonly out: (line: string) => void;
  readonly progress: (line: string) => void;
}): Promise<number> {
  const began = performance.now();
  const all = [...codeTrials(), ...machineTrials()].filter(({ name }) => name.includes(about.only));
  const left = [...all];
  const verdicts: Verdict[] = [];
  const work = async () => {
    for (let one = left.shift(); one; one = left.shift()) {
      const from = performance.now();
      const found = await judgedBy(one);
      verdicts.push({ trial: one, found });
      const took = ` [${Math.round((performance.now() - from) / 100) / 10} s]`;
      about.out(
        found === undefined ? `SURVIVED ${one.name}${took}` : `killed   ${one.name}${took}: ${found}`,
      );
      about.progress(`${verdicts.length} of ${all.length}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const survivors = verdicts.filter(({ found }) => found === undefined).map(({ trial }) => trial.name);
  const killed = verdicts.length - survivors.length;
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  about.out(JSON.stringify({ mutants: verdicts.length, killed, survivors, seconds }));
  return survivors.length > 0 ? 1 : 0;
}

/** @returns The first violation that the shipped product has not; undefined when there is none. */
function judgedBy(trial: Trial): Promise<string | undefined> {
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
