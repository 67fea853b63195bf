import { type Instant, instant } from '../../src/domain/units.ts';
import type { ChoiceState, FailState, Machine, State, WaitState } from './asl-schema.ts';
import { evaluate, QueryFailure, type Scope, type Variables, wrongType } from './expressions.ts';
import { type Frame, inSeconds, nextEventId, scopeOf, stateNamed } from './frame.ts';
import {
  evaluationFailed,
  executionEnded,
  executionStarted,
  executionSucceeded,
  type NewEvent,
  stateEntered,
  stateExited,
} from './history.ts';
import { exceedsPayloadLimit, type JsonValue, MAX_PAYLOAD_BYTES, payloadBytes } from './json.ts';
import type { Position, Transition } from './position.ts';
import type { Failure } from './retry.ts';

/** All variables of an execution together: 10 MiB. https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html */
const MAX_VARIABLES_BYTES = 10 * 1024 * 1024;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** A state that failed for a reason of the interpreter's own. */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  readonly failure: Failure;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.failure = { error, cause };
  }
}

/** Enters the first state. */
export function begin(
  machine: Machine,
  input: JsonValue,
  at: Instant,
): { events: readonly NewEvent[]; position: Position } {
  const state = stateNamed(machine, machine.StartAt);
  const events = [executionStarted(input), stateEntered(state.Type, machine.StartAt, input, true)];
  return { events, position: arrive(machine.StartAt, input, {}, at, events.length) };
}

const arrive = (
  state: string,
  input: JsonValue,
  variables: Variables,
  enteredAt: Instant,
  enteredEvent: number,
): Position => ({
  state,
  input,
  variables,
  enteredAt,
  enteredEvent,
  retryCount: 0,
  retriesUsed: [],
  phase: { kind: 'entered' },
});

/** One step of a state that is no Task: it leaves, begins to wait, or ends the execution. */
export async function step(frame: Frame, state: Exclude<State, { Type: 'Task' }>): Promise<Transition> {
  try {
    switch (state.Type) {
      case 'Pass':
        return await leave(frame, [], state, scopeOf(frame), frame.position.input, state.Next);
      case 'Succeed':
        return await leave(frame, [], state, scopeOf(frame), frame.position.input, undefined);
      case 'Choice':
        return await choose(frame, state);
      case 'Wait':
        return await wait(frame, state);
      case 'Fail':
        return await fail(frame, state);
    }
  } catch (thrown) {
    const { events, failure } = failureOf(frame, thrown);
    return endInFailure(events, failure);
  }
}

/** A failure of the state, and the event that tells of it. @throws what is neither a failed query nor a failed state */
export function failureOf(frame: Frame, thrown: unknown): { events: NewEvent[]; failure: Failure } {
  if (thrown instanceof QueryFailure) {
    return {
      events: [evaluationFailed(frame.position.state, thrown.location, thrown.message)],
      failure: { error: 'States.QueryEvaluationError', cause: thrown.message },
    };
  }
  if (thrown instanceof StateFailure) return { events: [], failure: thrown.failure };
  throw thrown;
}

/** Histories recorded of AWS leave the cause of a time-out out of ExecutionFailed; a Catch gets it as empty text. */
export function endInFailure(events: readonly NewEvent[], failure: Failure): Transition {
  const { error } = failure;
  const cause = failure.cause === '' ? undefined : failure.cause;
  return {
    events: [...events, executionEnded('ExecutionFailed', error, cause)],
    to: { closed: 'FAILED', error, cause },
  };
}

/**
 * Leaves the current state: Assign and Output are evaluated on the variables as they were on entry, and what is
 * assigned is seen from the next state on.
 * @param soFar Events that come before the exit.
 * @param fallback The output without an Output field.
 * @param next The next state; undefined ends the execution.
 */
export async function leave(
  frame: Frame,
  soFar: readonly NewEvent[],
  fields: { readonly Output?: JsonValue | undefined; readonly Assign?: Variables | undefined },
  scope: Scope,
  fallback: JsonValue,
  next: string | undefined,
  location = '',
): Promise<Transition> {
  const { position, machine } = frame;
  const assigned: Record<string, JsonValue> = {};
  for (const [name, template] of Object.entries(fields.Assign ?? {})) {
    assigned[name] = sized(
      await evaluate(template, scope, `${location}Assign/${name}`),
      frame,
      `variable ${name}`,
    );
  }
  const variables = { ...position.variables, ...assigned };
  if (payloadBytes(variables) > MAX_VARIABLES_BYTES) {
    throw tooLarge(frame, 'all variables', MAX_VARIABLES_BYTES);
  }
  const output = sized(
    fields.Output === undefined ? fallback : await evaluate(fields.Output, scope, `${location}Output`),
    frame,
    'output',
  );
  const type = stateNamed(machine, position.state).Type;
  const events = [...soFar];
  if (type !== 'Fail') events.push(stateExited(type, position.state, output, assigned));
  if (next === undefined) {
    return { events: [...events, executionSucceeded(output)], to: { closed: 'SUCCEEDED', output } };
  }
  const enteredEvent = nextEventId(frame, events);
  events.push(stateEntered(stateNamed(machine, next).Type, next, output));
  return { events, to: arrive(next, output, variables, frame.at, enteredEvent) };
}

/** @throws StateFailure `States.DataLimitExceeded` above 256 KiB. */
export function sized(value: JsonValue, frame: Frame, what: string): JsonValue {
  if (exceedsPayloadLimit(value)) throw tooLarge(frame, what, MAX_PAYLOAD_BYTES);
  return value;
}

const tooLarge = (frame: Frame, what: string, bytes: number): StateFailure =>
  new StateFailure(
    'States.DataLimitExceeded',
    `The state/task '${frame.position.state}' returned a result with a size exceeding the maximum number of bytes service limit (${what}, ${bytes} bytes).`,
  );

async function choose(frame: Frame, state: ChoiceState): Promise<Transition> {
  const scope = scopeOf(frame);
  const { input } = frame.position;
  for (const [index, rule] of state.Choices.entries()) {
    const location = `Choices[${index}]/`;
    const holds = await evaluate(rule.Condition, scope, `${location}Condition`);
    if (typeof holds !== 'boolean') throw wrongType(holds, 'a boolean', scope, `${location}Condition`);
    if (holds) return leave(frame, [], rule, scope, input, rule.Next, location);
  }
  if (state.Default === undefined) {
    throw new StateFailure(
      'States.NoChoiceMatched',
      `No condition of the state '${frame.position.state}' holds, and it has no Default.`,
    );
  }
  return leave(frame, [], state, scope, input, state.Default);
}

async function wait(frame: Frame, state: WaitState): Promise<Transition> {
  const { position, at } = frame;
  const scope = scopeOf(frame);
  if (position.phase.kind === 'entered') {
    const until =
      state.Seconds === undefined
        ? await timestamp(state.Timestamp ?? null, scope)
        : inSeconds(frame, await wholeNumber(state.Seconds, scope, 'Seconds', 0));
    if (until > at) return { events: [], to: { ...position, phase: { kind: 'waiting', until } } };
  }
  return leave(frame, [], state, scope, position.input, state.Next);
}

async function timestamp(template: JsonValue, scope: Scope): Promise<Instant> {
  const value = await evaluate(template, scope, 'Timestamp');
  if (typeof value !== 'string' || !RFC3339.test(value) || Number.isNaN(Date.parse(value))) {
    throw wrongType(value, 'a time as in 2026-11-21T09:30:00Z', scope, 'Timestamp');
  }
  return instant(Date.parse(value));
}

/** A field that is a number of seconds. */
export async function wholeNumber(
  template: JsonValue,
  scope: Scope,
  location: string,
  least: 0 | 1,
): Promise<number> {
  const value = await evaluate(template, scope, location);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > 99_999_999) {
    throw wrongType(value, `an integer from ${least} to 99999999`, scope, location);
  }
  return value;
}

async function fail(frame: Frame, state: FailState): Promise<Transition> {
  const scope = scopeOf(frame);
  const text = async (field: 'Error' | 'Cause') => {
    if (state[field] === undefined) return undefined;
    const value = await evaluate(state[field], scope, field);
    if (typeof value !== 'string') throw wrongType(value, 'a string', scope, field);
    return value;
  };
  const [error, cause] = [await text('Error'), await text('Cause')];
  return {
    events: [executionEnded('ExecutionFailed', error, cause)],
    to: { closed: 'FAILED', error, cause },
  };
}
