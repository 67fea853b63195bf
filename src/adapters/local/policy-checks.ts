import { planOfPolicy } from '../../app/policy-plan.ts';
import type { Policy } from '../../contracts/policy.ts';
import type { ConfigurationFault } from './configuration-fault.ts';
import { advice } from './nearest.ts';

/** What is wrong within one policy beyond its schema. */
export function policyFaults(name: string, policy: Policy): ConfigurationFault[] {
  return [gateNameFaults, planFaults, alphaFaults, sloFaults, thresholdFaults, errorGateFaults].flatMap(
    (check) => check(policy).map((fault) => ({ ...fault, path: ['policies', name, ...fault.path] })),
  );
}

function gateNameFaults({ gates, strategy, soak }: Policy): ConfigurationFault[] {
  const known = gates.map(({ name }) => name);
  const faults: ConfigurationFault[] = known.flatMap((gate, index) =>
    known.indexOf(gate) === index
      ? []
      : [
          {
            path: ['gates', index, 'name'],
            what: `a gate "${gate}" comes before it`,
            fix: 'give it a name of its own',
          },
        ],
  );
  const uses: { path: (string | number)[]; gates: readonly string[] | undefined }[] =
    strategy.kind === 'canary'
      ? strategy.steps.map((step, index) => ({
          path: ['strategy', 'steps', index, 'gates'],
          gates: step.gates,
        }))
      : [{ path: ['strategy', 'step', 'gates'], gates: strategy.step.gates }];
  uses.push({ path: ['soak', 'gates'], gates: soak.gates });
  for (const use of uses) {
    for (const [index, gate] of (use.gates ?? []).entries()) {
      if (known.includes(gate)) continue;
      faults.push({
        path: [...use.path, index],
        what: `"${gate}" is no gate of this policy`,
        fix: advice(gate, known),
      });
    }
  }
  return faults;
}

function planFaults(policy: Policy): ConfigurationFault[] {
  const { evidence } = policy;
  const plan = planOfPolicy(policy);
  if ('says' in plan) return [{ path: ['strategy'], what: plan.says, fix: planFixes[plan.rule] }];
  // The first window of a step is closed only after its span and the lag; before that nothing can be decided.
  const first = evidence.window + evidence.lag;
  const hasty = plan.steps.find(({ deadline }) => deadline <= first);
  if (hasty === undefined) return [];
  const what = `the step at ${hasty.candidate} % ends after ${hasty.deadline / 1000} s, before its first evidence (${first / 1000} s)`;
  return [
    { path: ['strategy'], what, fix: 'give it a later deadline, or the evidence a shorter window and lag' },
  ];
}

const planFixes = {
  steps: 'name at least one step',
  gates: 'name a gate for it, or add gates to the policy',
  shares: 'write rising shares such as 5, 25, 50',
  times: 'give it a later deadline or a shorter minBake',
};

/** A window counts requests above one bound, so a second one would be judged by the first's count. */
function sloFaults({ gates }: Policy): ConfigurationFault[] {
  const slos = gates.flatMap((gate, index) =>
    gate.kind === 'latency-slo' ? [{ index, ms: gate.sloMs }] : [],
  );
  const [first, ...others] = slos;
  return others
    .filter(({ ms }) => ms !== first?.ms)
    .map(({ index, ms }) => ({
      path: ['gates', index, 'sloMs'],
      what: `is ${ms} ms, but an earlier latency gate counts what is above ${first?.ms} ms`,
      fix: 'give all latency gates the same sloMs; their quantiles may differ',
    }));
}

/** Chances of a false alarm add up (Boole): the gates' own must leave room within the release's. */
function alphaFaults({ gates, alphaRollback }: Policy): ConfigurationFault[] {
  const own = gates.flatMap((gate) => (gate.alphaRollback === undefined ? [] : [gate.alphaRollback]));
  const sum = own.reduce((total, alpha) => total + alpha, 0);
  const shared = gates.length - own.length;
  // Sums of decimals: 0.01 + 0.005 + 0.005 is not 0.02 to the last bit.
  const room = alphaRollback - sum;
  if (room > 1e-12 || (shared === 0 && room > -1e-12)) return [];
  const what =
    shared === 0
      ? `the gates' alphaRollback add up to ${round(sum)}, above the release's ${alphaRollback}`
      : `the gates' alphaRollback add up to ${round(sum)} and leave nothing of the release's ${alphaRollback} for the gates without one`;
  return [{ path: ['gates'], what, fix: 'lower them, or raise alphaRollback of the policy' }];
}

function thresholdFaults({ stages }: Policy): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  for (const [index, { metric, min, max }] of stages.evaluate.thresholds.entries()) {
    const path = ['stages', 'evaluate', 'thresholds', index];
    if (min === undefined && max === undefined) {
      faults.push({ path, what: `"${metric}" has no bound`, fix: 'add min, max or both' });
    } else if (min !== undefined && max !== undefined && min > max) {
      faults.push({ path, what: `"${metric}" can never lie from ${min} to ${max}`, fix: 'swap min and max' });
    }
  }
  return faults;
}

/** Bounds of an error gate that contradict each other. */
function errorGateFaults({ gates }: Policy): ConfigurationFault[] {
  return gates.flatMap((gate, index) => {
    if (gate.kind !== 'errors') return [];
    const { harmfulRatio = Number.POSITIVE_INFINITY, toleratedRatio, floor, ceiling } = gate;
    const faults: ConfigurationFault[] = [];
    if (harmfulRatio <= toleratedRatio) {
      const what = `${harmfulRatio} must be ruled out, but up to ${toleratedRatio} is tolerated`;
      faults.push({ path: ['gates', index, 'harmfulRatio'], what, fix: 'set it above toleratedRatio' });
    }
    if (floor > ceiling) {
      const what = `${floor} is no reason to roll back, but only ${ceiling} is good`;
      faults.push({ path: ['gates', index, 'floor'], what, fix: 'set it at or below ceiling' });
    }
    return faults;
  });
}

function round(sum: number): number {
  return Number(sum.toFixed(6));
}
