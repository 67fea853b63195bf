import { isDeepStrictEqual } from 'node:util';
import { after, type Instant, millis } from '../../src/domain/units.ts';
import { checkDefinition } from './definition.ts';
import {
  descriptionOf,
  type EngineOptions,
  type ExecutionDescription,
  objectionToRedrive,
} from './engine-types.ts';
import { Executor, machineTimeout } from './executor.ts';
import { executionEnded, executionRedriven, type HistoryEvent, number } from './history.ts';
import { begin } from './interpreter.ts';
import { exceedsPayloadLimit, throughJson } from './json.ts';
import { MachineError } from './machine-error.ts';
import { checkName, executionArn } from './names.ts';
import type { Answer, ExecutionStatus } from './position.ts';
import { type ExecutionRow, NOT_CLOSED, Store } from './store.ts';
import { answerEvent } from './task-steps.ts';
import { type HeldTask, taskHolding } from './tokens.ts';

export type { EngineOptions, ExecutionChange, ExecutionDescription } from './engine-types.ts';
export type { HistoryEvent } from './history.ts';
export { isMachineError, MachineError } from './machine-error.ts';
export type { ExecutionStatus } from './position.ts';
export type { Handler } from './task.ts';

/** Runs state machines on this machine as Step Functions would; see README.md for what is supported. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #store: Store;
  readonly #executor: Executor;
  /** Digest of the current definition, by name of the machine. */
  readonly #definitions = new Map<string, string>();
  #open = true;

  /**
   * Opens the store and goes on with the executions that were running when it was closed, or when its process ended.
   * @throws MachineError `InvalidDefinition`, `InvalidName`, `StoreInUse`
   */
  static open(options: EngineOptions): Engine {
    for (const [name, definition] of Object.entries(options.machines)) {
      checkName(name, 'state machine');
      checkDefinition(name, definition, Object.keys(options.functions));
    }
    return new Engine(options);
  }

  private constructor(options: EngineOptions) {
    this.#options = options;
    this.#store = new Store(options.store);
    this.#executor = new Executor(options, this.#store);
    for (const [name, definition] of Object.entries(options.machines)) {
      this.#definitions.set(name, this.#store.keepDefinition(definition));
    }
    this.#executor.resume();
  }

  /**
   * The same name with the same input answers for an execution that is running; otherwise a name is used once.
   * @throws MachineError `StateMachineDoesNotExist`, `InvalidName`, `InvalidExecutionInput`, `ExecutionAlreadyExists`
   */
  async startExecution(call: {
    readonly machine: string;
    readonly name?: string;
    readonly input: unknown;
  }): Promise<{ executionArn: string; startDate: Instant }> {
    this.#mustBeOpen();
    const definition = this.#definitions.get(call.machine);
    if (definition === undefined) {
      throw new MachineError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${call.machine}'`);
    }
    const name = checkName(call.name ?? this.#executor.driver.chance.uuid(), 'execution');
    const input = throughJson(call.input ?? {});
    if (exceedsPayloadLimit(input)) {
      throw new MachineError('InvalidExecutionInput', 'The input is longer than 262144 bytes');
    }
    const arn = executionArn(call.machine, name);
    const existing = this.#store.execution(arn);
    if (existing === undefined) return this.#start({ arn, name, machine: call.machine, definition, input });
    if (existing.status === 'RUNNING' && isDeepStrictEqual(existing.input, input)) {
      return { executionArn: arn, startDate: existing.startDate };
    }
    throw new MachineError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
  }

  #start(fixed: Pick<ExecutionRow, 'arn' | 'name' | 'machine' | 'definition' | 'input'>) {
    const startDate = this.#options.clock.now();
    const machine = this.#executor.machineOf(fixed);
    const { events, position } = begin(machine, fixed.input, startDate);
    const timeoutAt = machineTimeout(machine, startDate);
    this.#executor.start(
      {
        ...fixed,
        ...NOT_CLOSED,
        redriveCount: 0,
        redriveDate: undefined,
        startDate,
        timeoutAt,
        lastEvent: events.length,
        position,
      },
      number(events, 0, startDate),
    );
    return { executionArn: fixed.arn, startDate };
  }

  /** @throws MachineError `ExecutionDoesNotExist` */
  async describeExecution(arn: string): Promise<ExecutionDescription> {
    return descriptionOf(this.#row(arn), this.#options.clock.now());
  }

  /** Newest first. */
  async listExecutions(
    filter: { readonly machine?: string; readonly status?: ExecutionStatus } = {},
  ): Promise<ExecutionDescription[]> {
    this.#mustBeOpen();
    const at = this.#options.clock.now();
    return this.#store.executions(filter).map((row) => descriptionOf(row, at));
  }

  /** @throws MachineError `ExecutionDoesNotExist` */
  async getExecutionHistory(arn: string): Promise<HistoryEvent[]> {
    return this.#store.events(this.#row(arn).arn);
  }

  /**
   * Ends a running execution as ABORTED; a closed one stays as it is. A handler in flight runs to its end unheard.
   * @throws MachineError `ExecutionDoesNotExist`
   */
  async stopExecution(arn: string, error?: string, cause?: string): Promise<{ stopDate: Instant }> {
    const row = this.#row(arn);
    const run = this.#executor.running(arn);
    if (run !== undefined) {
      this.#executor.commit(run, {
        events: [executionEnded('ExecutionAborted', error, cause)],
        to: { closed: 'ABORTED', error, cause },
      });
    }
    return { stopDate: run?.row.stopDate ?? row.stopDate ?? this.#options.clock.now() };
  }

  /**
   * Starts an unsuccessful execution again at the state where it ended, with the same input and variables; retries
   * count from 0, and so does the machine's TimeoutSeconds.
   * @throws MachineError `ExecutionDoesNotExist`, `ExecutionNotRedrivable`
   */
  async redriveExecution(arn: string): Promise<{ redriveDate: Instant }> {
    const closed = this.#row(arn);
    const redriveDate = this.#options.clock.now();
    const objection = objectionToRedrive(closed, redriveDate);
    if (objection !== undefined) throw new MachineError('ExecutionNotRedrivable', objection);
    const redriveCount = closed.redriveCount + 1;
    const { position, lastEvent } = closed;
    this.#executor.start(
      {
        ...closed,
        ...NOT_CLOSED,
        redriveCount,
        redriveDate,
        timeoutAt: machineTimeout(this.#executor.machineOf(closed), redriveDate),
        lastEvent: lastEvent + 1,
        position: { ...position, retryCount: 0, retriesUsed: [], phase: { kind: 'entered' } },
      },
      number([executionRedriven(redriveCount)], lastEvent, redriveDate),
    );
    return { redriveDate };
  }

  /** @throws MachineError `InvalidToken`, `TaskTimedOut`, `InvalidOutput` */
  async sendTaskSuccess(token: string, output: unknown): Promise<void> {
    const value = throughJson(output);
    if (exceedsPayloadLimit(value)) {
      throw new MachineError('InvalidOutput', 'The output is longer than 262144 bytes');
    }
    this.#answer(token, { kind: 'succeeded', output: value });
  }

  /** @throws MachineError `InvalidToken`, `TaskTimedOut` */
  async sendTaskFailure(token: string, error: string, cause: string): Promise<void> {
    this.#answer(token, { kind: 'failed', error, cause });
  }

  /** Moves the heartbeat's deadline, never the time-out's. @throws MachineError `InvalidToken`, `TaskTimedOut` */
  async sendTaskHeartbeat(token: string): Promise<void> {
    const { run, phase } = this.#taskOf(token);
    if (phase.heartbeat === undefined) return;
    const { seconds } = phase.heartbeat;
    const due = after(this.#options.clock.now(), millis(seconds * 1000));
    const { position } = run.row;
    this.#executor.commit(run, {
      events: [],
      to: { ...position, phase: { ...phase, heartbeat: { seconds, due } } },
    });
  }

  /**
   * Resolves when the execution closes, at once if it has; rejects with `EngineClosed` when the engine closes first.
   * @throws MachineError `ExecutionDoesNotExist`
   */
  settled(arn: string): Promise<ExecutionDescription> {
    const row = this.#row(arn);
    if (row.status !== 'RUNNING') return Promise.resolve(descriptionOf(row, this.#options.clock.now()));
    return this.#executor.closeOf(arn);
  }

  /**
   * Lets go of the store. Handlers in flight run to their end unheard; their tasks are called again when the store is
   * opened next, as after a crash.
   */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#executor.release();
    this.#store.close();
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new MachineError('EngineClosed', 'The engine is closed');
  }

  #row(arn: string): ExecutionRow {
    this.#mustBeOpen();
    const row = this.#store.execution(arn);
    if (row === undefined)
      throw new MachineError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return row;
  }

  /** The answer is stored, and its token closed, before the sender hears of it; what follows from it comes after. */
  #answer(token: string, answer: Answer): void {
    const { run, state } = this.#taskOf(token);
    const { position } = run.row;
    this.#executor.commit(run, {
      events: [answerEvent(state, answer)],
      to: { ...position, phase: { kind: 'answered', answer } },
    });
  }

  #taskOf(token: string): HeldTask {
    this.#mustBeOpen();
    return taskHolding(token, this.#store, this.#executor, this.#options.clock.now());
  }
}
