import { parentPort } from 'node:worker_threads';
import { contendersOf } from './judges.ts';
import { measure, type Outcomes } from './measure.ts';
import { type ReleaseEnd, releases } from './releases.ts';
import { scenarioNamed } from './scenarios/index.ts';
import { runsOf, type Sizes } from './sizes.ts';

/** A slice of the runs of a scenario, or of healthy releases. */
export interface Task {
  readonly id: number;
  readonly kind: 'scenario' | 'releases';
  readonly scenario: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly sizes: Sizes;
}

export interface Done {
  readonly id: number;
  readonly outcomes: ReadonlyMap<string, Outcomes>;
  readonly ends: readonly ReleaseEnd[];
}

export function perform({ id, kind, scenario: name, seed, from, to, sizes }: Task): Done {
  if (kind === 'releases') return { id, outcomes: new Map(), ends: releases(seed, from, to) };
  const scenario = scenarioNamed(name);
  const limit = (contender: Parameters<typeof runsOf>[1]) => runsOf(scenario, contender, sizes);
  const outcomes = measure(scenario, contendersOf(scenario), { seed, from, to, runsOf: limit });
  return { id, outcomes, ends: [] };
}

parentPort?.on('message', (task: Task) => parentPort?.postMessage(perform(task)));
