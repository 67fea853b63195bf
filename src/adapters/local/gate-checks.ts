import { ownAlphaRollback, takesOfTheBudget } from '../../app/gate-specs.ts';
import type { LiveGate } from '../../contracts/gates.ts';
import type { ConfigurationFault } from './configuration-fault.ts';

/** What is wrong with a list of gates beyond its schema, wherever the list stands. Paths begin with `gates`. */
export function gateFaults(gates: readonly LiveGate[]): ConfigurationFault[] {
  const names = gates.map(({ name }) => name);
  return gates.flatMap((gate, index) => {
    const path = ['gates', index];
    const faults = ownFaults(gate).map((fault) => ({ ...fault, path: [...path, ...fault.path] }));
    if (names.indexOf(gate.name) !== index) {
      const what = `a gate "${gate.name}" comes before it`;
      faults.unshift({ path: [...path, 'name'], what, fix: 'give it a name of its own' });
    }
    if (gate.kind === 'sample-ratio' && index !== gates.findIndex(({ kind }) => kind === gate.kind))
      faults.push({ path: [...path, 'kind'], what: 'a sample-ratio gate comes before it', fix: 'keep one' });
    return faults;
  });
}

/** Bounds of one gate that contradict each other. */
function ownFaults(gate: LiveGate): ConfigurationFault[] {
  switch (gate.kind) {
    case 'errors':
    case 'client-errors':
    case 'throttled': {
      const { harmfulRatio, toleratedRatio, floor, ceiling } = gate;
      const faults = tolerated('harmfulRatio', harmfulRatio, 'toleratedRatio', toleratedRatio);
      if (floor > ceiling) {
        const what = `${floor} is no reason to roll back, but only ${ceiling} is good`;
        faults.push({ path: ['floor'], what, fix: 'set it at or below ceiling' });
      }
      return faults;
    }
    case 'throughput':
      return tolerated('harmfulDrop', gate.harmfulDrop, 'toleratedDrop', gate.toleratedDrop);
    case 'latency-drift':
      return tolerated('harmfulMs', gate.harmfulMs, 'marginMs', gate.marginMs);
    case 'threshold':
      return [...boundFaults(gate, []), ...rateFaults(gate)];
    case 'latency-slo':
    case 'quality':
    case 'correlation':
    case 'sample-ratio':
      return [];
  }
}

function tolerated(
  harmful: string,
  ruledOut: number | undefined,
  margin: string,
  upTo: number,
): ConfigurationFault[] {
  if (ruledOut === undefined || ruledOut > upTo) return [];
  const what = `${ruledOut} must be ruled out, but up to ${upTo} is tolerated`;
  return [{ path: [harmful], what, fix: `set it above ${margin}` }];
}

/** Looked at again and again, a metric is a rate: bounds that every rate keeps, or none, can be neither broken nor proven. */
function rateFaults({ looks, min, max }: LiveGate & { readonly kind: 'threshold' }): ConfigurationFault[] {
  if (looks !== 'sequential') return [];
  return Object.entries({ min, max }).flatMap(([key, bound]) => {
    if (bound === undefined || (bound > 0 && bound < 1)) return [];
    const what = `${bound} is no bound on a rate, which \`looks: sequential\` judges`;
    return [{ path: [key], what, fix: 'write a number between 0 and 1, or looks: one' }];
  });
}

/** A metric needs a bound, and a least value that is not above the largest. */
export function boundFaults(
  {
    metric,
    min,
    max,
  }: { readonly metric: string; readonly min?: number | undefined; readonly max?: number | undefined },
  path: ConfigurationFault['path'],
): ConfigurationFault[] {
  if (min === undefined && max === undefined)
    return [{ path, what: `"${metric}" has no bound`, fix: 'add min, max or both' }];
  if (min !== undefined && max !== undefined && min > max)
    return [{ path, what: `"${metric}" can never lie from ${min} to ${max}`, fix: 'swap min and max' }];
  return [];
}

/** What gates with an alphaRollback of their own take of the release's, and how many share the rest. */
export function spentOn(gates: readonly LiveGate[]): { own: number; sum: number; shared: number } {
  const spending = gates.filter(takesOfTheBudget);
  const own = spending.flatMap((gate) => ownAlphaRollback(gate) ?? []);
  const sum = own.reduce((total, alpha) => total + alpha, 0);
  return { own: own.length, sum, shared: spending.length - own.length };
}

export function round(sum: number): number {
  return Number(sum.toFixed(6));
}
