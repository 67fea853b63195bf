import { firstClosed } from '../../app/look.ts';
import { planOfPolicy } from '../../app/policy-plan.ts';
import type { LiveGate } from '../../contracts/gates.ts';
import { type Policy, spellDuration } from '../../contracts/policy.ts';
import type { Plan } from '../../domain/plan.ts';
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
  const plan = planOfPolicy(policy);
  if ('says' in plan) return [{ path: ['strategy'], what: plan.says, fix: planFixes[plan.rule] }];
  return [...deafFaults(policy, plan), ...blindFaults(policy, plan)];
}

function deafFaults({ gates }: Policy, { steps }: Plan): ConfigurationFault[] {
  const deaf = steps.at(-1)?.candidate === 100 ? gates.filter(comparesOnly) : [];
  if (deaf.length === 0) return [];
  const names = deaf.map(({ name }) => `"${name}"`).join(' and ');
  const what = `the last step has 100 %, where nothing stands beside the candidate: ${names} can never pass there`;
  return [{ path: ['gates'], what, fix: 'end with a step below 100 %, or leave them out' }];
}

/** A step or a soak that may be over before anything was judged: the one ends undecided, the other as if all were well. */
function blindFaults({ strategy, soak, evidence }: Policy, plan: Plan): ConfigurationFault[] {
  const least = firstClosed(evidence);
  const steps = strategy.kind === 'canary' ? strategy.steps : [strategy.step];
  const spans = steps.map(({ deadline }, index) => ({
    path: strategy.kind === 'canary' ? ['steps', index] : ['step'],
    own: deadline,
    span: plan.steps[index]?.deadline ?? least,
  }));
  return [
    ...spans.map(({ path, ...rest }) => ({ path: ['strategy', ...path, 'deadline'], ...rest })),
    { path: ['soak', 'span'], own: soak.span, span: plan.soak.span },
  ].flatMap(({ path, own, span }) => {
    if (span >= least) return [];
    const value = own === undefined ? `${spellDuration(span)}, the default,` : spellDuration(span);
    const what = `${value} is too short: a first window may be closed only after ${spellDuration(least)} (twice evidence.window, and evidence.lag), and until then nothing is judged`;
    const fix = `use at least ${spellDuration(least)}, or shorten evidence.window or evidence.lag`;
    return [{ path, what, fix }];
  });
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
