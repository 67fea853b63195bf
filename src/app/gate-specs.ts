import { type LiveGate, usualAlphaRollback } from '../contracts/gates.ts';
import type { GateSpec } from '../domain/gate.ts';
import { isNonEmpty, type NonEmpty } from '../domain/units.ts';

/** Gates as people wrote them, and the budget of false alarms that they share. */
export interface GatesWithBudget {
  readonly gates: readonly LiveGate[];
  readonly alphaRollback?: number | undefined;
}

const usualAlphaPromote = 0.05;
/** A false alarm of the split rolls nothing back, so it takes nothing of the release's budget. */
const usualSplitAlpha = 0.001;

/** The gate's own part of the release's budget; undefined where it shares what the others leave. */
export const ownAlphaRollback = (gate: LiveGate): number | undefined => gate.alphaRollback ?? gate.alpha;

/** Whether the gate can roll back at all, and so takes a part of the budget. */
export const takesOfTheBudget = (gate: LiveGate): boolean => gate.kind !== 'sample-ratio';

/**
 * All gates, as the judge takes them. Chances of a false alarm add up (Bonferroni): those that name none share what
 * the others leave of the release's. Gates of kind `errors` take half of that, as errors are what a release is most
 * often rolled back for, and never more than half of the whole; the others share the rest evenly.
 *
 * @throws RangeError without gates, which the plan should have refused.
 */
export function gateSpecsOf({
  gates,
  alphaRollback = usualAlphaRollback,
}: GatesWithBudget): NonEmpty<GateSpec> {
  const sharing = gates.filter((gate) => takesOfTheBudget(gate) && ownAlphaRollback(gate) === undefined);
  const spent = gates
    .filter(takesOfTheBudget)
    .reduce((total, gate) => total + (ownAlphaRollback(gate) ?? 0), 0);
  const left = alphaRollback - spent;
  const errors = sharing.filter(({ kind }) => kind === 'errors').length;
  const others = sharing.length - errors;
  const forErrors = others === 0 ? Math.min(left, alphaRollback / 2) : left / 2;
  const specs = gates.map((gate) => {
    const share =
      gate.kind === 'errors' ? forErrors / errors : (left - (errors === 0 ? 0 : forErrors)) / others;
    return gateSpecOf(gate, ownAlphaRollback(gate) ?? (takesOfTheBudget(gate) ? share : usualSplitAlpha));
  });
  if (isNonEmpty(specs)) return specs;
  throw new RangeError('No gate judges it, so nothing could be proven.');
}

/**
 * Gates that promise less than their chances say: told, and no reason to refuse them. With `looks: one` each result is
 * judged by itself, and every step and the soak may bring one and more.
 */
export function chanceWarnings(gates: readonly LiveGate[]): string[] {
  return gates.flatMap((gate) =>
    gate.kind === 'threshold' && gate.looks === 'one'
      ? [
          `gate "${gate.name}": it takes each result at its word (looks: one), so its chances hold for one result in a release, and not for one in each window; where the metric is a rate over n samples, write looks: sequential`,
        ]
      : [],
  );
}

/** @param alphaRollback The gate's part of the budget. */
export function gateSpecOf(gate: LiveGate, alphaRollback: number): GateSpec {
  const common = {
    name: gate.name,
    alphaRollback,
    alphaPromote: gate.alphaPromote ?? gate.alpha ?? usualAlphaPromote,
  };
  switch (gate.kind) {
    case 'errors':
    case 'client-errors':
    case 'throttled': {
      const { kind, toleratedRatio, harmfulRatio, floor, ceiling } = gate;
      return { ...common, kind, toleratedRatio, harmfulRatio, floor, ceiling };
    }
    case 'latency-slo':
      return {
        ...common,
        kind: gate.kind,
        sloMs: gate.sloMs,
        quantile: gate.quantile,
        toleratedRatio: gate.toleratedRatio,
      };
    case 'latency-drift': {
      const { kind, quantile, marginMs, harmfulMs = 3 * marginMs } = gate;
      return { ...common, kind, quantile, marginMs, harmfulMs };
    }
    case 'quality':
      return { ...common, kind: gate.kind, metric: gate.metric, margin: gate.margin, pairing: gate.pairing };
    case 'throughput': {
      const { kind, toleratedDrop, harmfulDrop } = gate;
      return { ...common, kind, toleratedDrop, harmfulDrop };
    }
    case 'threshold':
      return {
        ...common,
        kind: gate.kind,
        metric: gate.metric,
        min: gate.min,
        max: gate.max,
        looks: gate.looks,
      };
    case 'correlation':
      return { ...common, kind: gate.kind, metric: gate.metric, min: gate.min };
    case 'sample-ratio':
      return { ...common, kind: gate.kind };
  }
}
