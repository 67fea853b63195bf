import { isDeepStrictEqual } from 'node:util';
import type { Machine as Definition, TaskState } from '../../../local/machine/asl-schema.ts';
import { CALLBACK_RESOURCE } from '../../../local/machine/asl-schema.ts';
import { parseMachine } from '../../../local/machine/definition.ts';
import { objectionToRedrive } from '../../../local/machine/engine-types.ts';
import { type Frame, stateNamed } from '../../../local/machine/frame.ts';
import {
  executionEnded,
  executionRedriven,
  MAX_EVENTS,
  type NewEvent,
} from '../../../local/machine/history.ts';
import { begin, endInFailure, step } from '../../../local/machine/interpreter.ts';
import { throughJson } from '../../../local/machine/json.ts';
import { executionArn } from '../../../local/machine/names.ts';
import { type Answer, isClosing, type TaskPhase, type Transition } from '../../../local/machine/position.ts';
import type { Failure } from '../../../local/machine/retry.ts';
import { NOT_CLOSED } from '../../../local/machine/store.ts';
import { invokeAnswer } from '../../../local/machine/task.ts';
import { answerEvent, conclude, schedule, submitted, timeOut } from '../../../local/machine/task-steps.ts';
import { instant } from '../../../src/domain/units.ts';
import { changeWorld, type Execution, type Live, uuid, type World } from '../world.ts';

/**
 * The embedded engine one transition at a time: its interpreter, its task steps and its retries over executions that
 * are plain data. What its driver does in a loop of promises is done here by whoever calls; `engine.test.ts` holds the
 * two histories against each other.
 */
export class Engine {
  readonly definitions: Readonly<Record<string, Definition>>;

  constructor(machines: Readonly<Record<string, unknown>>) {
    this.definitions = Object.fromEntries(
      Object.entries(machines).map(([name, definition]) => [name, parseMachine(definition)]),
    );
  }

  machineOf({ machine }: Pick<Execution, 'machine'>): Definition {
    const found = this.definitions[machine];
    if (found) return found;
    throw new RangeError(`There is no machine ${machine}.`);
  }

  start(live: Live, machine: string, name: string, given: unknown) {
    const arn = executionArn(machine, name);
    const input = throughJson(given ?? {});
    const known = live.world.executions[arn];
    if (known) {
      const same = known.status === 'RUNNING' && isDeepStrictEqual(known.input, input);
      return { executionArn: arn, began: same ? ('started' as const) : ('alreadyExists' as const) };
    }
    const at = instant(live.world.now);
    const { events, position } = begin(this.machineOf({ machine }), input, at);
    save(live, {
      ...NOT_CLOSED,
      ...{ arn, machine, name, input, definition: machine, startDate: at },
      redriveCount: 0,
      redriveDate: undefined,
      timeoutAt: undefined,
      lastEvent: events.length,
      position,
      called: undefined,
    });
    tell(live, arn, events);
    return { executionArn: arn, began: 'started' as const };
  }

  /** Answers the task that waits for the token; `gone` when none does. */
  answer(live: Live, token: string, answer: Answer): 'sent' | 'gone' {
    const holder = Object.values(live.world.executions).find(
      ({ status, position: { phase } }) =>
        status === 'RUNNING' && phase.kind === 'task' && phase.token === token,
    );
    const phase = holder?.position.phase;
    if (!holder || phase?.kind !== 'task' || live.world.now > (phase.timeoutAt ?? live.world.now))
      return 'gone';
    const state = this.taskOf(holder);
    const to = { ...holder.position, phase: { kind: 'answered' as const, answer } };
    this.commit(live, holder, { events: [answerEvent(state, answer)], to });
    return 'sent';
  }

  stop(live: Live, arn: string, cause: string): void {
    const execution = live.world.executions[arn];
    if (execution?.status !== 'RUNNING') return;
    const error = 'Stopped';
    const events = [executionEnded('ExecutionAborted', error, cause)];
    this.commit(live, execution, { events, to: { closed: 'ABORTED', error, cause } });
  }

  /** @returns Whether the execution runs again. */
  redrive(live: Live, arn: string): boolean {
    const closed = live.world.executions[arn];
    const at = instant(live.world.now);
    if (!closed || objectionToRedrive(closed, at) !== undefined) return false;
    const redriveCount = closed.redriveCount + 1;
    const events = [executionRedriven(redriveCount)];
    const position = {
      ...closed.position,
      retryCount: 0,
      retriesUsed: [],
      phase: { kind: 'entered' as const },
    };
    save(live, {
      ...closed,
      ...NOT_CLOSED,
      redriveCount,
      redriveDate: at,
      lastEvent: closed.lastEvent + 1,
      position,
      called: undefined,
    });
    tell(live, arn, events);
    return true;
  }

  /**
   * Takes the execution on until a handler is to be called, or until nothing but time or a token moves it.
   * @returns The task whose handler is to be called.
   */
  async advance(live: Live, arn: string): Promise<TaskPhase | undefined> {
    for (;;) {
      const execution = live.world.executions[arn];
      if (execution?.status !== 'RUNNING') return undefined;
      const due = dueOf(execution);
      const { phase } = execution.position;
      if (due !== undefined && live.world.now >= due) {
        this.commit(live, execution, await this.next(live, execution));
      } else if (phase.kind === 'task' && !phase.submitted && execution.called !== phase.attempt) {
        return phase;
      } else return undefined;
    }
  }

  /** The handler of `attempt` came back. Nobody hears one whose attempt is over. */
  async returned(
    live: Live,
    arn: string,
    attempt: string,
    outcome: { readonly value: unknown } | { readonly failure: Failure },
  ): Promise<void> {
    const execution = live.world.executions[arn];
    const phase = execution?.position.phase;
    if (execution?.status !== 'RUNNING' || phase?.kind !== 'task' || phase.attempt !== attempt) return;
    const state = this.taskOf(execution);
    const frame = this.frameOf(live, execution);
    if ('value' in outcome && state.Resource === CALLBACK_RESOURCE) {
      if (phase.submitted) return;
      this.commit(live, execution, submitted(frame, state, phase, invokeAnswer(outcome.value, 'request')));
      return;
    }
    const answer: Answer =
      'value' in outcome
        ? { kind: 'succeeded', output: invokeAnswer(outcome.value, 'request') }
        : { kind: 'failed', ...outcome.failure };
    this.commit(live, execution, await conclude(frame, state, [answerEvent(state, answer)], answer));
  }

  /** The task runs into its time-out now. */
  async timeOutNow(live: Live, arn: string): Promise<void> {
    const execution = live.world.executions[arn];
    if (execution?.status !== 'RUNNING') return;
    this.commit(live, execution, await timeOut(this.frameOf(live, execution), this.taskOf(execution), false));
  }

  async next(live: Live, execution: Execution): Promise<Transition> {
    const frame = this.frameOf(live, execution);
    const state = stateNamed(frame.machine, execution.position.state);
    const { phase } = execution.position;
    try {
      if (state.Type !== 'Task') return await step(frame, state);
      if (phase.kind === 'answered') return await conclude(frame, state, [], phase.answer);
      return phase.kind === 'task' ? await timeOut(frame, state, false) : await schedule(frame, state);
    } catch (thrown) {
      return endInFailure([], { error: 'States.Runtime', cause: String(thrown) });
    }
  }

  taskOf(execution: Execution): TaskState {
    const state = stateNamed(this.machineOf(execution), execution.position.state);
    if (state.Type === 'Task') return state;
    throw new RangeError(`${execution.position.state} is no Task.`);
  }

  frameOf(live: Live, execution: Execution): Frame {
    const at = instant(live.world.now);
    const chance = { random: live.random, uuid: () => uuid(live), now: () => live.world.now };
    const { position, lastEvent } = execution;
    return { machine: this.machineOf(execution), facts: execution, position, at, lastEvent, chance };
  }

  commit(live: Live, before: Execution, asked: Transition): void {
    if (before.machine === 'release' && isClosing(asked.to) && asked.to.closed !== 'SUCCEEDED')
      changeWorld(live, { broke: live.world.broke + 1 });
    const room = MAX_EVENTS - before.lastEvent - 1;
    const full = { error: 'States.Runtime', cause: 'The history is full.' };
    const { events, to } = asked.events.length <= room ? asked : endInFailure([], full);
    const lastEvent = before.lastEvent + events.length;
    save(
      live,
      isClosing(to)
        ? {
            ...before,
            ...{ status: to.closed, output: to.output, error: to.error, cause: to.cause },
            stopDate: instant(live.world.now),
            lastEvent,
          }
        : { ...before, lastEvent, position: to },
    );
    tell(live, before.arn, events);
  }
}

/** When the execution moves by itself; undefined while a handler, a token or nothing moves it. */
export function dueOf({ status, position: { phase } }: Execution): number | undefined {
  if (status !== 'RUNNING') return undefined;
  switch (phase.kind) {
    case 'entered':
    case 'answered':
      return 0;
    case 'waiting':
      return phase.until;
    case 'task':
      return phase.timeoutAt;
  }
}

/** Whether the execution stands before a call of a handler. */
export const callsNow = ({ status, called, position: { phase } }: Execution): boolean =>
  status === 'RUNNING' && phase.kind === 'task' && !phase.submitted && called !== phase.attempt;

export const executionsOf = (world: World): Execution[] => Object.values(world.executions);

export function save(live: Live, execution: Execution): void {
  changeWorld(live, { executions: { ...live.world.executions, [execution.arn]: execution } });
}

function tell(live: Live, arn: string, events: readonly NewEvent[]): void {
  for (const { type, details } of events) {
    const name = String(details['name'] ?? details['error'] ?? '');
    live.happenings.push({ kind: 'event', arn, type, name, at: live.world.now });
  }
}
