import { planOfPolicy } from '../../app/policy-plan.ts';
import type { LiveGate } from '../../contracts/gates.ts';
import type { Policy } from '../../contracts/policy.ts';
import type { ConfigurationFault } from './configuration-fault.ts';
import { boundFaults, gateFaults, round, spentOn } from './gate-checks.ts';
import { advice } from './nearest.ts';

/** What is wrong within one policy beyond its schema. */
export function policyFaults(name: string, policy: Policy): ConfigurationFault[] {
  return [gatesFaults, gateUseFaults, planFaults, alphaFaults, thresholdFaults].flatMap((check) =>
    check(policy).map((fault) => ({ ...fault, path: ['policies', name, ...fault.path] })),
  );
}

function gatesFaults({ gates }: Policy): ConfigurationFault[] {
  return gateFaults(gates);
}

function gateUseFaults({ gates, strategy, soak }: Policy): ConfigurationFault[] {
  const known = gates.map(({ name }) => name);
  const faults: ConfigurationFault[] = [];
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
  const deaf = plan.steps.at(-1)?.candidate === 100 ? policy.gates.filter(comparesOnly) : [];
  if (deaf.length > 0) {
    const names = deaf.map(({ name }) => `"${name}"`).join(' and ');
    const what = `the last step has 100 %, where nothing stands beside the candidate: ${names} can never pass there`;
    return [{ path: ['gates'], what, fix: 'end with a step below 100 %, or leave them out' }];
  }
  const hasty = plan.steps.find(({ deadline }) => deadline <= first);
  if (hasty === undefined) return [];
  const what = `the step at ${hasty.candidate} % ends after ${hasty.deadline / 1000} s, before its first evidence (${first / 1000} s)`;
  return [
    { path: ['strategy'], what, fix: 'give it a later deadline, or the evidence a shorter window and lag' },
  ];
}

/** Gates that learn from a comparison alone. */
const comparesOnly = (gate: LiveGate): boolean =>
  ['latency-drift', 'throughput', 'sample-ratio'].includes(gate.kind) ||
  (gate.kind === 'quality' && gate.pairing === 'unpaired');

const planFixes = {
  steps: 'name at least one step',
  gates: 'name its gates, or leave `gates` out for all of the policy',
  shares: 'write rising shares such as 5, 25, 50',
  times: 'give it a later deadline or a shorter minBake',
};

/** Chances of a false alarm add up (Boole): the gates' own must leave room within the release's. */
function alphaFaults({ gates, alphaRollback }: Policy): ConfigurationFault[] {
  const { own, sum, shared } = spentOn(gates);
  // Sums of decimals: 0.01 + 0.005 + 0.005 is not 0.02 to the last bit.
  const room = alphaRollback - sum;
  if (room > 1e-12 || own + shared === 0 || (shared === 0 && room > -1e-12)) return [];
  const what =
    shared === 0
      ? `the gates' alphaRollback add up to ${round(sum)}, above the release's ${alphaRollback}`
      : `the gates' alphaRollback add up to ${round(sum)} and leave nothing of the release's ${alphaRollback} for the gates without one`;
  return [{ path: ['gates'], what, fix: 'lower them, or raise alphaRollback of the policy' }];
}

function thresholdFaults({ stages }: Policy): ConfigurationFault[] {
  return stages.evaluate.thresholds.flatMap((threshold, index) =>
    boundFaults(threshold, ['stages', 'evaluate', 'thresholds', index]),
  );
}
