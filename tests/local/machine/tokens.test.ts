import { describe, expect, it } from 'vitest';
import type { Handler } from '../../../local/machine/engine.ts';
import { millis, seconds } from '../../../src/domain/units.ts';
import { api, bench, callback, doc, machineOf, START, task, tokenIn, turn, typesOf } from './harness.ts';

const NAMED = (name: string) => expect.objectContaining({ name });

async function started(definition: unknown, functions: Readonly<Record<string, Handler>> = {}) {
  const table = bench({ m: definition }, functions);
  const { executionArn } = await table.engine.startExecution({ machine: 'm', name: 'a', input: { kept: 1 } });
  // One virtual millisecond: the handler has been called and has returned.
  await table.clock.sleep(millis(1));
  return { ...table, executionArn, token: table.tokens[0] ?? '' };
}

describe(`task tokens (${doc('connect-to-resource.html')})`, () => {
  it('goes on with what was sent, long after', async () => {
    const { engine, clock, executionArn, token } = await started(
      machineOf({
        A: callback('collect', { Output: '{% {"sent": $states.result, "was": $states.input.kept} %}' }),
      }),
    );
    await clock.sleep(seconds(86_400 * 30));
    await engine.sendTaskSuccess(token, { by: 'a person' });
    expect(await engine.settled(executionArn)).toMatchObject({
      status: 'SUCCEEDED',
      outputValue: { sent: { by: 'a person' }, was: 1 },
    });
    expect(typesOf(await engine.getExecutionHistory(executionArn))).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails with what was sent, and Catch sees it', async () => {
    const { engine, executionArn, token } = await started(
      machineOf({
        A: callback('collect', { Catch: [{ ErrorEquals: ['Rejected'], Next: 'B' }] }),
        B: { Type: 'Pass', End: true },
      }),
    );
    await engine.sendTaskFailure(token, 'Rejected', 'by a person');
    expect(await engine.settled(executionArn)).toMatchObject({
      outputValue: { Error: 'Rejected', Cause: 'by a person' },
    });
  });

  it(`refuses a token that was never made, and one whose task has closed (${api('SendTaskSuccess')})`, async () => {
    const { engine, executionArn, token } = await started(machineOf({ A: callback('collect') }));
    await expect(engine.sendTaskSuccess('made up', {})).rejects.toThrow(NAMED('InvalidToken'));
    await expect(engine.sendTaskFailure('made up', 'E', '')).rejects.toThrow(NAMED('InvalidToken'));
    await expect(engine.sendTaskHeartbeat('made up')).rejects.toThrow(NAMED('InvalidToken'));
    await engine.sendTaskSuccess(token, 1);
    await expect(engine.sendTaskSuccess(token, 2)).rejects.toThrow(NAMED('TaskTimedOut'));
    await expect(engine.sendTaskFailure(token, 'E', '')).rejects.toThrow(NAMED('TaskTimedOut'));
    await expect(engine.sendTaskHeartbeat(token)).rejects.toThrow(NAMED('TaskTimedOut'));
    expect(await engine.settled(executionArn)).toMatchObject({ outputValue: 1 });
  });

  it('refuses an output above 256 KiB and leaves the token open', async () => {
    const { engine, executionArn, token } = await started(machineOf({ A: callback('collect') }));
    await expect(engine.sendTaskSuccess(token, 'x'.repeat(262_143))).rejects.toThrow(NAMED('InvalidOutput'));
    await engine.sendTaskSuccess(token, 'x'.repeat(262_142));
    expect(await engine.settled(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('takes an answer while the function that got the token still runs, or before it first waits', async () => {
    for (const early of [true, false]) {
      const handed: string[] = [];
      const table = bench(
        { m: machineOf({ A: callback('eager') }) },
        {
          eager: async (event) => {
            handed.push(tokenIn(event));
            if (!early) await turn();
            await table.engine.sendTaskSuccess(tokenIn(event), 'early');
            await turn();
            return 'too late to be heard';
          },
        },
      );
      const { executionArn } = await table.engine.startExecution({ machine: 'm', name: 'a', input: {} });
      expect(await table.engine.settled(executionArn)).toMatchObject({ outputValue: 'early' });
      const types = typesOf(await table.engine.getExecutionHistory(executionArn));
      expect(types).not.toContain('TaskSubmitted');
      expect(handed).toHaveLength(1);
    }
  });

  it('fails the state when the function throws before anybody has the token', async () => {
    const broken: Handler = async () => {
      throw new TypeError('no database');
    };
    const { engine, executionArn } = await started(machineOf({ A: callback('broken') }), { broken });
    expect(await engine.settled(executionArn)).toMatchObject({ status: 'FAILED', error: 'TypeError' });
  });

  it('gives two executions different tokens', async () => {
    const { engine, tokens, clock } = await started(machineOf({ A: callback('collect') }));
    await engine.startExecution({ machine: 'm', name: 'b', input: {} });
    await clock.sleep(millis(1));
    expect(new Set(tokens).size).toBe(2);
  });
});

describe(`heartbeats and time-outs (${doc('state-task.html')})`, () => {
  const beating = machineOf({ A: callback('collect', { HeartbeatSeconds: 10, TimeoutSeconds: 35 }) });

  it('lives as long as heartbeats come in time', async () => {
    const { engine, clock, executionArn, token } = await started(beating);
    for (let beat = 0; beat < 3; beat++) {
      await clock.sleep(seconds(9));
      await engine.sendTaskHeartbeat(token);
    }
    await engine.sendTaskSuccess(token, 'alive');
    expect(await engine.settled(executionArn)).toMatchObject({ outputValue: 'alive' });
  });

  it('times out one heartbeat after the last', async () => {
    const { engine, clock, executionArn, token } = await started(beating);
    await clock.sleep(seconds(9));
    await engine.sendTaskHeartbeat(token);
    expect(await engine.settled(executionArn)).toMatchObject({
      error: 'States.Timeout',
      stopDate: START + 1 + 9000 + 10_000,
    });
    await expect(engine.sendTaskHeartbeat(token)).rejects.toThrow(NAMED('TaskTimedOut'));
  });

  it('never moves the time-out, however many heartbeats come', async () => {
    const { engine, clock, executionArn, token } = await started(beating);
    for (let beat = 0; beat < 6; beat++) {
      await clock.sleep(seconds(5));
      await engine.sendTaskHeartbeat(token);
    }
    expect(await engine.settled(executionArn)).toMatchObject({
      error: 'States.Timeout',
      stopDate: START + 35_000,
    });
  });

  it('leaves a function running that has timed out, and does not hear it', async () => {
    const done: string[] = [];
    const definition = machineOf({
      A: task('slow', { TimeoutSeconds: 10, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'B' }] }),
      B: { Type: 'Wait', Seconds: 60, End: true },
    });
    const table = bench(
      { m: definition },
      {
        slow: async () => {
          await table.clock.sleep(seconds(30));
          done.push(`zombie at ${table.clock.now() - START}`);
          return 'late';
        },
      },
    );
    const { executionArn } = await table.engine.startExecution({ machine: 'm', name: 'a', input: {} });
    const ended = await table.engine.settled(executionArn);
    expect(ended).toMatchObject({
      outputValue: { Error: 'States.Timeout', Cause: '' },
      stopDate: START + 70_000,
    });
    expect(done).toEqual(['zombie at 30000']);
  });

  it('does not take the late answer of one attempt for that of the next', async () => {
    let attempt = 0;
    const table = bench(
      {
        m: machineOf({
          A: task('slow', {
            TimeoutSeconds: 10,
            Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1 }],
            Output: '{% $states.result.Payload %}',
          }),
        }),
      },
      {
        slow: async () => {
          const mine = ++attempt;
          await table.clock.sleep(seconds(mine === 1 ? 15 : 8));
          return `attempt ${mine}`;
        },
      },
    );
    const { executionArn } = await table.engine.startExecution({ machine: 'm', name: 'a', input: {} });
    expect(await table.engine.settled(executionArn)).toMatchObject({
      outputValue: 'attempt 2',
      stopDate: START + 19_000,
    });
  });

  it('tells a function how long it has left', async () => {
    const left: number[] = [];
    const table = bench(
      { m: machineOf({ A: task('f', { TimeoutSeconds: 60, Next: 'B' }), B: task('f') }) },
      {
        f: async (_, context) => {
          await table.clock.sleep(seconds(20));
          left.push(context.getRemainingTimeInMillis());
        },
      },
    );
    const { executionArn } = await table.engine.startExecution({ machine: 'm', name: 'a', input: {} });
    await table.engine.settled(executionArn);
    expect(left).toEqual([40_000, 880_000]);
  });

  it('holds virtual time still while a function works', async () => {
    const at: number[] = [];
    const table = bench(
      { m: machineOf({ A: task('f', { TimeoutSeconds: 1 }) }) },
      {
        f: async () => {
          for (let i = 0; i < 20; i++) await turn();
          at.push(table.clock.now());
        },
      },
    );
    const { executionArn } = await table.engine.startExecution({ machine: 'm', name: 'a', input: {} });
    expect(await table.engine.settled(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(at).toEqual([START]);
  });

  it('does not let time move in a function that starts an execution which waits', async () => {
    const seen: number[] = [];
    const table = bench(
      { m: machineOf({ A: task('f') }), n: machineOf({ A: { Type: 'Wait', Seconds: 50, End: true } }) },
      {
        f: async () => {
          await table.engine.startExecution({ machine: 'n', name: 'inner', input: {} });
          for (let i = 0; i < 20; i++) await turn();
          seen.push(table.clock.now() - START);
        },
      },
    );
    const { executionArn } = await table.engine.startExecution({ machine: 'm', name: 'a', input: {} });
    await table.engine.settled(executionArn);
    expect(seen).toEqual([0]);
  });

  it('holds what it has answered: a token or a stop that comes while a state is worked out wins', async () => {
    // $random is asked in the middle of the evaluation.
    let act = () => {};
    const random = () => {
      act();
      return 0.5;
    };
    const late = callback('collect', {
      TimeoutSeconds: 5,
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B', Output: '{% $random() %}' }],
    });
    const sent = bench({ m: machineOf({ A: late, B: { Type: 'Succeed' } }) }, {}, { random });
    act = () => void sent.engine.sendTaskSuccess(sent.tokens[0] ?? '', 'won');
    const a = await sent.engine.startExecution({ machine: 'm', name: 'a', input: {} });
    expect(await sent.engine.settled(a.executionArn)).toMatchObject({ outputValue: 'won' });
    const stopped = bench(
      { m: machineOf({ A: { Type: 'Pass', Output: '{% $random() %}', End: true } }) },
      {},
      { random },
    );
    const b = await stopped.engine.startExecution({ machine: 'm', name: 'b', input: {} });
    act = () => void stopped.engine.stopExecution(b.executionArn);
    expect(await stopped.engine.settled(b.executionArn)).toMatchObject({ status: 'ABORTED' });
    expect((await stopped.engine.getExecutionHistory(b.executionArn)).at(-1)?.type).toBe('ExecutionAborted');
  });
});
