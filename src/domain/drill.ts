import type { Plan } from './plan.ts';
import { percent } from './units.ts';

const usualShare = percent(5);

/**
 * What a drill does of a plan: its first step, because a rollback takes as long from a small share as from a large one.
 * A plan without a small share (blue-green) drills with 5 %.
 */
export function drillOf(plan: Plan): Plan {
  const [first] = plan.steps;
  const candidate = first.candidate < 100 ? first.candidate : usualShare;
  return { ...plan, steps: [{ ...first, candidate }] };
}
