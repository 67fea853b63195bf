import type { TaskState } from '../../local/machine/asl-schema.ts';
import { parseMachine } from '../../local/machine/definition.ts';
import { planRetry } from '../../local/machine/retry.ts';
import { type ErrorName, errors } from '../../src/contracts/errors.ts';
import type { Invoked } from './controller.ts';
import type { Due } from './schedule.ts';
import type { Seed } from './seed.ts';
import { shippedMachines } from './surroundings.ts';
import type { World } from './world.ts';

/** Which looks, faults and ends are of one kind. */

/** What was looked at and what it came to: a poll that finds nothing new has no fault that the one before had not. */
export function lookOf(due: Due, { calls, outcome }: Invoked): [kind: string, found: string] {
  const kind = due.kind === 'call' ? due.state : due.kind;
  const made = calls.map(({ port, method }) => `${port}.${method}`).join(' ');
  return [kind, `${outcome.kind === 'failed' ? outcome.failure.error : outcome.kind} ${made}`];
}

/** A trouble that passes by itself: whatever is tried again goes well, and what the shipped machine tries again does. */
export function passes({ choice, at }: Seed['choices'][number], among = 1): boolean {
  if (choice.kind === 'die') {
    const seen = choice.seen === 'silence' ? 'States.Timeout' : choice.seen;
    return seen === 'crash' || isRetried(at, seen, among);
  }
  if (choice.kind === 'port') return isPassing(choice.error);
  return choice.kind === 'event' && ['duplicate', 'staleToken'].includes(choice.event);
}

const shipped = Object.values(shippedMachines()).map(parseMachine);

/** The state as it is shipped, whatever mutant runs in its place. */
export function shippedTask(state: string | undefined): TaskState | undefined {
  const found = shipped.map(({ States }) => States[state ?? '']).find((one) => one !== undefined);
  return found?.Type === 'Task' ? found : undefined;
}

/** @param times How often it may befall the same state. */
function isRetried(state: string | undefined, error: string, times: number): boolean {
  const task = shippedTask(state);
  if (!task) return false;
  const failure = { error, cause: '' };
  let used: readonly number[] = [];
  for (let time = 0; time < times; time++) {
    const retry = planRetry(task.Retry, failure, used, () => 0);
    if (!retry) return false;
    used = retry.used;
  }
  return true;
}

function isPassing(name: string): boolean {
  return Object.hasOwn(errors, name) && errors[name as ErrorName].retry === 'backoff';
}

export const outcomesOf = ({ ledger }: World): string =>
  ledger.releases.map(({ version, intent, outcome }) => `${intent} ${version} ${outcome?.kind}`).join(', ');

/** Violations of one kind of fault are told once each. */
export function kindOf(choices: Seed['choices']): string {
  return choices
    .map(({ choice }) => (choice.kind === 'event' ? choice.event : choice.kind === 'thaw' ? '' : choice.kind))
    .join('+');
}
