import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { brokenBy } from './mutant-by-test.ts';
import { verdictOn } from './mutant-verdict.ts';
import { type Mutant, mutants } from './mutants.ts';
import { argued } from './mutants-argued.ts';
import { shippedMachines } from './surroundings.ts';

/** Takes each part of the safety net out by itself; the exploration must miss it. */

export type Trial = {
  readonly name: string;
  /** States, or kinds of what is due, at which it is missed first; empty where nobody knows. */
  readonly near: readonly string[];
} & (
  | { readonly kind: 'code'; readonly mutant: Mutant }
  | { readonly kind: 'machine'; readonly machine: string; readonly path: readonly (string | number)[] }
);

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
  near: [state],
  kind: 'machine',
  machine,
  path: ['States', state, ...path],
});

/** @throws RangeError for a mutant whose text is not in its file, exactly once. */
export function codeTrials(): Trial[] {
  return mutants.map((mutant) => {
    const text = readFileSync(new URL(`../../${mutant.file}`, import.meta.url), 'utf8');
    const count = text.split(mutant.from).length - 1;
    if (count !== 1)
      throw new RangeError(`Mutant "${mutant.name}": its text stands ${count} times in ${mutant.file}.`);
    return { name: mutant.name, near: mutant.near ?? [], kind: 'code', mutant };
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

/** `argued`: it was missed by nobody, and says why that is no harm. */
type Verdict = 'killed' | 'argued' | 'SURVIVED';

export async function mutate(about: {
  readonly only: string;
  readonly out: (line: string) => void;
  readonly progress: (line: string) => void;
}): Promise<number> {
  const began = performance.now();
  const all = [...codeTrials(), ...machineTrials()].filter(({ name }) => name.includes(about.only));
  const left = [...all];
  const verdicts: { readonly name: string; readonly verdict: Verdict }[] = [];
  const work = async () => {
    for (let one = left.shift(); one; one = left.shift()) {
      const { name } = one;
      const from = performance.now();
      const found = await judged(one);
      const verdict = found !== undefined ? 'killed' : argued[name] !== undefined ? 'argued' : 'SURVIVED';
      verdicts.push({ name, verdict });
      const why = found ?? argued[name];
      about.out(
        `${verdict.padEnd(8)} ${name} [${tenths(performance.now() - from)} s]${why ? `: ${why}` : ''}`,
      );
      about.progress(`${verdicts.length} of ${all.length}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const named = (wanted: Verdict) =>
    verdicts.flatMap(({ name, verdict }) => (verdict === wanted ? name : []));
  const survivors = named('SURVIVED');
  const { user, system } = process.cpuUsage();
  about.out(
    JSON.stringify({
      ...{ mutants: verdicts.length, killed: named('killed').length, argued: named('argued'), survivors },
      ...{ seconds: tenths(performance.now() - began), processorSeconds: tenths((user + system) / 1000) },
    }),
  );
  return survivors.length > 0 ? 1 : 0;
}

/** What says that it is missing; undefined when nothing does. */
async function judged(trial: Trial): Promise<string | undefined> {
  if (trial.kind === 'machine' || trial.mutant.judgedBy === undefined) return verdictOn(trial);
  return brokenBy(trial.mutant, trial.mutant.judgedBy);
}

/** Milliseconds as seconds with one decimal. */
const tenths = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;
