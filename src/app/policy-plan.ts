import type { Policy } from '../contracts/policy.ts';
import { type Plan, type PlanFault, planOf, type StepTiming, type Strategy } from '../domain/plan.ts';
import { type Millis, millis } from '../domain/units.ts';

/** The plan that a policy makes, or why it makes none: for the loader, which tells where, and for PlanRelease. */
export function planOfPolicy({ strategy, gates, soak }: Policy): Plan | PlanFault {
  const names = gates.map(({ name }) => name);
  return planOf(inDomainWords(strategy), names, { span: inMillis(soak.span), gates: soak.gates });
}

function inDomainWords(strategy: Policy['strategy']): Strategy {
  switch (strategy.kind) {
    case 'canary': {
      const steps = strategy.steps.map((step) => ({ ...timing(step), candidate: step.candidate }));
      return { kind: 'canary', steps };
    }
    case 'linear':
      return { kind: 'linear', by: strategy.by, step: timing(strategy.step) };
    case 'blueGreen':
      return { kind: 'blueGreen', step: timing(strategy.step) };
  }
}

function timing(step: {
  minBake?: number | undefined;
  deadline?: number | undefined;
  gates?: string[] | undefined;
}): StepTiming {
  return { minBake: inMillis(step.minBake), deadline: inMillis(step.deadline), gates: step.gates };
}

function inMillis(span: number | undefined): Millis | undefined {
  return span === undefined ? undefined : millis(span);
}
