import type { Machine, Retrier, TaskState } from '../../../local/machine/asl-schema.ts';
import type { StateContract } from '../../../src/contracts/states.ts';
import type { CheckName, Contracts, Finding } from './finding.ts';
import { edgesOf, reachable, tasksOf } from './graph.ts';

type Report = (check: CheckName, says: string) => void;

/** Retry and Catch against the contracts' `throws` and the retry rule of each error. */
export function checkErrors(machine: Machine, contracts: Contracts): Finding[] {
  const found: Finding[] = [];
  const edges = edgesOf(machine);
  const mayHaveWritten = reachable(edges, 'WarmCandidate');
  for (const [state, task] of tasksOf(machine)) {
    const contract = contracts.states[state];
    if (contract === undefined) continue;
    const report: Report = (check, says) => found.push({ check, state, says });
    checkRetry(task, contract, contracts, report);
    checkCatch(task, contract, report);
    if (contracts.duties !== 'release') continue;
    checkStops(task, contract, report);
    checkHold(state, task, contract, contracts, mayHaveWritten.has(state), report);
  }
  return found;
}

function checkRetry(task: TaskState, contract: StateContract, contracts: Contracts, report: Report): void {
  const retriers = task.Retry ?? [];
  const ruleOf = (name: string) => contracts.errors[name]?.retry;
  const seen = new Set<string>();
  for (const retrier of retriers) {
    for (const name of retrier.ErrorEquals) {
      if (seen.has(name)) report('retry', `${name} stands in two Retry rules; the second is never asked`);
      seen.add(name);
      const thrown = contract.throws.some((own) => own === name);
      if (contracts.platformErrors.includes(name)) continue;
      if (name === 'States.Timeout' && contract.kind === 'call') continue;
      if (!thrown) report('retry', `retries ${name}, which the state does not throw`);
      else if (ruleOf(name) === 'never') report('retry', `retries ${name}, whose rule is never`);
    }
    checkPace(retrier, ruleOf, report);
  }
  const missing = contracts.platformErrors.filter((name) => !seen.has(name));
  if (missing.length > 0) report('platform-retry', `does not retry ${missing.join(', ')}`);
  // Handlers may be called again at any point, so one slow call is no reason to undo a release.
  if (contract.kind === 'call' && !seen.has('States.Timeout'))
    report('retry-missing', 'does not retry States.Timeout');
  for (const name of contract.throws) {
    if (ruleOf(name) !== 'never' && !seen.has(name))
      report('retry-missing', `throws ${name} and does not retry it`);
  }
}

/** What is on its way is asked for at an even pace; what is broken is left more and more time, within a bound. */
function checkPace(retrier: Retrier, ruleOf: (name: string) => string | undefined, report: Report): void {
  const names = retrier.ErrorEquals.join(', ');
  if (retrier.MaxAttempts < 1) report('pace', `${names}: no attempt`);
  if (retrier.ErrorEquals.some((name) => ruleOf(name) === 'poll')) {
    if (retrier.ErrorEquals.length > 1) report('pace', `${names}: a poll has a rule of its own`);
    if (retrier.BackoffRate !== 1 || retrier.JitterStrategy !== 'NONE')
      report('pace', `${names}: retried at an even pace (BackoffRate 1, no jitter)`);
  } else if (retrier.ErrorEquals.some((name) => name !== 'States.Timeout')) {
    if (retrier.BackoffRate <= 1 || retrier.MaxDelaySeconds === undefined)
      report('pace', `${names}: retried with growing pauses (BackoffRate above 1) up to MaxDelaySeconds`);
  }
}

function checkCatch(task: TaskState, contract: StateContract, report: Report): void {
  const catchers = task.Catch ?? [];
  const seen = new Set<string>();
  for (const [at, catcher] of catchers.entries()) {
    const all = catcher.ErrorEquals.includes('States.ALL');
    if (all && (catcher.ErrorEquals.length > 1 || at < catchers.length - 1))
      report('catch', 'States.ALL stands alone and last');
    for (const name of catcher.ErrorEquals) {
      if (seen.has(name)) report('catch', `${name} is caught twice`);
      seen.add(name);
      if (name !== 'States.ALL' && !contract.throws.some((own) => own === name))
        report('catch', `catches ${name}, which the state does not throw`);
    }
  }
}

/** What every state of a release owes: a lost lease ends it without a write, and a stop leads back. */
function checkStops(task: TaskState, contract: StateContract, report: Report): void {
  const catchers = task.Catch ?? [];
  const [first] = catchers;
  if (first?.ErrorEquals.join() !== 'LeaseLost' || first.Next !== 'ReleaseSuperseded')
    report('lease-lost', 'the first Catch is LeaseLost alone, to ReleaseSuperseded');
  if (contract.throws.some((own) => own === 'ReleaseInterrupted') && !catchers.some(stops))
    report('catch', 'a thrown ReleaseInterrupted leads to RestoreBaseline');
}

/** By name, or by the Catch for everything else. */
function stops({ ErrorEquals, Next }: NonNullable<TaskState['Catch']>[number]): boolean {
  return (
    Next === 'RestoreBaseline' &&
    ErrorEquals.some((name) => name === 'ReleaseInterrupted' || name === 'States.ALL')
  );
}

/** What a release waits out. */
const holding = ['HoldRequested', 'ForeignChange', 'FreezeWindow', 'RollbackNotReady'] as const;

/**
 * A hold is not a failure: a thrown HoldRequested, and each of the others once this release may have written, is
 * caught to Hold, which later returns to the state itself, or where that cannot be resumed to the state that leads to
 * it.
 * Hold itself already stands still.
 */
function checkHold(
  state: string,
  task: TaskState,
  contract: StateContract,
  contracts: Contracts,
  mayHaveWritten: boolean,
  report: Report,
): void {
  for (const name of holding) {
    if (!contract.throws.includes(name) || (name !== 'HoldRequested' && !mayHaveWritten)) continue;
    const catcher = task.Catch?.find((rule) => rule.ErrorEquals.includes(name));
    if (catcher?.Next !== 'Hold') {
      report('hold', `${name} leads to ${catcher?.Next ?? 'the Catch for States.ALL'}, not to Hold`);
    } else if (contracts.resumable.includes(state) && catcher.Assign?.['resume'] !== state) {
      report('hold', `a hold after ${name} returns to ${catcher.Assign?.['resume']}, not to ${state}`);
    }
  }
}
