import * as z from 'zod';
import type { JsonValue } from './json.ts';

/** The part of the Amazon States Language that this engine runs: https://states-language.net/spec.html */

const MAX_SECONDS = 99_999_999;

/** `{% ... %}`, the whole string. Syntax and use of names are checked apart, see `expression-rules.ts`. */
const expression = z.templateLiteral(['{%', z.string(), '%}']);
const json: z.ZodType<JsonValue> = z.json();
const seconds = z.int().min(1).max(MAX_SECONDS);
const comment = { Comment: z.string().optional() };
const language = { QueryLanguage: z.literal('JSONata').optional() };

const assign = z.record(z.string(), json);
const output = { Output: json.optional(), Assign: assign.optional() };
const onward = { Next: z.string().optional(), End: z.literal(true).optional() };
const errorNames = z.array(z.string().min(1)).min(1);

const retrier = z.strictObject({
  ...comment,
  ErrorEquals: errorNames,
  IntervalSeconds: seconds.default(1),
  MaxAttempts: z.int().min(0).max(MAX_SECONDS).default(3),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.int().min(1).max(31_622_399).optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
});

const catcher = z.strictObject({ ...comment, ErrorEquals: errorNames, Next: z.string(), ...output });

const task = z.strictObject({
  Type: z.literal('Task'),
  ...comment,
  ...language,
  Resource: z.enum(['arn:aws:states:::lambda:invoke', 'arn:aws:states:::lambda:invoke.waitForTaskToken']),
  Arguments: z.strictObject({ FunctionName: z.string().min(1), Payload: json.optional() }),
  TimeoutSeconds: z.union([seconds, expression]).optional(),
  HeartbeatSeconds: z.union([seconds, expression]).optional(),
  Retry: z.array(retrier).optional(),
  Catch: z.array(catcher).optional(),
  ...output,
  ...onward,
});

const choice = z.strictObject({
  Type: z.literal('Choice'),
  ...comment,
  ...language,
  Choices: z
    .array(
      z.strictObject({
        ...comment,
        Condition: z.union([z.boolean(), expression]),
        Next: z.string(),
        ...output,
      }),
    )
    .min(1),
  Default: z.string().optional(),
  ...output,
});

const pass = z.strictObject({ Type: z.literal('Pass'), ...comment, ...language, ...output, ...onward });

const wait = z.strictObject({
  Type: z.literal('Wait'),
  ...comment,
  ...language,
  Seconds: z.union([z.int().min(0).max(MAX_SECONDS), expression]).optional(),
  Timestamp: z.string().optional(),
  ...output,
  ...onward,
});

const succeed = z.strictObject({
  Type: z.literal('Succeed'),
  ...comment,
  ...language,
  Output: json.optional(),
});

const fail = z.strictObject({
  Type: z.literal('Fail'),
  ...comment,
  ...language,
  Error: z.string().optional(),
  Cause: z.string().optional(),
});

export const StateSchema = z.discriminatedUnion('Type', [task, choice, pass, wait, succeed, fail]);

export const MachineSchema = z.strictObject({
  ...comment,
  ...language,
  Version: z.literal('1.0').optional(),
  StartAt: z.string(),
  TimeoutSeconds: seconds.optional(),
  States: z.record(z.string().min(1).max(80), StateSchema),
});

export type Machine = z.output<typeof MachineSchema>;
export type State = z.output<typeof StateSchema>;
export type StateType = State['Type'];
export type TaskState = Extract<State, { Type: 'Task' }>;
export type ChoiceState = Extract<State, { Type: 'Choice' }>;
export type WaitState = Extract<State, { Type: 'Wait' }>;
export type FailState = Extract<State, { Type: 'Fail' }>;
export type Retrier = z.output<typeof retrier>;
export type Catcher = z.output<typeof catcher>;

export const CALLBACK_RESOURCE = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
