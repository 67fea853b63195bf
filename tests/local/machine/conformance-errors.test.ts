import { describe, expect, it } from 'vitest';
import type { Handler } from '../../../local/machine/engine.ts';
import {
  callback,
  doc,
  machineOf,
  NamedError,
  recorded,
  runToEnd,
  START,
  task,
  throwing,
  typesOf,
} from './harness.ts';

const ERRORS = doc('concepts-error-handling.html');
const caught = { Type: 'Pass', Output: '{% {"caught": $states.input} %}', End: true };

interface Vector {
  readonly says: string;
  readonly source: string;
  readonly names: readonly string[];
  readonly retry?: readonly Readonly<Record<string, unknown>>[];
  readonly catches?: readonly Readonly<Record<string, unknown>>[];
  readonly calls: number;
  readonly takes?: number;
  readonly error?: string;
  readonly random?: number;
}

const all = { ErrorEquals: ['States.ALL'] };

const vectors: readonly Vector[] = [
  { says: 'fails without Retry and Catch', source: ERRORS, names: ['Oops'], calls: 1, error: 'Oops' },
  {
    says: 'retries 3 times, after 1, 2 and 4 seconds, unless told otherwise',
    source: ERRORS,
    names: ['Oops', 'Oops', 'Oops'],
    retry: [{ ErrorEquals: ['Oops'] }],
    calls: 4,
    takes: 7,
  },
  {
    says: 'gives up after MaxAttempts',
    source: ERRORS,
    names: ['Oops', 'Oops', 'Oops', 'Oops'],
    retry: [{ ErrorEquals: ['Oops'] }],
    calls: 4,
    error: 'Oops',
  },
  {
    says: 'never retries with MaxAttempts 0',
    source: ERRORS,
    names: ['Oops'],
    retry: [{ ErrorEquals: ['Oops'], MaxAttempts: 0 }, all],
    calls: 1,
    error: 'Oops',
  },
  {
    says: 'grows the pause by BackoffRate up to MaxDelaySeconds',
    source: ERRORS,
    names: ['Oops', 'Oops', 'Oops', 'Oops'],
    retry: [
      { ErrorEquals: ['Oops'], IntervalSeconds: 3, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 4 },
    ],
    calls: 5,
    takes: 3 + 9 + 10 + 10,
  },
  {
    says: 'keeps the pause with BackoffRate 1',
    source: ERRORS,
    names: ['Oops', 'Oops'],
    retry: [{ ErrorEquals: ['Oops'], IntervalSeconds: 5, BackoffRate: 1 }],
    calls: 3,
    takes: 10,
  },
  {
    says: 'takes a random part of each pause with JitterStrategy FULL',
    source: ERRORS,
    names: ['Oops', 'Oops'],
    retry: [{ ErrorEquals: ['Oops'], IntervalSeconds: 4, JitterStrategy: 'FULL' }],
    random: 0.25,
    calls: 3,
    takes: 1 + 2,
  },
  {
    says: 'counts the attempts of each retrier apart',
    source: ERRORS,
    names: ['A', 'B', 'A', 'B'],
    retry: [
      { ErrorEquals: ['A'], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1 },
      { ErrorEquals: ['B'], IntervalSeconds: 10, MaxAttempts: 2, BackoffRate: 1 },
    ],
    calls: 5,
    takes: 22,
  },
  {
    says: 'asks only the first retrier that matches',
    source: ERRORS,
    names: ['A', 'A'],
    retry: [
      { ErrorEquals: ['A'], MaxAttempts: 1 },
      { ErrorEquals: ['States.ALL'], MaxAttempts: 5 },
    ],
    calls: 2,
    error: 'A',
  },
  {
    says: 'asks Catch after Retry is used up',
    source: ERRORS,
    names: ['A', 'A'],
    retry: [{ ErrorEquals: ['A'], MaxAttempts: 1 }],
    catches: [{ ErrorEquals: ['A'], Next: 'Caught' }],
    calls: 2,
  },
  {
    says: 'compares names by case',
    source: ERRORS,
    names: ['oops'],
    catches: [{ ErrorEquals: ['Oops'], Next: 'Caught' }],
    calls: 1,
    error: 'oops',
  },
  {
    says: 'matches any error of a function by States.TaskFailed',
    source: ERRORS,
    names: ['Custom'],
    catches: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Caught' }],
    calls: 1,
  },
  {
    says: 'matches any error by States.ALL',
    source: ERRORS,
    names: ['X'],
    catches: [{ ...all, Next: 'Caught' }],
    calls: 1,
  },
  {
    says: 'takes the first catcher that matches',
    source: ERRORS,
    names: ['A'],
    catches: [
      { ErrorEquals: ['B'], Next: 'Wrong' },
      { ErrorEquals: ['C', 'A'], Next: 'Caught' },
      { ErrorEquals: ['States.ALL'], Next: 'Wrong' },
    ],
    calls: 1,
  },
];

describe('Retry and Catch, as AWS documents them', () => {
  it.each(vectors)('$says', async ({ names, retry, catches, calls, takes, error, random = 0.5 }) => {
    let called = 0;
    const inner = throwing(...names);
    const f: Handler = (event, context) => {
      called++;
      return inner(event, context);
    };
    const wrong = (catches ?? []).some((rule) => rule['Next'] === 'Wrong') ? { Wrong: { Type: 'Fail' } } : {};
    const definition = machineOf({
      A: task('f', { ...(retry && { Retry: retry }), ...(catches && { Catch: catches }) }),
      ...(catches && { Caught: caught }),
      ...wrong,
    });
    const ended = await runToEnd(definition, {}, { f }, { random: () => random });
    expect(called).toBe(calls);
    expect(ended.error).toBe(error);
    expect(ended.status).toBe(error === undefined ? 'SUCCEEDED' : 'FAILED');
    if (catches !== undefined && error === undefined) {
      expect(ended.outputValue).toMatchObject({ caught: { Error: names.at(-1) } });
    }
    if (takes !== undefined) expect((ended.stopDate ?? 0) - START).toBe(takes * 1000);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
  it("reports the name of a thrown error, and Lambda's JSON of it as the cause", async () => {
    const f = async () => {
      throw new NamedError('LeaseLost', 'epoch 7 is over');
    };
    const ended = await runToEnd(machineOf({ A: task('f') }), {}, { f });
    expect(ended.error).toBe('LeaseLost');
    expect(JSON.parse(ended.cause ?? '')).toEqual({
      errorType: 'LeaseLost',
      errorMessage: 'epoch 7 is over',
      trace: [],
    });
    expect(ended.history.at(-2)).toMatchObject({
      type: 'TaskFailed',
      taskFailedEventDetails: {
        error: 'LeaseLost',
        cause: ended.cause,
        resource: 'invoke',
        resourceType: 'lambda',
      },
    });
  });

  it('reports the type of a thrown value that is no error', async () => {
    const f = () => Promise.reject('just text');
    const ended = await runToEnd(machineOf({ A: task('f') }), {}, { f });
    expect([ended.error, ended.cause]).toEqual([
      'string',
      '{"errorType":"string","errorMessage":"just text","trace":[]}',
    ]);
  });

  it(`passes Error and Cause on when a Catch has no Output (${recorded('states_variables/test_error_output.snapshot.json')})`, async () => {
    const definition = machineOf({
      A: task('f', { Catch: [{ ...all, Next: 'B' }] }),
      B: { Type: 'Pass', End: true },
    });
    const ended = await runToEnd(definition, {}, { f: throwing('Oops') });
    expect(ended.outputValue).toEqual({ Error: 'Oops', Cause: expect.stringContaining('errorType') });
    expect(typesOf(ended.history).slice(4, 7)).toEqual(['TaskFailed', 'TaskStateExited', 'PassStateEntered']);
  });

  it('gives the Assign and Output of a Catch the error, the input and the variables of the entry', async () => {
    const definition = machineOf({
      Zero: { Type: 'Pass', Assign: { seen: 'before' }, Next: 'A' },
      A: task('f', {
        Catch: [
          {
            ...all,
            Next: 'B',
            Assign: { seen: '{% $states.errorOutput.Error %}' },
            Output: '{% [$seen, $states.input.kept] %}',
          },
        ],
      }),
      B: { Type: 'Pass', Output: '{% {"output": $states.input, "seen": $seen} %}', End: true },
    });
    const ended = await runToEnd(definition, { kept: 'input' }, { f: throwing('Oops') });
    expect(ended.outputValue).toEqual({ output: ['before', 'input'], seen: 'Oops' });
  });

  it('starts the retries of a state anew at each visit', async () => {
    const f = throwing('Oops', 'Oops');
    const definition = machineOf({
      A: task('f', {
        Retry: [{ ErrorEquals: ['Oops'], MaxAttempts: 1, IntervalSeconds: 1 }],
        Catch: [{ ...all, Next: 'A' }],
      }),
    });
    const ended = await runToEnd(definition, {}, { f });
    expect(ended.status).toBe('SUCCEEDED');
  });

  it('shows the count of retries in the context, and evaluates the arguments of each attempt anew', async () => {
    const seen: unknown[] = [];
    const f: Handler = async (event) => {
      seen.push(event);
      if (seen.length < 3) throw new NamedError('Oops');
    };
    const Arguments = { FunctionName: 'f', Payload: '{% $states.context.State.RetryCount %}' };
    await runToEnd(machineOf({ A: task('f', { Arguments, Retry: [all] }) }), {}, { f });
    expect(seen).toEqual([0, 1, 2]);
  });

  it.each([
    ['States.Timeout', 'caught'],
    ['States.ALL', 'caught'],
    ['States.TaskFailed', 'uncaught'],
    ['States.HeartbeatTimeout', 'uncaught'],
  ])('lets %s see a time-out: %s', async (name, outcome) => {
    const definition = machineOf({
      A: callback('collect', { TimeoutSeconds: 3, Catch: [{ ErrorEquals: [name], Next: 'Caught' }] }),
      Caught: caught,
    });
    const ended = await runToEnd(definition);
    expect(ended.status).toBe(outcome === 'caught' ? 'SUCCEEDED' : 'FAILED');
    expect((ended.stopDate ?? 0) - START).toBe(3000);
  });

  // The language's specification fails a missed heartbeat with States.Timeout, and recorded histories agree;
  // the developer guide lists States.HeartbeatTimeout as a name for Retry and Catch.
  it.each([
    ['States.Timeout', 'caught'],
    ['States.HeartbeatTimeout', 'caught'],
    ['States.ALL', 'caught'],
    ['States.TaskFailed', 'uncaught'],
  ])(
    `lets %s see a missed heartbeat: %s (${recorded('timeouts/test_heartbeats.snapshot.json')})`,
    async (name, outcome) => {
      const definition = machineOf({
        A: callback('collect', {
          TimeoutSeconds: 60,
          HeartbeatSeconds: '{% 2 %}',
          Catch: [{ ErrorEquals: [name], Next: 'Caught' }],
        }),
        Caught: caught,
      });
      const ended = await runToEnd(definition);
      expect(ended.status).toBe(outcome === 'caught' ? 'SUCCEEDED' : 'FAILED');
      if (outcome === 'uncaught') expect(ended.error).toBe('States.Timeout');
      expect((ended.stopDate ?? 0) - START).toBe(2000);
    },
  );

  it('retries a time-out with a new time-out and a new token', async () => {
    const tokens: string[] = [];
    const keep: Handler = async (event) => {
      tokens.push(JSON.stringify(event));
    };
    const definition = machineOf({
      A: callback('keep', {
        TimeoutSeconds: 10,
        Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 5, MaxAttempts: 1 }],
      }),
    });
    const ended = await runToEnd(definition, {}, { keep });
    expect((ended.stopDate ?? 0) - START).toBe(25_000);
    expect(new Set(tokens).size).toBe(2);
  });

  const big = 'x'.repeat(262_144);

  it.each([
    ['States.ALL', 'FAILED'],
    ['States.TaskFailed', 'FAILED'],
    ['States.DataLimitExceeded', 'SUCCEEDED'],
  ])('lets a Catch on %s see an answer above 256 KiB: %s', async (name, status) => {
    const definition = machineOf({
      A: task('f', { Catch: [{ ErrorEquals: [name], Next: 'Caught' }] }),
      Caught: { Type: 'Succeed' },
    });
    const ended = await runToEnd(definition, {}, { f: async () => big });
    expect(ended.status).toBe(status);
    if (status === 'FAILED') expect(ended.error).toBe('States.DataLimitExceeded');
  });

  it.each([
    ['an output', { Output: `{% $pad('', 262145) %}`, End: true }],
    ['a variable', { Assign: { big: `{% $pad('', 262145) %}` }, End: true }],
  ])('fails on %s above 256 KiB', async (_, fields) => {
    const ended = await runToEnd(machineOf({ A: { Type: 'Pass', ...fields } }));
    expect(ended.error).toBe('States.DataLimitExceeded');
  });

  it('fails on arguments above 256 KiB before the function is called', async () => {
    const f = async () => {
      throw new Error('called');
    };
    const Arguments = { FunctionName: 'f', Payload: `{% $pad('', 262145) %}` };
    const ended = await runToEnd(machineOf({ A: task('f', { Arguments }) }), {}, { f });
    expect(ended.error).toBe('States.DataLimitExceeded');
    expect(typesOf(ended.history)).not.toContain('TaskScheduled');
  });

  it('takes an output of exactly 256 KiB', async () => {
    // Two bytes are the quotation marks.
    const ended = await runToEnd(
      machineOf({ A: { Type: 'Pass', Output: `{% $pad('', 262142) %}`, End: true } }),
    );
    expect(ended.status).toBe('SUCCEEDED');
  });

  it.each([
    [
      'Arguments',
      { Arguments: { FunctionName: 'f', Payload: { a: '{% $states.input.missing %}' } } },
      'Arguments/Payload/a',
    ],
    ['Output', { Output: { a: '{% $states.result.Payload.missing %}' } }, 'Output/a'],
    ['Assign', { Assign: { a: "{% 'x' + 1 %}" } }, 'Assign/a'],
    ['TimeoutSeconds', { TimeoutSeconds: "{% 'soon' %}" }, 'TimeoutSeconds'],
  ])('lets a Catch see a failed query in the %s of its Task', async (_, fields, location) => {
    const definition = machineOf({
      A: task('f', { ...fields, Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Caught' }] }),
      Caught: caught,
    });
    const ended = await runToEnd(definition, {}, { f: async () => ({}) });
    expect(ended.status).toBe('SUCCEEDED');
    expect(ended.history.find(({ type }) => type === 'EvaluationFailed')).toMatchObject({
      evaluationFailedEventDetails: { state: 'A', location, error: 'States.QueryEvaluationError' },
    });
  });

  it('fails on a failed query in the Output of a Catch, which nothing catches', async () => {
    const definition = machineOf({
      A: task('f', { Catch: [{ ...all, Next: 'Caught', Output: '{% $states.errorOutput.Missing %}' }] }),
      Caught: caught,
    });
    const ended = await runToEnd(definition, {}, { f: throwing('Oops') });
    expect(ended.error).toBe('States.QueryEvaluationError');
    expect(typesOf(ended.history).slice(-3)).toEqual(['TaskFailed', 'EvaluationFailed', 'ExecutionFailed']);
  });
});
