import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { after, type Instant, millis } from '../../src/domain/units.ts';
import type { Machine } from './asl-schema.ts';
import { parseMachine } from './definition.ts';
import { type Driver, drive } from './driver.ts';
import { changeOf, descriptionOf, type EngineOptions, type ExecutionDescription } from './engine-types.ts';
import { type HistoryEvent, MAX_EVENTS, number } from './history.ts';
import { endInFailure } from './interpreter.ts';
import { isMachineError, MachineError } from './machine-error.ts';
import { isClosing, type Position, type Transition } from './position.ts';
import { Run } from './run.ts';
import type { ExecutionRow, Store } from './store.ts';

// Executions outlive the call that starts them. A call from inside of a handler must not lend them its busy section,
// or their sleeps would let time move while that handler runs.
const detached = AsyncLocalStorage.snapshot();

interface Waiter {
  readonly promise: Promise<ExecutionDescription>;
  readonly resolve: (description: ExecutionDescription) => void;
  readonly reject: (error: MachineError) => void;
}

/** Drives the open executions of one store, and writes each of their transitions before the next begins. */
export class Executor {
  readonly driver: Driver;
  readonly #options: EngineOptions;
  readonly #store: Store;
  readonly #runs = new Map<string, Run>();
  readonly #waiters = new Map<string, Waiter>();
  readonly #machines = new Map<string, Machine>();

  constructor(options: EngineOptions, store: Store) {
    this.#options = options;
    this.#store = store;
    const { clock, functions, random = Math.random, uuid = randomUUID } = options;
    this.driver = {
      clock,
      functions,
      chance: { random, uuid, now: () => clock.now() },
      commit: (run, transition) => this.commit(run, transition),
    };
  }

  /** The machine that an execution was started with, whatever the definition is by now. */
  machineOf(row: Pick<ExecutionRow, 'definition'>): Machine {
    let machine = this.#machines.get(row.definition);
    if (machine === undefined) {
      machine = parseMachine(this.#store.definition(row.definition));
      this.#machines.set(row.definition, machine);
    }
    return machine;
  }

  /** Goes on with what was running when the store was last open, oldest first. */
  resume(): void {
    for (const row of this.#store.executions({ status: 'RUNNING' }).reverse()) {
      try {
        this.#drive(new Run(row, this.machineOf(row)));
      } catch (error) {
        if (!isMachineError(error, 'InvalidDefinition')) throw error;
        // Started by an engine that supported more than this one.
        const run = new Run(row, { StartAt: row.position.state, States: {} });
        this.commit(run, endInFailure([], { error: 'States.Runtime', cause: error.message }));
      }
    }
  }

  /** Stores that an execution begins, or begins again, and sets out. */
  start(row: ExecutionRow, events: readonly HistoryEvent[]): void {
    this.#store.transaction(() => {
      if (row.redriveCount === 0) this.#store.insertExecution(row);
      else this.#store.updateExecution(row);
      this.#store.appendEvents(row.arn, events);
    });
    this.#tell(row, events, true);
    this.#drive(new Run(row, this.machineOf(row)));
  }

  running(arn: string): Run | undefined {
    return this.#runs.get(arn);
  }

  commit(run: Run, asked: Transition): void {
    const before = run.row;
    const at = this.#options.clock.now();
    const { events: added, to } = withinQuota(asked, before.lastEvent);
    const events = number(added, before.lastEvent, at);
    const lastEvent = before.lastEvent + events.length;
    const row: ExecutionRow = isClosing(to)
      ? {
          ...before,
          status: to.closed,
          output: to.output,
          error: to.error,
          cause: to.cause,
          stopDate: at,
          lastEvent,
        }
      : { ...before, lastEvent, position: to };
    const token = isClosing(to) ? undefined : tokenOf(to);
    this.#store.transaction(() => {
      this.#store.appendEvents(row.arn, events);
      this.#store.updateExecution(row);
      if (token !== undefined && token !== tokenOf(before.position)) this.#store.keepToken(token, row.arn);
    });
    run.row = row;
    run.version++;
    if (isClosing(to)) {
      run.live = false;
      this.#runs.delete(row.arn);
    }
    this.#tell(row, events, isClosing(to));
    run.wake();
  }

  /** What an execution that is running will close with. */
  closeOf(arn: string): Promise<ExecutionDescription> {
    let waiter = this.#waiters.get(arn);
    if (waiter === undefined) {
      waiter = Promise.withResolvers<ExecutionDescription>();
      // Nobody need be listening any more when the engine closes.
      waiter.promise.catch(() => {});
      this.#waiters.set(arn, waiter);
    }
    return waiter.promise;
  }

  /** Drops all executions as they stand. */
  release(): void {
    for (const run of this.#runs.values()) {
      run.live = false;
      run.wake();
    }
    this.#runs.clear();
    for (const waiter of this.#waiters.values()) {
      waiter.reject(new MachineError('EngineClosed', 'The engine was closed before the execution'));
    }
  }

  #drive(run: Run): void {
    this.#runs.set(run.row.arn, run);
    // After the caller has its answer, so that it knows the execution before it hears of it.
    detached(() => queueMicrotask(() => void drive(this.driver, run)));
  }

  #tell(row: ExecutionRow, events: readonly HistoryEvent[], statusChanged: boolean): void {
    const { onEvent, onStatusChange, clock } = this.#options;
    // From a microtask: what a listener throws must not look like a transition that was not stored.
    detached(() =>
      queueMicrotask(() => {
        for (const event of events) onEvent?.(row.arn, event);
        if (statusChanged) onStatusChange?.(changeOf(row));
      }),
    );
    if (!statusChanged || row.status === 'RUNNING') return;
    this.#waiters.get(row.arn)?.resolve(descriptionOf(row, clock.now()));
    this.#waiters.delete(row.arn);
  }
}

/** When a machine's own TimeoutSeconds ends an execution that starts, or starts again, at `from`. */
export const machineTimeout = (machine: Machine, from: Instant): Instant | undefined =>
  machine.TimeoutSeconds === undefined ? undefined : after(from, millis(machine.TimeoutSeconds * 1000));

const tokenOf = ({ phase }: Position): string | undefined =>
  phase.kind === 'task' ? phase.token : undefined;

/** The history has room for 25,000 events, the last of which tells of the end. */
function withinQuota(transition: Transition, lastEvent: number): Transition {
  const room = MAX_EVENTS - lastEvent - (isClosing(transition.to) ? 0 : 1);
  if (transition.events.length <= room) return transition;
  return endInFailure([], {
    error: 'States.Runtime',
    cause: `The execution reached the maximum number of history events (${MAX_EVENTS}).`,
  });
}
