import type { Instant } from '../../src/domain/units.ts';
import { after } from '../../src/domain/units.ts';
import { CALLBACK_RESOURCE, type TaskState } from './asl-schema.ts';
import { evaluate } from './expressions.ts';
import { type Frame, inSeconds, scopeOf } from './frame.ts';
import { type NewEvent, outputDetails, taskEvent } from './history.ts';
import { endInFailure, failureOf, leave, sized, wholeNumber } from './interpreter.ts';
import type { JsonValue } from './json.ts';
import type { Answer, TaskPhase, Transition } from './position.ts';
import { catcherFor, type Failure, planRetry } from './retry.ts';
import { resourceOf } from './task.ts';
import { newTaskToken } from './tokens.ts';

/** Begins an attempt: the arguments are evaluated anew, and a task with a token gets a new one. */
export async function schedule(frame: Frame, state: TaskState): Promise<Transition> {
  const { uuid } = frame.chance;
  const token = state.Resource === CALLBACK_RESOURCE ? newTaskToken(uuid) : undefined;
  const scope = scopeOf(frame, { token });
  try {
    const { FunctionName: functionName } = state.Arguments;
    const template = state.Arguments.Payload;
    const payload = template === undefined ? {} : await evaluate(template, scope, 'Arguments/Payload');
    const parameters = { FunctionName: functionName, ...(template !== undefined && { Payload: payload }) };
    sized(parameters, frame, 'Arguments');
    const timeout =
      state.TimeoutSeconds === undefined
        ? undefined
        : await wholeNumber(state.TimeoutSeconds, scope, 'TimeoutSeconds', 1);
    const heartbeat =
      state.HeartbeatSeconds === undefined
        ? undefined
        : await wholeNumber(state.HeartbeatSeconds, scope, 'HeartbeatSeconds', 1);
    const resource = resourceOf(state);
    const phase: TaskPhase = {
      kind: 'task',
      attempt: uuid(),
      functionName,
      payload,
      token,
      submitted: false,
      timeoutAt: timeout === undefined ? undefined : inSeconds(frame, timeout),
      heartbeat:
        heartbeat === undefined ? undefined : { seconds: heartbeat, due: inSeconds(frame, heartbeat) },
    };
    return {
      events: [
        taskEvent('TaskScheduled', resource, {
          region: 'local',
          parameters: JSON.stringify(parameters),
          timeoutInSeconds: timeout,
          heartbeatInSeconds: heartbeat,
        }),
        taskEvent('TaskStarted', resource, {}),
      ],
      to: { ...frame.position, phase },
    };
  } catch (thrown) {
    const { events, failure } = failureOf(frame, thrown);
    return handleFailure(frame, state, events, failure);
  }
}

/** The handler of a task with a token has returned; its answer is only noted. */
export const submitted = (
  frame: Frame,
  state: TaskState,
  phase: TaskPhase,
  answer: JsonValue,
): Transition => ({
  events: [taskEvent('TaskSubmitted', resourceOf(state), outputDetails(answer))],
  to: { ...frame.position, phase: { ...phase, submitted: true } },
});

/** The event of an answer. It is written with what follows from it, or, for a token, before. */
export const answerEvent = (state: TaskState, answer: Answer): NewEvent =>
  answer.kind === 'succeeded'
    ? taskEvent('TaskSucceeded', resourceOf(state), outputDetails(answer.output))
    : taskEvent('TaskFailed', resourceOf(state), { error: answer.error, cause: answer.cause });

/** Goes on from a task's answer: to the next state, to a retry, to a catcher, or to the end of the execution. */
export async function conclude(
  frame: Frame,
  state: TaskState,
  soFar: readonly NewEvent[],
  answer: Answer,
): Promise<Transition> {
  if (answer.kind === 'failed') return handleFailure(frame, state, soFar, answer);
  try {
    const result = sized(answer.output, frame, 'result');
    return await leave(frame, soFar, state, scopeOf(frame, { result }), result, state.Next);
  } catch (thrown) {
    const { events, failure } = failureOf(frame, thrown);
    return handleFailure(frame, state, [...soFar, ...events], failure);
  }
}

/** The task has run into its time-out, or has missed a heartbeat. Recorded of AWS: both say `States.Timeout`. */
export const timeOut = (frame: Frame, state: TaskState, missedHeartbeat: boolean): Promise<Transition> =>
  handleFailure(frame, state, [taskEvent('TaskTimedOut', resourceOf(state), { error: 'States.Timeout' })], {
    error: 'States.Timeout',
    cause: '',
    missedHeartbeat,
  });

async function handleFailure(
  frame: Frame,
  state: TaskState,
  soFar: readonly NewEvent[],
  failure: Failure,
): Promise<Transition> {
  const { position, at, chance } = frame;
  const retry = planRetry(state.Retry, failure, position.retriesUsed, chance.random);
  if (retry !== undefined) {
    const until: Instant = after(at, retry.delay);
    const { retryCount } = position;
    return {
      events: soFar,
      to: {
        ...position,
        retryCount: retryCount + 1,
        retriesUsed: retry.used,
        phase: { kind: 'waiting', until },
      },
    };
  }
  const index = catcherFor(state.Catch, failure);
  const catcher = state.Catch?.[index];
  if (catcher === undefined) return endInFailure(soFar, failure);
  const errorOutput = { Error: failure.error, Cause: failure.cause };
  try {
    const scope = scopeOf(frame, { errorOutput });
    return await leave(frame, soFar, catcher, scope, errorOutput, catcher.Next, `Catch[${index}]/`);
  } catch (thrown) {
    const { events, failure: second } = failureOf(frame, thrown);
    return endInFailure([...soFar, ...events], second);
  }
}
