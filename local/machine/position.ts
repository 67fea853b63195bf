import type { Instant } from '../../src/domain/units.ts';
import type { Variables } from './expressions.ts';
import type { NewEvent } from './history.ts';
import type { JsonValue } from './json.ts';
import type { Failure } from './retry.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** Where an execution stands: all that is needed to go on from here, in this process or in the next. */
export interface Position {
  readonly state: string;
  readonly input: JsonValue;
  /** As they were when the state was entered; what the state assigns is seen from the next one on. */
  readonly variables: Variables;
  readonly enteredAt: Instant;
  readonly enteredEvent: number;
  /** Retries of this visit of the state, all retriers together: `$states.context.State.RetryCount`. */
  readonly retryCount: number;
  readonly retriesUsed: readonly number[];
  readonly phase: Phase;
}

export type Phase =
  /** Nothing of the state, or of its next attempt, has been done. */
  | { readonly kind: 'entered' }
  /** A Wait state, or the pause before a retry. */
  | { readonly kind: 'waiting'; readonly until: Instant }
  | TaskPhase
  /** The task's answer is known; its Output, Retry or Catch is not worked out yet. */
  | { readonly kind: 'answered'; readonly answer: Answer };

export interface TaskPhase {
  readonly kind: 'task';
  /** Tells this attempt from an earlier one, whose handler may still be running. */
  readonly attempt: string;
  readonly functionName: string;
  readonly payload: JsonValue;
  readonly token: string | undefined;
  /** The handler has returned, and the token is what the task waits for. */
  readonly submitted: boolean;
  readonly timeoutAt: Instant | undefined;
  readonly heartbeat: { readonly seconds: number; readonly due: Instant } | undefined;
}

export type Answer =
  | { readonly kind: 'succeeded'; readonly output: JsonValue }
  | ({ readonly kind: 'failed' } & Failure);

/** One step of an execution: what is written in one transaction. */
export interface Transition {
  readonly events: readonly NewEvent[];
  readonly to: Position | Closing;
}

export interface Closing {
  readonly closed: Exclude<ExecutionStatus, 'RUNNING'>;
  readonly output?: JsonValue;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

export const isClosing = (to: Position | Closing): to is Closing => 'closed' in to;
