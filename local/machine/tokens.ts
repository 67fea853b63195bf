import type { Instant } from '../../src/domain/units.ts';
import type { TaskState } from './asl-schema.ts';
import type { Executor } from './executor.ts';
import { stateNamed } from './frame.ts';
import { MachineError } from './machine-error.ts';
import type { TaskPhase } from './position.ts';
import type { Run } from './run.ts';
import type { Store } from './store.ts';

/**
 * Two identifiers, so that a token is neither guessed nor taken for a request id. It says nothing about its task:
 * who holds it can only end that task.
 */
export const newTaskToken = (uuid: () => string): string =>
  Buffer.from(`${uuid()}.${uuid()}`).toString('base64url');

export interface HeldTask {
  readonly run: Run;
  readonly phase: TaskPhase;
  readonly state: TaskState;
}

/**
 * The task that waits for a token.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
 * @throws MachineError `InvalidToken` for one that was never handed out; `TaskTimedOut` when "the task token has
 * either expired or the task associated with the token has already been closed".
 */
export function taskHolding(token: string, store: Store, executor: Executor, now: Instant): HeldTask {
  const owner = store.tokenOwner(token);
  if (owner === undefined) throw new MachineError('InvalidToken', "Invalid Token: 'Invalid token'");
  const closed = new MachineError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
  const run = executor.running(owner);
  const phase = run?.row.position.phase;
  if (run === undefined || phase?.kind !== 'task' || phase.token !== token) throw closed;
  // The deadline holds from its own moment on, even when its timer comes late.
  if (now > (phase.timeoutAt ?? now) || now > (phase.heartbeat?.due ?? now)) throw closed;
  const state = stateNamed(run.machine, run.row.position.state);
  if (state.Type !== 'Task') throw closed;
  return { run, phase, state };
}
