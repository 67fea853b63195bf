import { after, type Instant, millis } from '../../src/domain/units.ts';
import type { Machine, State } from './asl-schema.ts';
import type { Scope } from './expressions.ts';
import type { NewEvent } from './history.ts';
import type { JsonValue } from './json.ts';
import type { Chance } from './jsonata-functions.ts';
import { stateMachineArn } from './names.ts';
import type { Position } from './position.ts';

/** What stays the same, or nearly, over all states of an execution. */
export interface ExecutionFacts {
  readonly arn: string;
  readonly machine: string;
  readonly name: string;
  readonly input: JsonValue;
  readonly startDate: Instant;
  readonly redriveCount: number;
  readonly redriveDate: Instant | undefined;
}

/** All that one step of the interpreter may look at. */
export interface Frame {
  readonly machine: Machine;
  readonly facts: ExecutionFacts;
  readonly position: Position;
  readonly at: Instant;
  /** Number of the newest event in the history. */
  readonly lastEvent: number;
  readonly chance: Chance;
}

/** A state of the frame's machine. @throws RangeError when there is none: the definition was checked for that. */
export function stateNamed(machine: Machine, name: string): State {
  const state = machine.States[name];
  if (state === undefined) throw new RangeError(`There is no state '${name}'.`);
  return state;
}

/** What expressions of the current state see; `more` is the part of `$states` that the place allows. */
export function scopeOf(
  frame: Frame,
  more: { token?: string | undefined; result?: JsonValue; errorOutput?: JsonValue } = {},
): Scope {
  const { token, ...members } = more;
  const { position, chance } = frame;
  const context = { ...contextOf(frame), ...(token !== undefined && { Task: { Token: token } }) };
  return {
    states: { input: position.input, context, ...members },
    variables: position.variables,
    chance,
    state: position.state,
    enteredEvent: position.enteredEvent,
  };
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
function contextOf({ facts, position }: Frame): { [key: string]: JsonValue } {
  const { redriveDate } = facts;
  return {
    Execution: {
      Id: facts.arn,
      Input: facts.input,
      Name: facts.name,
      StartTime: isoTime(facts.startDate),
      RedriveCount: facts.redriveCount,
      ...(redriveDate !== undefined && { RedriveTime: isoTime(redriveDate) }),
    },
    State: {
      EnteredTime: isoTime(position.enteredAt),
      Name: position.state,
      RetryCount: position.retryCount,
    },
    StateMachine: { Id: stateMachineArn(facts.machine), Name: facts.machine },
  };
}

const isoTime = (at: Instant): string => new Date(at).toISOString();

/** The moment `count` seconds after the frame's. */
export const inSeconds = (frame: Frame, count: number): Instant => after(frame.at, millis(count * 1000));

/** The number of the event that comes after `soFar`. */
export const nextEventId = (frame: Frame, soFar: readonly NewEvent[]): number =>
  frame.lastEvent + soFar.length + 1;
