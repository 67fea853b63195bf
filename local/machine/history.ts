import type { Instant } from '../../src/domain/units.ts';
import type { StateType } from './asl-schema.ts';
import type { JsonValue } from './json.ts';

/** Quota of a Standard workflow: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const MAX_EVENTS = 25_000;

/**
 * One event in the shape of GetExecutionHistory: the details stand under a field named for the type
 * (`taskFailedEventDetails`), inputs and outputs are JSON text. `timestamp` is in milliseconds.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: Instant;
  readonly type: HistoryEventType;
  readonly [details: `${string}EventDetails`]: EventDetails;
}

export type EventDetails = Readonly<Record<string, JsonValue | undefined>>;

export type HistoryEventType =
  | `${StateType}StateEntered`
  | `${Exclude<StateType, 'Fail'>}StateExited`
  | 'EvaluationFailed'
  | 'ExecutionAborted'
  | 'ExecutionFailed'
  | 'ExecutionRedriven'
  | 'ExecutionStarted'
  | 'ExecutionSucceeded'
  | 'ExecutionTimedOut'
  | 'TaskFailed'
  | 'TaskScheduled'
  | 'TaskStarted'
  | 'TaskSubmitted'
  | 'TaskSucceeded'
  | 'TaskTimedOut';

/** An event that has no number yet. */
export interface NewEvent {
  readonly type: HistoryEventType;
  readonly details: EventDetails;
  /** These follow from no other event: their previousEventId is 0. */
  readonly fromOutside?: boolean;
}

const whole = { truncated: false };

export const executionStarted = (input: JsonValue): NewEvent => ({
  type: 'ExecutionStarted',
  details: { input: JSON.stringify(input), inputDetails: whole },
  fromOutside: true,
});

export const stateEntered = (type: StateType, name: string, input: JsonValue, first = false): NewEvent => ({
  type: `${type}StateEntered`,
  details: { name, input: JSON.stringify(input), inputDetails: whole },
  // Recorded of AWS: the first state's entry points to 0, not to ExecutionStarted.
  fromOutside: first,
});

export function stateExited(
  type: Exclude<StateType, 'Fail'>,
  name: string,
  output: JsonValue,
  assigned: Readonly<Record<string, JsonValue>>,
): NewEvent {
  const variables = Object.entries(assigned).map(([key, value]) => [key, JSON.stringify(value)]);
  return {
    type: `${type}StateExited`,
    details: {
      name,
      output: JSON.stringify(output),
      outputDetails: whole,
      ...(variables.length > 0 && {
        assignedVariables: Object.fromEntries(variables),
        assignedVariablesDetails: whole,
      }),
    },
  };
}

export const evaluationFailed = (state: string, location: string, cause: string): NewEvent => ({
  type: 'EvaluationFailed',
  details: { state, error: 'States.QueryEvaluationError', cause, location },
});

export const executionSucceeded = (output: JsonValue): NewEvent => ({
  type: 'ExecutionSucceeded',
  details: { output: JSON.stringify(output), outputDetails: whole },
});

export const executionEnded = (
  type: 'ExecutionAborted' | 'ExecutionFailed' | 'ExecutionTimedOut',
  error: string | undefined,
  cause: string | undefined,
): NewEvent => ({ type, details: { error, cause }, fromOutside: type !== 'ExecutionFailed' });

export const executionRedriven = (redriveCount: number): NewEvent => ({
  type: 'ExecutionRedriven',
  details: { redriveCount },
});

/** `resource` is what follows `lambda:` in the state's Resource, `resourceType` is "lambda". */
export const taskEvent = (
  type: 'TaskFailed' | 'TaskScheduled' | 'TaskStarted' | 'TaskSubmitted' | 'TaskSucceeded' | 'TaskTimedOut',
  resource: string,
  details: EventDetails,
): NewEvent => ({ type, details: { resourceType: 'lambda', resource, ...details } });

export const outputDetails = (output: JsonValue): EventDetails => ({
  output: JSON.stringify(output),
  outputDetails: whole,
});

/**
 * Numbers `events`, which follow event `last`, and puts their details where AWS has them. Past the quota the history
 * ends: the last event it has room for says that the execution failed.
 */
export function number(events: readonly NewEvent[], last: number, at: Instant): HistoryEvent[] {
  return events.map((event, index): HistoryEvent => {
    const id = last + index + 1;
    const details = Object.fromEntries(
      Object.entries(event.details).filter(([, value]) => value !== undefined),
    );
    return {
      id,
      previousEventId: event.fromOutside ? 0 : id - 1,
      timestamp: at,
      type: event.type,
      ...(Object.keys(details).length > 0 && { [detailsField(event.type)]: details }),
    };
  });
}

function detailsField(type: HistoryEventType): `${string}EventDetails` {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}
