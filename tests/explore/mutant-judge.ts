import { type BaseRun, baseRuns } from './base-runs.ts';
import { shuffled } from './chance.ts';
import { argued } from './mutants-argued.ts';
import type { Trial } from './mutate.ts';
import { withoutPart } from './mutate.ts';
import type { Found, Node } from './node.ts';
import { Search } from './search.ts';
import { roomFor } from './seen.ts';
import { type Machines, shippedMachines } from './surroundings.ts';

/** The base runs that miss most of what can be missing come first. */
const order = ['good', 'alert', 'hold', 'rollback', 'bad', 'supersede'];
const rank = ({ name }: BaseRun) => (order.includes(name) ? order.indexOf(name) : order.length);

/**
 * Explores every single fault, and tells each violation. The ways without a fault come first, then the faults next to
 * what is taken out, then all of them, in an order in which neighbours do not follow each other.
 */
export async function judgeMutant(trial: Trial, onFound: (found: Found) => void): Promise<void> {
  const runs = baseRuns.toSorted((a, b) => rank(a) - rank(b));
  const machines: Partial<Machines> =
    trial.kind === 'machine'
      ? { [trial.machine]: withoutPart(shippedMachines()[trial.machine as keyof Machines], trial.path) }
      : {};
  const near = ({ due }: Node) => trial.near.includes(due.kind === 'call' ? due.state : due.kind);
  const rounds = [() => false, ...(trial.near.length > 0 ? [near] : []), undefined];
  const seen = [roomFor(18), roomFor(14)];
  for (const only of rounds) {
    for (const run of runs) {
      const search = new Search(run, {
        ...{ budget: 1, machines, seen, onFound, order: shuffled(1) },
        ...(only && { only }),
        ...(trial.name in argued && { isMine: (index: number) => index % 4 === 0 }),
      });
      await search.explore();
    }
  }
}
