import { describe, expect, it } from 'vitest';
import type { Handler } from '../../../local/machine/engine.ts';
import {
  callback,
  doc,
  machineOf,
  recorded,
  runToEnd,
  START,
  type States,
  spec,
  task,
  typesOf,
} from './harness.ts';

interface Vector {
  readonly says: string;
  readonly source: string;
  readonly states: States;
  readonly input?: unknown;
  readonly functions?: Readonly<Record<string, Handler>>;
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: RegExp | string;
  readonly status?: string;
  /** Virtual seconds from start to close. */
  readonly takes?: number;
  readonly history?: readonly string[];
  readonly machine?: Readonly<Record<string, unknown>>;
}

const echo: Handler = async (event) => event;
const succeed = { Type: 'Succeed' };

const vectors: readonly Vector[] = [
  {
    says: 'passes its input on when a Pass has no Output',
    source: doc('state-pass.html'),
    states: { A: { Type: 'Pass', End: true } },
    input: { a: [1, null] },
    output: { a: [1, null] },
    history: ['ExecutionStarted', 'PassStateEntered', 'PassStateExited', 'ExecutionSucceeded'],
  },
  {
    says: 'gives the Output of a Pass, literals and expressions mixed at any depth',
    source: doc('transforming-data.html'),
    states: {
      A: { Type: 'Pass', Output: { a: ['{% $states.input.x * 2 %}', 'plain'], b: { c: true } }, End: true },
    },
    input: { x: 21 },
    output: { a: [42, 'plain'], b: { c: true } },
  },
  {
    says: 'takes an Output that is one expression, of any JSON type',
    source: doc('transforming-data.html'),
    states: { A: { Type: 'Pass', Output: '{% [$states.input.x, null] %}', End: true } },
    input: { x: 'y' },
    output: ['y', null],
  },
  {
    says: 'leaves text with $ and without {% %} as it is',
    source: doc('transforming-data.html'),
    states: { A: { Type: 'Pass', Output: { a: '$states.input' }, End: true } },
    output: { a: '$states.input' },
  },
  {
    says: 'sees an assigned variable in the next state',
    source: doc('workflow-variables.html'),
    states: {
      A: { Type: 'Pass', Assign: { x: '{% $states.input.n %}' }, Next: 'B' },
      B: { Type: 'Pass', Output: '{% $x %}', End: true },
    },
    input: { n: 7 },
    output: 7,
  },
  {
    says: 'evaluates Output and Assign on the variables as they were on entry',
    source: doc('workflow-variables.html'),
    states: {
      A: { Type: 'Pass', Assign: { x: 1, y: 10 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { x: '{% $y %}', y: '{% $x %}' }, Output: '{% [$x, $y] %}', Next: 'C' },
      C: { Type: 'Pass', Output: { entry: '{% $states.input %}', now: '{% [$x, $y] %}' }, End: true },
    },
    output: { entry: [1, 10], now: [10, 1] },
  },
  {
    says: 'takes the first rule whose Condition holds',
    source: doc('state-choice.html'),
    states: {
      A: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $states.input.n > 10 %}', Next: 'Big' },
          { Condition: '{% $states.input.n > 1 %}', Next: 'Some' },
          { Condition: true, Next: 'Big' },
        ],
        Default: 'Big',
      },
      Big: { Type: 'Fail' },
      Some: succeed,
    },
    input: { n: 5 },
    output: { n: 5 },
    history: [
      'ExecutionStarted',
      'ChoiceStateEntered',
      'ChoiceStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ],
  },
  {
    says: 'applies the Assign and Output of the rule that was taken, and not those of the state',
    source: doc('state-choice.html'),
    states: {
      A: {
        Type: 'Choice',
        Choices: [{ Condition: '{% true %}', Next: 'B', Assign: { v: 'rule' }, Output: { by: 'rule' } }],
        Default: 'B',
        Assign: { v: 'default' },
        Output: { by: 'default' },
      },
      B: { Type: 'Pass', Output: '{% [$v, $states.input.by] %}', End: true },
    },
    output: ['rule', 'rule'],
  },
  {
    says: "applies the state's own Assign and Output with the Default",
    source: doc('state-choice.html'),
    states: {
      A: {
        Type: 'Choice',
        Choices: [{ Condition: '{% false %}', Next: 'B' }],
        Default: 'B',
        Assign: { v: 'default' },
        Output: { by: 'default' },
      },
      B: { Type: 'Pass', Output: '{% [$v, $states.input.by] %}', End: true },
    },
    output: ['default', 'default'],
  },
  {
    says: 'fails with States.NoChoiceMatched without a rule that holds and without a Default',
    source: doc('concepts-error-handling.html'),
    states: { A: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'B' }] }, B: succeed },
    error: 'States.NoChoiceMatched',
  },
  {
    says: 'fails when a Condition is no boolean, however truthy',
    source: doc('state-choice.html'),
    states: { A: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'B' }] }, B: succeed },
    error: 'States.QueryEvaluationError',
    cause: /Choices\[0\]\/Condition/,
  },
  {
    says: 'waits for Seconds',
    source: doc('state-wait.html'),
    states: { A: { Type: 'Wait', Seconds: 90, End: true } },
    input: { kept: 1 },
    output: { kept: 1 },
    takes: 90,
    history: ['ExecutionStarted', 'WaitStateEntered', 'WaitStateExited', 'ExecutionSucceeded'],
  },
  {
    says: 'waits for Seconds from an expression, and gives the Output afterwards',
    source: doc('state-wait.html'),
    states: {
      A: { Type: 'Wait', Seconds: '{% $states.input.s %}', Output: 'waited', Assign: { a: 1 }, End: true },
    },
    input: { s: 3600 },
    output: 'waited',
    takes: 3600,
  },
  {
    says: 'waits until a Timestamp',
    source: doc('state-wait.html'),
    states: { A: { Type: 'Wait', Timestamp: '2026-11-21T10:00:00Z', End: true } },
    takes: 3600,
  },
  {
    says: 'waits until a Timestamp from an expression',
    source: doc('state-wait.html'),
    states: { A: { Type: 'Wait', Timestamp: '{% $fromMillis($millis() + 5000) %}', End: true } },
    takes: 5,
  },
  {
    says: 'goes on at once when the Timestamp has passed',
    source: doc('redrive-executions.html'),
    states: { A: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', End: true } },
    takes: 0,
  },
  {
    says: 'refuses a negative number of seconds',
    source: doc('concepts-error-handling.html'),
    states: { A: { Type: 'Wait', Seconds: '{% -1 %}', End: true } },
    error: 'States.QueryEvaluationError',
  },
  {
    says: 'gives the Output of a Succeed',
    source: doc('state-succeed.html'),
    states: { A: { Type: 'Succeed', Output: '{% $states.input.x %}' } },
    input: { x: 'out' },
    output: 'out',
  },
  {
    says: 'fails with the Error and Cause of a Fail, without an exit from it',
    source: doc('state-fail.html'),
    states: { A: { Type: 'Fail', Error: 'Nope', Cause: 'because' } },
    error: 'Nope',
    cause: 'because',
    history: ['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed'],
  },
  {
    says: 'takes the Error and Cause of a Fail from expressions',
    source: doc('state-fail.html'),
    states: {
      A: { Type: 'Fail', Error: "{% 'E' & $states.input.n %}", Cause: '{% $string($states.input) %}' },
    },
    input: { n: 3 },
    error: 'E3',
    cause: '{"n":3}',
  },
  {
    says: 'refuses a Fail whose Error is no text',
    source: doc('state-fail.html'),
    states: { A: { Type: 'Fail', Error: '{% 5 %}' } },
    error: 'States.QueryEvaluationError',
  },
  {
    says: "passes Lambda's whole answer on when a Task has no Output",
    source: recorded('services/test_lambda_task_service.snapshot.json'),
    states: { A: task('echo') },
    input: { x: 1 },
    functions: { echo },
    output: expect.objectContaining({ Payload: { x: 1 }, StatusCode: 200, ExecutedVersion: '$LATEST' }),
    history: [
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ],
  },
  {
    says: 'gives Output and Assign of a Task the result',
    source: doc('transforming-data.html'),
    states: {
      A: task('echo', {
        Arguments: { FunctionName: 'echo', Payload: { doubled: '{% $states.input.x * 2 %}' } },
        Assign: { kept: '{% $states.result.Payload.doubled %}' },
        Output: { code: '{% $states.result.StatusCode %}', was: '{% $states.input.x %}' },
        Next: 'B',
      }),
      B: { Type: 'Pass', Output: '{% $merge([$states.input, {"kept": $kept}]) %}', End: true },
    },
    input: { x: 4 },
    functions: { echo },
    output: { code: 200, was: 4, kept: 8 },
  },
  {
    says: 'calls a function with an empty object when there is no Payload',
    source: doc('connect-lambda.html'),
    states: {
      A: task('echo', { Arguments: { FunctionName: 'echo' }, Output: '{% $states.result.Payload %}' }),
    },
    functions: { echo },
    output: {},
  },
  {
    says: 'answers null for a function that returns nothing',
    source: doc('connect-lambda.html'),
    states: { A: task('silent', { Output: { answer: '{% $states.result.Payload %}' } }) },
    functions: { silent: async () => undefined },
    output: { answer: null },
  },
  {
    says: 'gives what was sent with the token as the result, and notes the answer of the function apart',
    source: recorded('timeouts/test_heartbeats.snapshot.json'),
    states: {
      A: callback('early', { TimeoutSeconds: 5, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'B' }] }),
      B: succeed,
    },
    functions: { early: async () => 'noted' },
    output: { Error: 'States.Timeout', Cause: '' },
    takes: 5,
    history: [
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskTimedOut',
      'TaskStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ],
  },
  {
    says: 'shows the context object',
    source: doc('input-output-contextobject.html'),
    states: {
      First: { Type: 'Wait', Seconds: 2, Next: 'A' },
      A: { Type: 'Pass', Output: '{% $states.context %}', End: true },
    },
    input: { a: 1 },
    output: {
      Execution: {
        Id: 'arn:aws:states:local:000000000000:execution:m:one',
        Input: { a: 1 },
        Name: 'one',
        RedriveCount: 0,
        StartTime: '2026-11-21T09:00:00.000Z',
      },
      State: { EnteredTime: '2026-11-21T09:00:02.000Z', Name: 'A', RetryCount: 0 },
      StateMachine: { Id: 'arn:aws:states:local:000000000000:stateMachine:m', Name: 'm' },
    },
  },
  {
    says: 'ends an execution as TIMED_OUT at the TimeoutSeconds of the machine',
    source: spec('toplevelfields'),
    states: { A: { Type: 'Wait', Seconds: 100, End: true } },
    machine: { TimeoutSeconds: 30 },
    status: 'TIMED_OUT',
    error: 'States.Timeout',
    takes: 30,
    history: ['ExecutionStarted', 'WaitStateEntered', 'ExecutionTimedOut'],
  },
  {
    says: 'fails, and does not time out, on the TimeoutSeconds of a Task that nothing catches',
    source: recorded('timeouts/test_timeouts.snapshot.json'),
    states: { A: callback('collect', { TimeoutSeconds: '{% $states.input.limit %}' }) },
    input: { limit: 12 },
    status: 'FAILED',
    error: 'States.Timeout',
    takes: 12,
  },
];

describe('the states, as AWS documents them', () => {
  it.each(vectors)('$says', async (vector) => {
    const ended = await runToEnd(machineOf(vector.states, vector.machine), vector.input, vector.functions);
    expect(ended.status).toBe(vector.status ?? (vector.error === undefined ? 'SUCCEEDED' : 'FAILED'));
    expect(ended.error).toBe(vector.error);
    if (vector.output !== undefined) expect(ended.outputValue).toEqual(vector.output);
    if (typeof vector.cause === 'string') expect(ended.cause).toBe(vector.cause);
    else if (vector.cause !== undefined) expect(ended.cause).toMatch(vector.cause);
    if (vector.takes !== undefined) expect((ended.stopDate ?? 0) - START).toBe(vector.takes * 1000);
    if (vector.history !== undefined) expect(typesOf(ended.history)).toEqual(vector.history);
  });

  it('gives each vector the page that it comes from', () => {
    for (const { source } of vectors) expect(source).toMatch(/^https:\/\//);
  });
});
