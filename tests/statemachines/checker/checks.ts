import { type Machine, MachineSchema } from '../../../local/machine/asl-schema.ts';
import { checkAlertWays } from './alert-ways.ts';
import { checkBounds } from './bounds.ts';
import { checkExpressions } from './dataflow.ts';
import { checkErrors } from './errors.ts';
import type { Contracts, Finding } from './finding.ts';
import { checkTransitions, tasksOf } from './graph.ts';
import { walkPaths } from './paths.ts';
import { checkValues } from './values.ts';

/**
 * Everything that is wrong with a machine, by its contracts. A file that is not even well formed is told so and
 * judged no further.
 */
export async function checkMachine(asl: unknown, contracts: Contracts): Promise<Finding[]> {
  const parsed = MachineSchema.safeParse(asl);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => ({
      check: 'structure' as const,
      state: issue.path[0] === 'States' ? String(issue.path[1]) : '',
      says: `${issue.path.join('.')}: ${issue.message}`,
    }));
  }
  const machine = parsed.data;
  const language: Finding[] =
    machine.QueryLanguage === 'JSONata'
      ? []
      : [{ check: 'structure', state: '', says: 'QueryLanguage is JSONata, at the top' }];
  return [
    ...language,
    ...checkNames(machine, contracts),
    ...checkTransitions(machine),
    ...checkExpressions(machine, Object.keys(contracts.variables)),
    ...checkErrors(machine, contracts),
    ...(await checkValues(machine, contracts)),
    ...(contracts.duties === 'release'
      ? (await walkPaths(machine, contracts)).findings
      : checkAlertWays(machine)),
    ...checkBounds(machine, contracts),
  ];
}

/** One name, five places: the state, its contract and its placeholder; and what else the contract fixes. */
function checkNames(machine: Machine, contracts: Contracts): Finding[] {
  const found: Finding[] = [];
  for (const name of Object.keys(contracts.states)) {
    if (machine.States[name]?.Type !== 'Task')
      found.push({ check: 'names', state: name, says: 'has a contract and is no Task of the machine' });
  }
  for (const [state, task] of tasksOf(machine)) {
    const contract = contracts.states[state];
    if (contract === undefined) {
      found.push({ check: 'names', state, says: 'is a Task without a contract' });
      continue;
    }
    if (task.Arguments.FunctionName !== `\${${state}}`)
      found.push({ check: 'names', state, says: `calls ${task.Arguments.FunctionName}, not \${${state}}` });
    if (task.Resource.endsWith('.waitForTaskToken') !== (contract.kind === 'wait'))
      found.push({
        check: 'names',
        state,
        says: `is a ${contract.kind} by its contract, not by its Resource`,
      });
    if (task.TimeoutSeconds !== contract.timeoutS) {
      const says = `TimeoutSeconds is ${task.TimeoutSeconds ?? 'missing'}; the contract says ${contract.timeoutS}`;
      found.push({ check: 'time-out', state, says });
    }
  }
  return found;
}
