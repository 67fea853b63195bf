import { after, type Instant, instant, millis } from '../../src/domain/units.ts';
import type { DrivenClock } from '../clock.ts';
import type { TaskState } from './asl-schema.ts';
import { CALLBACK_RESOURCE } from './asl-schema.ts';
import { type Frame, stateNamed } from './frame.ts';
import { executionEnded } from './history.ts';
import { endInFailure, step } from './interpreter.ts';
import type { Chance } from './jsonata-functions.ts';
import type { Answer, Phase, TaskPhase, Transition } from './position.ts';
import type { Returned, Run } from './run.ts';
import { functionNotFound, type Handler, invokeAnswer, invokeFailure, LAMBDA_LIMIT } from './task.ts';
import { answerEvent, conclude, schedule, submitted, timeOut } from './task-steps.ts';

export interface Driver {
  readonly clock: DrivenClock;
  readonly chance: Chance;
  readonly functions: Readonly<Record<string, Handler>>;
  /** Stores the transition and what follows from it; the run has its new row when this returns. */
  readonly commit: (run: Run, transition: Transition) => void;
}

/** Takes an execution from where it stands to its close, one stored transition at a time. */
export async function drive(driver: Driver, run: Run): Promise<void> {
  while (run.live) {
    const { timeoutAt } = run.row;
    if (timeoutAt !== undefined && driver.clock.now() >= timeoutAt) {
      driver.commit(run, executionTimedOut);
      return;
    }
    const { phase } = run.row.position;
    const due = dueOf(phase);
    if (returnedOf(run) !== undefined || (due !== undefined && driver.clock.now() >= due)) {
      await advance(driver, run, phase);
    } else if (phase.kind === 'task' && !phase.submitted && run.called !== phase.attempt) {
      // Looked at again before the pause: the handler may have sent its own token before it first waited.
      call(driver, run, phase);
    } else {
      await run.pause(driver.clock, earliest(due, timeoutAt));
    }
  }
}

/** What the handler of the current attempt came back with. Earlier attempts' handlers are heard by nobody. */
function returnedOf({ returned, row }: Run): Returned | undefined {
  const { phase } = row.position;
  return phase.kind === 'task' && returned?.attempt === phase.attempt ? returned : undefined;
}

const executionTimedOut: Transition = {
  events: [executionEnded('ExecutionTimedOut', 'States.Timeout', undefined)],
  to: { closed: 'TIMED_OUT', error: 'States.Timeout' },
};

/** When the phase ends by itself: 1970 for at once, undefined for never. */
function dueOf(phase: Phase): Instant | undefined {
  switch (phase.kind) {
    case 'entered':
    case 'answered':
      return instant(0);
    case 'waiting':
      return phase.until;
    case 'task':
      return earliest(phase.timeoutAt, phase.heartbeat?.due);
  }
}

function earliest(...times: readonly (Instant | undefined)[]): Instant | undefined {
  return times.reduce(
    (first, time) => (first === undefined || (time ?? first) < first ? time : first),
    undefined,
  );
}

async function advance(driver: Driver, run: Run, phase: Phase): Promise<void> {
  const { version } = run;
  const transition = await driver.clock.busy(async () => {
    try {
      return await next(driver, run, phase);
    } catch (thrown) {
      // Not a failure that the language knows: a definition from before an upgrade, or a defect of this engine.
      return endInFailure([], { error: 'States.Runtime', cause: String(thrown) });
    }
  });
  // A token, a stop or the engine's close came in between: they were answered, so they hold.
  if (run.live && run.version === version) {
    run.returned = undefined;
    driver.commit(run, transition);
  }
}

async function next(driver: Driver, run: Run, phase: Phase): Promise<Transition> {
  const frame = frameOf(driver, run);
  const state = stateNamed(run.machine, run.row.position.state);
  if (state.Type !== 'Task') return step(frame, state);
  switch (phase.kind) {
    case 'entered':
    case 'waiting':
      return schedule(frame, state);
    case 'answered':
      return conclude(frame, state, [], phase.answer);
    case 'task':
      return afterHandler(frame, run, state, phase) ?? timeOut(frame, state, missedHeartbeat(phase));
  }
}

const missedHeartbeat = ({ heartbeat, timeoutAt }: TaskPhase): boolean =>
  heartbeat !== undefined && (timeoutAt === undefined || heartbeat.due < timeoutAt);

/** What follows from the handler's return, if that is what woke the run. */
function afterHandler(
  frame: Frame,
  run: Run,
  state: TaskState,
  phase: TaskPhase,
): Promise<Transition> | Transition | undefined {
  const returned = returnedOf(run);
  if (returned === undefined) return undefined;
  const { outcome, requestId } = returned;
  if (outcome.kind === 'value' && state.Resource === CALLBACK_RESOURCE) {
    return submitted(frame, state, phase, invokeAnswer(outcome.value, requestId));
  }
  const answer: Answer =
    outcome.kind === 'value'
      ? { kind: 'succeeded', output: invokeAnswer(outcome.value, requestId) }
      : { kind: 'failed', ...outcome.failure };
  return conclude(frame, state, [answerEvent(state, answer)], answer);
}

export function frameOf(driver: Pick<Driver, 'clock' | 'chance'>, { row, machine }: Run): Frame {
  const { position, lastEvent } = row;
  return { machine, facts: row, position, at: driver.clock.now(), lastEvent, chance: driver.chance };
}

/** Calls the handler. Whenever it returns, the run looks at it only if the attempt is still its own. */
function call(driver: Driver, run: Run, phase: TaskPhase): void {
  run.called = phase.attempt;
  const handler = driver.functions[phase.functionName];
  const requestId = driver.chance.uuid();
  const began = driver.clock.now();
  const limit = earliest(phase.timeoutAt, after(began, millis(LAMBDA_LIMIT))) ?? began;
  const context = {
    awsRequestId: requestId,
    functionName: phase.functionName,
    getRemainingTimeInMillis: () => Math.max(0, limit - driver.clock.now()),
  };
  const outcome: Promise<Returned['outcome']> =
    handler === undefined
      ? Promise.resolve({ kind: 'failed', failure: functionNotFound(phase.functionName) })
      : driver.clock
          .busy(async () => handler(structuredClone(phase.payload), context))
          .then(
            (value) => ({ kind: 'value', value }),
            (thrown: unknown) => ({ kind: 'failed', failure: invokeFailure(thrown) }),
          );
  void outcome.then((found) => {
    run.returned = { attempt: phase.attempt, requestId, outcome: found };
    run.wake();
  });
}
