import type { LiveGate } from '../contracts/gates.ts';
import type { LatencyGrid } from './ports/workspace.ts';

/** Buckets within a margin: a gate on drift takes nothing coarser. */
const perMargin = 5;

/**
 * The coarsest grid on which every gate of a policy can tell what it must: each objective is an edge, and a fifth of each
 * margin is a whole number of buckets (of whole milliseconds, as durations are). Null where no gate asks for durations.
 */
export function latencyGridOf(gates: readonly LiveGate[]): LatencyGrid | null {
  const steps: number[] = [];
  let reach = 0;
  for (const gate of gates) {
    if (gate.kind === 'latency-slo') {
      steps.push(gate.sloMs);
      reach = Math.max(reach, gate.sloMs);
    } else if (gate.kind === 'latency-drift') {
      steps.push(Math.max(1, Math.floor(gate.marginMs / perMargin)));
      reach = Math.max(reach, gate.upToMs);
    }
  }
  if (steps.length === 0) return null;
  const widthMs = steps.reduce(commonDivisor);
  return { widthMs, buckets: Math.ceil(reach / widthMs) };
}

/** Euclid's greatest common divisor of two whole numbers. */
function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
