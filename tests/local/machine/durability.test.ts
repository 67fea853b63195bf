import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScaledClock, VirtualClock } from '../../../local/clock.ts';
import { Engine, type EngineOptions, type Handler, isMachineError } from '../../../local/machine/engine.ts';
import { executionArn } from '../../../local/machine/names.ts';
import type { Position } from '../../../local/machine/position.ts';
import { NOT_CLOSED, Store } from '../../../local/machine/store.ts';
import { after, millis, seconds } from '../../../src/domain/units.ts';
import { callback, machineOf, NamedError, START, task, tokenIn, typesOf } from './harness.ts';

let folder: string;
let store: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-machine-'));
  store = join(folder, 'engine.db');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function open(
  definition: unknown,
  functions: Readonly<Record<string, Handler>> = {},
  more: Partial<EngineOptions> & { readonly later?: number } = {},
) {
  const { later = 0, ...options } = more;
  const clock = new VirtualClock(after(START, seconds(later)));
  const tokens: string[] = [];
  const calls: unknown[] = [];
  const collect: Handler = async (event) => {
    calls.push(event);
    tokens.push(tokenIn(event));
  };
  const engine = Engine.open({
    clock,
    store,
    machines: { m: definition },
    functions: { collect, ...functions },
    ...options,
  });
  return { clock, engine, tokens, calls };
}

const start = async (engine: Engine, input: unknown = {}) =>
  (await engine.startExecution({ machine: 'm', name: 'a', input })).executionArn;

const never: Handler = () => new Promise(() => {});

describe('an engine that is opened again', () => {
  it('keeps tokens open, and does not call a function again that had returned', async () => {
    const definition = machineOf({ A: callback('collect', { TimeoutSeconds: 1000 }) });
    const first = open(definition);
    const arn = await start(first.engine);
    await first.clock.sleep(seconds(10));
    await first.engine.close();
    const second = open(definition, {}, { later: 900 });
    await second.engine.sendTaskSuccess(first.tokens[0] ?? '', 'still valid');
    expect(await second.engine.settled(arn)).toMatchObject({
      status: 'SUCCEEDED',
      outputValue: 'still valid',
    });
    expect(second.calls).toEqual([]);
    await second.engine.close();
  });

  it('calls a function again that had not returned, with the same arguments and the same token', async () => {
    const seen: unknown[] = [];
    const definition = machineOf({
      A: callback('f', {
        Arguments: {
          FunctionName: 'f',
          Payload: { t: '{% $states.context.Task.Token %}', u: '{% $uuid() %}' },
        },
      }),
    });
    const hang: Handler = (event) => {
      seen.push(event);
      return never(event, { awsRequestId: '', functionName: '', getRemainingTimeInMillis: () => 0 });
    };
    const first = open(definition, { f: hang });
    const arn = await start(first.engine);
    await expect.poll(() => seen.length).toBe(1);
    await first.engine.close();
    const second = open(definition, { f: async (event) => void seen.push(event) });
    await second.clock.sleep(seconds(1));
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
    expect(typesOf(await second.engine.getExecutionHistory(arn))).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
    ]);
    await second.engine.close();
  });

  it.each([
    ['a wait', { Type: 'Wait', Seconds: 100, End: true }, {}, 'SUCCEEDED', 100],
    ['a time-out', callback('collect', { TimeoutSeconds: 100 }), {}, 'FAILED', 100],
    ['a heartbeat', callback('collect', { TimeoutSeconds: 200, HeartbeatSeconds: 100 }), {}, 'FAILED', 100],
    ['the time-out of the machine', callback('collect'), { TimeoutSeconds: 100 }, 'TIMED_OUT', 100],
  ])('ends %s when it was due, counted from before it closed', async (_, state, more, status, due) => {
    const definition = machineOf({ A: state }, more);
    const first = open(definition);
    const arn = await start(first.engine);
    await first.clock.sleep(seconds(10));
    await first.engine.close();
    const second = open(definition, {}, { later: 60 });
    expect(await second.engine.settled(arn)).toMatchObject({ status, stopDate: START + due * 1000 });
    await second.engine.close();
  });

  it('times out at once what was due while it was closed, and does not call the function', async () => {
    const definition = machineOf({ A: task('f', { TimeoutSeconds: 30 }) });
    const first = open(definition, { f: never });
    const arn = await start(first.engine);
    await expect.poll(async () => (await first.engine.getExecutionHistory(arn)).length).toBe(4);
    await first.engine.close();
    let called = false;
    const f: Handler = async () => {
      called = true;
    };
    const second = open(definition, { f }, { later: 31 });
    expect(await second.engine.settled(arn)).toMatchObject({
      error: 'States.Timeout',
      stopDate: START + 31_000,
    });
    expect(called).toBe(false);
    await second.engine.close();
  });

  it('keeps the pause before a retry, the count of retries and the time of entry', async () => {
    const seen: unknown[] = [];
    const definition = machineOf({
      A: task('f', {
        Arguments: { FunctionName: 'f', Payload: '{% $states.context.State %}' },
        Retry: [{ ErrorEquals: ['Oops'], IntervalSeconds: 100, MaxAttempts: 1 }],
      }),
    });
    const f: Handler = async (event) => {
      seen.push(event);
      throw new NamedError('Oops');
    };
    const first = open(definition, { f });
    const arn = await start(first.engine);
    await first.clock.sleep(seconds(10));
    await first.engine.close();
    const second = open(definition, { f }, { later: 60 });
    expect(await second.engine.settled(arn)).toMatchObject({ error: 'Oops', stopDate: START + 100_000 });
    const EnteredTime = new Date(START).toISOString();
    expect(seen).toEqual([
      { EnteredTime, Name: 'A', RetryCount: 0 },
      { EnteredTime, Name: 'A', RetryCount: 1 },
    ]);
    await second.engine.close();
  });

  it('goes on with an answer that was stored but not worked out', async () => {
    const definition = machineOf({ A: callback('collect', { Next: 'B' }), B: { Type: 'Pass', End: true } });
    const first = open(definition);
    const arn = await start(first.engine);
    await first.clock.sleep(seconds(1));
    const sent = first.engine.sendTaskSuccess(first.tokens[0] ?? '', { v: 1 });
    await first.engine.close();
    await sent;
    const second = open(definition);
    await expect(second.engine.sendTaskSuccess(first.tokens[0] ?? '', {})).rejects.toThrow(
      expect.objectContaining({ name: 'TaskTimedOut' }),
    );
    expect(await second.engine.settled(arn)).toMatchObject({ outputValue: { v: 1 } });
    await second.engine.close();
  });

  it('runs an execution to its end on the definition it was started with', async () => {
    const first = open(
      machineOf({ A: { Type: 'Wait', Seconds: 10, Next: 'Old' }, Old: { Type: 'Succeed', Output: 'old' } }),
    );
    const arn = await start(first.engine);
    await first.clock.sleep(seconds(1));
    await first.engine.close();
    const second = open(machineOf({ A: { Type: 'Succeed', Output: 'new' } }));
    expect(await second.engine.settled(arn)).toMatchObject({ outputValue: 'old' });
    const fresh = await second.engine.startExecution({ machine: 'm', name: 'b', input: {} });
    expect(await second.engine.settled(fresh.executionArn)).toMatchObject({ outputValue: 'new' });
    await second.engine.close();
  });

  it('fails a task by name whose function is gone', async () => {
    const first = open(machineOf({ A: { Type: 'Wait', Seconds: 10, Next: 'B' }, B: task('gone') }), {
      gone: never,
    });
    const arn = await start(first.engine);
    await first.clock.sleep(seconds(1));
    await first.engine.close();
    const second = open(machineOf({ A: { Type: 'Succeed' } }));
    expect(await second.engine.settled(arn)).toMatchObject({ error: 'Lambda.ResourceNotFoundException' });
    await second.engine.close();
  });

  it('fails by name an execution whose definition it does not support any more', async () => {
    const older = new Store(store);
    const definition = older.keepDefinition(machineOf({ A: { Type: 'Map' } }));
    const position: Position = {
      state: 'A',
      input: {},
      variables: {},
      enteredAt: START,
      enteredEvent: 2,
      retryCount: 0,
      retriesUsed: [],
      phase: { kind: 'entered' },
    };
    const arn = executionArn('m', 'old');
    const times = { startDate: START, redriveDate: undefined, timeoutAt: undefined };
    older.insertExecution({
      ...NOT_CLOSED,
      ...times,
      arn,
      machine: 'm',
      name: 'old',
      definition,
      input: {},
      redriveCount: 0,
      lastEvent: 2,
      position,
    });
    older.close();
    const { engine } = open(machineOf({ A: { Type: 'Succeed' } }));
    expect(await engine.settled(arn)).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining('"Map" is not supported'),
    });
    await engine.close();
  });

  it('remembers names, closed executions and histories', async () => {
    const definition = machineOf({ A: { Type: 'Succeed' } });
    const first = open(definition);
    const arn = await start(first.engine);
    const ended = await first.engine.settled(arn);
    const history = await first.engine.getExecutionHistory(arn);
    await first.engine.close();
    const second = open(definition);
    expect(await second.engine.describeExecution(arn)).toEqual(ended);
    expect(await second.engine.getExecutionHistory(arn)).toEqual(history);
    await expect(start(second.engine)).rejects.toThrow(
      expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
    );
    await second.engine.close();
  });

  it('is the only one on its file', async () => {
    const definition = machineOf({ A: { Type: 'Succeed' } });
    const first = open(definition);
    expect(() => open(definition)).toThrow(expect.objectContaining({ name: 'StoreInUse' }));
    await first.engine.close();
    await open(definition).engine.close();
  });

  it('tells those who wait for an execution when it is closed first', async () => {
    const { engine } = open(machineOf({ A: callback('collect') }));
    const settled = engine.settled(await start(engine));
    await engine.close();
    await expect(settled).rejects.toThrow(expect.objectContaining({ name: 'EngineClosed' }));
    await expect(engine.listExecutions()).rejects.toThrow(expect.objectContaining({ name: 'EngineClosed' }));
  });
});

describe('a process that dies', () => {
  // A retry, a wait, a token, a catch and a choice: each transition is a place to die at.
  const definition = machineOf({
    Flaky: task('flaky', {
      Arguments: { FunctionName: 'flaky', Payload: '{% $states.context.State.RetryCount %}' },
      Retry: [{ ErrorEquals: ['Oops'], IntervalSeconds: 5 }],
      Assign: { got: '{% $states.result.Payload %}' },
      Next: 'Pause',
    }),
    Pause: { Type: 'Wait', Seconds: 30, Next: 'Ask' },
    Ask: callback('ask', { TimeoutSeconds: 3600, Assign: { answer: '{% $states.result %}' }, Next: 'Bad' }),
    Bad: task('bad', {
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Which', Output: '{% $states.errorOutput.Error %}' }],
    }),
    Which: { Type: 'Choice', Choices: [{ Condition: "{% $answer = 'yes' %}", Next: 'End' }] },
    End: { Type: 'Succeed', Output: '{% [$got, $answer, $states.input] %}' },
  });

  function world(file: string, later: number, onEvent?: () => void) {
    const clock = new VirtualClock(after(START, millis(later)));
    const engine: Engine = Engine.open({
      clock,
      store: file,
      machines: { m: definition },
      functions: {
        // Decides by its input alone, as a function must that may be called twice.
        flaky: async (retries) => {
          if (retries === 0) throw new NamedError('Oops');
          return 'got it';
        },
        ask: async (event) => {
          void clock.sleep(seconds(2)).then(() => answer(engine, tokenIn(event)));
          asked.add(tokenIn(event));
        },
        bad: async () => {
          throw new NamedError('Bad');
        },
      },
      ...(onEvent && { onEvent }),
    });
    return { clock, engine };
  }

  const asked = new Set<string>();

  async function answer(engine: Engine, token: string): Promise<void> {
    try {
      await engine.sendTaskSuccess(token, 'yes');
    } catch (error) {
      if (!isMachineError(error, 'TaskTimedOut', 'InvalidToken', 'EngineClosed')) throw error;
    }
  }

  it('ends the same way, with the same history, whichever transition it dies after', async () => {
    const copies: { file: string; at: number; events: number }[] = [];
    let events = 0;
    const original = world(store, 0, () => {
      const file = join(folder, `copy-${++events}.db`);
      copyFileSync(store, file);
      if (existsSync(`${store}-wal`)) copyFileSync(`${store}-wal`, `${file}-wal`);
      copies.push({ file, at: original.clock.now() - START, events });
    });
    const arn = await start(original.engine);
    const ended = await original.engine.settled(arn);
    const history = typesOf(await original.engine.getExecutionHistory(arn));
    await original.engine.close();
    expect(ended).toMatchObject({ status: 'SUCCEEDED', outputValue: ['got it', 'yes', 'Bad'] });
    expect(copies.length).toBe(history.length);
    for (const copy of copies) {
      const { clock, engine } = world(copy.file, copy.at);
      // Whoever was asked answers again, as long as the task is open.
      void clock.sleep(seconds(60)).then(async () => {
        for (const token of asked) await answer(engine, token);
      });
      expect(await engine.settled(arn)).toMatchObject({
        status: 'SUCCEEDED',
        outputValue: ended.outputValue,
      });
      expect(typesOf(await engine.getExecutionHistory(arn))).toEqual(history);
      await engine.close();
    }
  });

  it('is survived by its execution when it is killed with SIGKILL', async () => {
    const script = join(import.meta.dirname, 'killed-process.ts');
    const child = spawn(process.execPath, [script, store], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(child.stdout), 'line');
    const { arn, token } = JSON.parse(String(line));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const engine = Engine.open({
      clock: ScaledClock.real(),
      store,
      machines: { m: machineOf({ A: { Type: 'Succeed' } }) },
      functions: {},
    });
    await engine.sendTaskSuccess(token, 'survived');
    expect(await engine.settled(arn)).toMatchObject({ status: 'SUCCEEDED', outputValue: 'survived' });
    await engine.close();
  });
});
