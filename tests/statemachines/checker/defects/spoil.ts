import type { CheckName } from '../finding.ts';

type Json = Record<string, unknown>;
/** Changes a copy of the shipped file, given as plain JSON. */
type Spoil = (machine: Machine) => void;

interface Rule extends Json {
  ErrorEquals: string[];
  Next: string;
  Assign: Json;
  Condition: string;
  MaxAttempts: number;
}
export interface State extends Json {
  Arguments: { FunctionName: string; Payload: Json };
  Assign: Json;
  Catch: Rule[];
  Choices: Rule[];
  Retry: Rule[];
}
export interface Machine extends Json {
  States: Record<string, State>;
}

export function of(machine: Machine, name: string): State {
  const state = machine.States[name];
  if (state === undefined) throw new RangeError(`The shipped machine has no state ${name}.`);
  return state;
}

export function rule(rules: readonly Rule[], fits: (one: Rule) => boolean): Rule {
  const found = rules.find(fits);
  if (found === undefined) throw new RangeError('The shipped machine has no such rule.');
  return found;
}

export const catchFor = (machine: Machine, state: string, error: string): Rule =>
  rule(of(machine, state).Catch, (one) => one.ErrorEquals.includes(error));
export const retryFor = (machine: Machine, state: string, error: string): Rule =>
  rule(of(machine, state).Retry, (one) => one.ErrorEquals.includes(error));
const without = (names: string[], name: string): string[] => names.filter((one) => one !== name);

export function removeRetry(machine: Machine, state: string, error: string): void {
  const retrier = retryFor(machine, state, error);
  retrier.ErrorEquals = without(retrier.ErrorEquals, error);
  of(machine, state).Retry = of(machine, state).Retry.filter((one) => one.ErrorEquals.length > 0);
}

export function removeCatch(machine: Machine, state: string, error: string): void {
  const gone = catchFor(machine, state, error);
  of(machine, state).Catch = of(machine, state).Catch.filter((one) => one !== gone);
}

/** A defect, the check that must tell it, and how the file gets it. */
export type Defect = readonly [what: string, check: CheckName, spoil: Spoil];
