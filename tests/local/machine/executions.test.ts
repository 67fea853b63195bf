import { describe, expect, it } from 'vitest';
import type { Handler } from '../../../local/machine/engine.ts';
import { millis } from '../../../src/domain/units.ts';
import {
  api,
  bench,
  callback,
  doc,
  machineOf,
  NamedError,
  recorded,
  runToEnd,
  START,
  task,
  turn,
  typesOf,
} from './harness.ts';

const waiting = machineOf({ A: callback('collect') });
const passing = machineOf({ A: { Type: 'Pass', End: true } });
const NAMED = (name: string) => expect.objectContaining({ name });

describe(`StartExecution (${api('StartExecution')})`, () => {
  it('answers the same for the same name and input while it runs, and starts nothing', async () => {
    const { engine, clock, tokens } = bench({ m: waiting });
    const first = await engine.startExecution({ machine: 'm', name: 'a', input: { x: 1, y: 2 } });
    await clock.sleep(millis(5000));
    const second = await engine.startExecution({ machine: 'm', name: 'a', input: { y: 2, x: 1 } });
    expect(second).toEqual(first);
    expect(tokens).toHaveLength(1);
    expect(await engine.listExecutions()).toHaveLength(1);
  });

  it('refuses the same name with another input while it runs', async () => {
    const { engine } = bench({ m: waiting });
    await engine.startExecution({ machine: 'm', name: 'a', input: { x: 1 } });
    await expect(engine.startExecution({ machine: 'm', name: 'a', input: { x: 2 } })).rejects.toThrow(
      NAMED('ExecutionAlreadyExists'),
    );
  });

  it('refuses the name of a closed execution, whatever the input', async () => {
    const { engine } = bench({ m: passing });
    const { executionArn } = await engine.startExecution({ machine: 'm', name: 'a', input: {} });
    await engine.settled(executionArn);
    await expect(engine.startExecution({ machine: 'm', name: 'a', input: {} })).rejects.toThrow(
      NAMED('ExecutionAlreadyExists'),
    );
  });

  it('keeps the names of two machines apart', async () => {
    const { engine } = bench({ m: passing, n: passing });
    await engine.startExecution({ machine: 'm', name: 'a', input: {} });
    await expect(engine.startExecution({ machine: 'n', name: 'a', input: {} })).resolves.toBeDefined();
  });

  it('makes up a name when it is given none', async () => {
    const { engine } = bench({ m: passing });
    const { executionArn } = await engine.startExecution({ machine: 'm', input: {} });
    expect(executionArn).toBe('arn:aws:states:local:000000000000:execution:m:id-1');
  });

  it.each(['', 'a b', 'a/b', 'a:b', 'a'.repeat(81), 'a*', 'ä'])('refuses the name "%s"', async (name) => {
    const { engine } = bench({ m: passing });
    await expect(engine.startExecution({ machine: 'm', name, input: {} })).rejects.toThrow(
      NAMED('InvalidName'),
    );
  });

  it('takes a name of 80 of the allowed characters', async () => {
    const { engine } = bench({ m: passing });
    const name = `A-z_0${'9'.repeat(75)}`;
    await expect(engine.startExecution({ machine: 'm', name, input: {} })).resolves.toBeDefined();
  });

  it('refuses a machine that it does not have, and an input above 256 KiB', async () => {
    const { engine } = bench({ m: passing });
    await expect(engine.startExecution({ machine: 'x', input: {} })).rejects.toThrow(
      NAMED('StateMachineDoesNotExist'),
    );
    await expect(engine.startExecution({ machine: 'm', input: 'x'.repeat(262_143) })).rejects.toThrow(
      NAMED('InvalidExecutionInput'),
    );
  });
});

describe('descriptions and lists', () => {
  it('describes an execution, and lists by machine and status, newest first', async () => {
    const { engine, clock } = bench({ m: waiting, n: passing });
    const one = await engine.startExecution({ machine: 'm', name: 'one', input: { a: 1 } });
    await clock.sleep(millis(1000));
    const two = await engine.startExecution({ machine: 'n', name: 'two', input: {} });
    await engine.settled(two.executionArn);
    const names = async (filter: Parameters<typeof engine.listExecutions>[0]) =>
      (await engine.listExecutions(filter)).map(({ name }) => name);
    expect(await names({})).toEqual(['two', 'one']);
    expect(await names({ machine: 'm' })).toEqual(['one']);
    expect(await names({ status: 'SUCCEEDED' })).toEqual(['two']);
    expect(await names({ machine: 'm', status: 'SUCCEEDED' })).toEqual([]);
    expect(await engine.describeExecution(one.executionArn)).toMatchObject({
      status: 'RUNNING',
      state: 'A',
      input: '{"a":1}',
      startDate: START,
      stopDate: undefined,
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
    });
  });

  it('knows no execution that was never started', async () => {
    const { engine } = bench({ m: passing });
    for (const call of [
      engine.describeExecution('x'),
      engine.getExecutionHistory('x'),
      engine.stopExecution('x'),
    ]) {
      await expect(call).rejects.toThrow(NAMED('ExecutionDoesNotExist'));
    }
  });

  it('tells of each change of status, and of none in between', async () => {
    const { engine, changes } = bench({
      m: machineOf({ A: { Type: 'Wait', Seconds: 5, Next: 'B' }, B: { Type: 'Fail', Error: 'E' } }),
    });
    const { executionArn } = await engine.startExecution({ machine: 'm', name: 'a', input: {} });
    await engine.settled(executionArn);
    await turn();
    expect(changes.map(({ status, error, stopDate }) => [status, error, stopDate])).toEqual([
      ['RUNNING', undefined, undefined],
      ['FAILED', 'E', START + 5000],
    ]);
  });

  it('tells of each event once, in order, after it is stored', async () => {
    const heard: number[] = [];
    const ended = await runToEnd(passing, {}, {}, { onEvent: (_, { id }) => heard.push(id) });
    await turn();
    expect(heard).toEqual(ended.history.map(({ id }) => id));
  });
});

describe(`StopExecution (${api('StopExecution')})`, () => {
  it('ends the execution as ABORTED, closes its token, and ignores the handler that runs on', async () => {
    let finish = () => {};
    const effects: string[] = [];
    const slow: Handler = async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      effects.push('written by a zombie');
    };
    const { engine, tokens } = bench({ m: machineOf({ A: task('slow') }), n: waiting }, { slow });
    const a = await engine.startExecution({ machine: 'm', name: 'a', input: {} });
    const b = await engine.startExecution({ machine: 'n', name: 'b', input: {} });
    await turn();
    await engine.stopExecution(a.executionArn, 'Stopped', 'by a person');
    await engine.stopExecution(b.executionArn);
    finish();
    const ended = await engine.settled(a.executionArn);
    await turn();
    expect(ended).toMatchObject({ status: 'ABORTED', error: 'Stopped', cause: 'by a person' });
    expect(effects).toEqual(['written by a zombie']);
    const history = await engine.getExecutionHistory(a.executionArn);
    expect(history.at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      previousEventId: 0,
      executionAbortedEventDetails: { error: 'Stopped', cause: 'by a person' },
    });
    await expect(engine.sendTaskSuccess(tokens[0] ?? '', {})).rejects.toThrow(NAMED('TaskTimedOut'));
  });

  it('leaves a closed execution as it is', async () => {
    const { engine } = bench({ m: passing });
    const { executionArn } = await engine.startExecution({ machine: 'm', name: 'a', input: {} });
    const { stopDate } = await engine.settled(executionArn);
    expect(await engine.stopExecution(executionArn)).toEqual({ stopDate });
    expect(await engine.describeExecution(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe(`RedriveExecution (${doc('redrive-executions.html')})`, () => {
  it('goes on at the failed state with its input and variables, and with fresh retries', async () => {
    let healthy = false;
    let calls = 0;
    const f: Handler = async (event) => {
      calls++;
      if (!healthy) throw new NamedError('Down');
      return event;
    };
    const definition = machineOf({
      First: { Type: 'Pass', Assign: { v: 'kept' }, Output: { from: 'first' }, Next: 'A' },
      A: task('f', {
        Retry: [{ ErrorEquals: ['Down'], MaxAttempts: 1 }],
        Output:
          '{% [$v, $states.result.Payload.from, $states.context.Execution.RedriveCount, $states.context.State.RetryCount] %}',
      }),
    });
    const { engine, clock, changes } = bench({ m: definition }, { f });
    const { executionArn } = await engine.startExecution({ machine: 'm', name: 'a', input: {} });
    expect(await engine.settled(executionArn)).toMatchObject({
      status: 'FAILED',
      redriveStatus: 'REDRIVABLE',
    });
    expect(calls).toBe(2);
    await engine.redriveExecution(executionArn);
    await engine.settled(executionArn);
    expect(calls).toBe(4);
    healthy = true;
    await clock.sleep(millis(1000));
    const { redriveDate } = await engine.redriveExecution(executionArn);
    const ended = await engine.settled(executionArn);
    expect(ended).toMatchObject({
      status: 'SUCCEEDED',
      outputValue: ['kept', 'first', 2, 0],
      redriveCount: 2,
      redriveDate,
      startDate: START,
    });
    await turn();
    expect(changes.map(({ status }) => status)).toEqual([
      'RUNNING',
      'FAILED',
      'RUNNING',
      'FAILED',
      'RUNNING',
      'SUCCEEDED',
    ]);
    const history = await engine.getExecutionHistory(executionArn);
    const redriven = history.findIndex(({ type }) => type === 'ExecutionRedriven');
    expect(history[redriven]).toMatchObject({ executionRedrivenEventDetails: { redriveCount: 1 } });
    expect(typesOf(history.slice(redriven - 1, redriven + 2))).toEqual([
      'ExecutionFailed',
      'ExecutionRedriven',
      'TaskScheduled',
    ]);
    expect(history.map(({ id }) => id)).toEqual(history.map((_, index) => index + 1));
  });

  it('gives an aborted wait for a token a new token, and a timed-out machine its whole time again', async () => {
    const { engine, clock, tokens } = bench({
      m: machineOf({ A: callback('collect') }, { TimeoutSeconds: 10 }),
    });
    const { executionArn } = await engine.startExecution({ machine: 'm', name: 'a', input: {} });
    expect(await engine.settled(executionArn)).toMatchObject({ status: 'TIMED_OUT' });
    await engine.redriveExecution(executionArn);
    await clock.sleep(millis(9000));
    expect(tokens).toHaveLength(2);
    await expect(engine.sendTaskSuccess(tokens[0] ?? '', 0)).rejects.toThrow(NAMED('TaskTimedOut'));
    await engine.sendTaskSuccess(tokens[1] ?? '', 'in time');
    expect(await engine.settled(executionArn)).toMatchObject({ status: 'SUCCEEDED', outputValue: 'in time' });
  });

  it('refuses an execution that runs, that succeeded, or that closed more than 14 days ago', async () => {
    const { engine, clock } = bench({ m: waiting, n: passing, o: machineOf({ A: { Type: 'Fail' } }) });
    const start = async (machine: string) =>
      (await engine.startExecution({ machine, name: 'a', input: {} })).executionArn;
    const [m, n, o] = [await start('m'), await start('n'), await start('o')];
    await engine.settled(n);
    await engine.settled(o);
    await expect(engine.redriveExecution(m)).rejects.toThrow(NAMED('ExecutionNotRedrivable'));
    await expect(engine.redriveExecution(n)).rejects.toThrow(NAMED('ExecutionNotRedrivable'));
    await clock.sleep(millis(14 * 24 * 3_600_000));
    await expect(engine.redriveExecution(o)).resolves.toBeDefined();
    await engine.settled(o);
    await clock.sleep(millis(14 * 24 * 3_600_000 + 1));
    await expect(engine.redriveExecution(o)).rejects.toThrow(NAMED('ExecutionNotRedrivable'));
  });
});

describe(`histories (${doc('service-quotas.html')})`, () => {
  it('fails with States.Runtime when the history reaches 25,000 events', async () => {
    const definition = machineOf({
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Condition: true, Next: 'A' }] },
    });
    const ended = await runToEnd(definition);
    expect(ended).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      redriveStatus: 'NOT_REDRIVABLE',
    });
    expect(ended.history.length).toBeGreaterThan(24_990);
    expect(ended.history.length).toBeLessThanOrEqual(25_000);
    expect(ended.history.at(-1)).toMatchObject({ type: 'ExecutionFailed' });
  });

  it('chains the events, and starts the chain at 0 twice', async () => {
    const { history } = await runToEnd(machineOf({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Succeed' } }));
    expect(history.map(({ id, previousEventId }) => [id, previousEventId])).toEqual([
      [1, 0],
      [2, 0],
      [3, 2],
      [4, 3],
      [5, 4],
      [6, 5],
    ]);
  });

  it(`gives the events of a task the details that AWS gives them (${recorded('timeouts/test_timeouts.snapshot.json')})`, async () => {
    const definition = machineOf({
      A: callback('collect', {
        TimeoutSeconds: 600,
        HeartbeatSeconds: 5,
        Arguments: { FunctionName: 'collect', Payload: { token: 't' } },
      }),
    });
    const { history } = await runToEnd(definition, { a: 1 });
    const of = { resourceType: 'lambda', resource: 'invoke.waitForTaskToken' };
    const whole = { truncated: false };
    const at = { timestamp: START };
    expect(history).toEqual([
      {
        ...at,
        id: 1,
        previousEventId: 0,
        type: 'ExecutionStarted',
        executionStartedEventDetails: { input: '{"a":1}', inputDetails: whole },
      },
      {
        ...at,
        id: 2,
        previousEventId: 0,
        type: 'TaskStateEntered',
        stateEnteredEventDetails: { name: 'A', input: '{"a":1}', inputDetails: whole },
      },
      {
        ...at,
        id: 3,
        previousEventId: 2,
        type: 'TaskScheduled',
        taskScheduledEventDetails: {
          ...of,
          region: 'local',
          parameters: '{"FunctionName":"collect","Payload":{"token":"t"}}',
          timeoutInSeconds: 600,
          heartbeatInSeconds: 5,
        },
      },
      { ...at, id: 4, previousEventId: 3, type: 'TaskStarted', taskStartedEventDetails: of },
      {
        ...at,
        id: 5,
        previousEventId: 4,
        type: 'TaskSubmitted',
        taskSubmittedEventDetails: {
          ...of,
          output: expect.stringContaining('"StatusCode":200'),
          outputDetails: whole,
        },
      },
      {
        timestamp: START + 5000,
        id: 6,
        previousEventId: 5,
        type: 'TaskTimedOut',
        taskTimedOutEventDetails: { ...of, error: 'States.Timeout' },
      },
      {
        timestamp: START + 5000,
        id: 7,
        previousEventId: 6,
        type: 'ExecutionFailed',
        executionFailedEventDetails: { error: 'States.Timeout' },
      },
    ]);
  });

  it('notes what a state assigned', async () => {
    const { history } = await runToEnd(
      machineOf({ A: { Type: 'Pass', Assign: { a: { b: 1 } }, End: true } }),
    );
    expect(history[2]).toMatchObject({
      stateExitedEventDetails: { name: 'A', output: '{}', assignedVariables: { a: '{"b":1}' } },
    });
  });
});
