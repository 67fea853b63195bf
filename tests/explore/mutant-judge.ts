import { baseRuns } from './base-runs.ts';
import type { Trial } from './mutate.ts';
import { withoutPart } from './mutate.ts';
import type { Found, Node } from './node.ts';
import { Search } from './search.ts';
import { roomFor } from './seen.ts';
import { type Machines, shippedMachines } from './surroundings.ts';

/** The base runs that miss most of what can be missing come first. */
const order = ['good', 'alert', 'hold', 'rollback', 'bad', 'supersede'];

/** Explores every single fault, and tells each violation; of a part of the machine the faults of its state come first. */
export async function judgeMutant(trial: Trial, onFound: (found: Found) => void): Promise<void> {
  const runs = baseRuns.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const isMachine = trial.kind === 'machine';
  const machines: Partial<Machines> = isMachine
    ? { [trial.machine]: withoutPart(shippedMachines()[trial.machine as keyof Machines], trial.path) }
    : {};
  const near = ({ due }: Node) => isMachine && due.kind === 'call' && due.state === trial.state;
  for (const only of isMachine ? [near, undefined] : [undefined]) {
    const seen = [roomFor(18), roomFor(12)];
    for (const run of runs) {
      const search = new Search(run, { budget: 1, machines, seen, onFound, ...(only && { only }) });
      await search.explore();
    }
  }
}
