import { VirtualClock } from '../../../local/clock.ts';
import {
  Engine,
  type EngineOptions,
  type ExecutionChange,
  type ExecutionDescription,
  type Handler,
  type HistoryEvent,
} from '../../../local/machine/engine.ts';
import { instant } from '../../../src/domain/units.ts';

export const START = instant(Date.UTC(2026, 10, 21, 9, 0, 0));

export type States = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A machine in JSONata that starts at the first of `states`. */
export const machineOf = (states: States, more: Readonly<Record<string, unknown>> = {}) => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0],
  States: states,
  ...more,
});

/** A Task that calls `name`; `more` overrides and adds fields. */
export const task = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: name, Payload: '{% $states.input %}' },
  ...('Next' in more ? {} : { End: true }),
  ...more,
});

/** A Task that hands its token to `name` and waits for it. */
export const callback = (name: string, more: Readonly<Record<string, unknown>> = {}) =>
  task(name, {
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: name, Payload: { token: '{% $states.context.Task.Token %}' } },
    ...more,
  });

export class NamedError extends Error {
  constructor(name: string, message = name) {
    super(message);
    this.name = name;
  }
}

export const throwing = (...names: readonly string[]): Handler => {
  const left = [...names];
  return async () => {
    const name = left.shift();
    if (name !== undefined) throw new NamedError(name);
    return 'done';
  };
};

export interface Bench {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  readonly changes: ExecutionChange[];
  /** Tokens in the order in which `collect` got them. */
  readonly tokens: string[];
}

/** An engine on virtual time, with counted identifiers; `collect` is a function that keeps its tokens. */
export function bench(
  machines: Readonly<Record<string, unknown>>,
  functions: Readonly<Record<string, Handler>> = {},
  more: Partial<EngineOptions> = {},
): Bench {
  const clock = new VirtualClock(START);
  const changes: ExecutionChange[] = [];
  const tokens: string[] = [];
  let count = 0;
  const engine = Engine.open({
    clock,
    store: ':memory:',
    machines,
    functions: {
      collect: async (event) => {
        tokens.push(tokenIn(event));
      },
      ...functions,
    },
    random: () => 0.5,
    uuid: () => `id-${++count}`,
    onStatusChange: (change) => changes.push(change),
    ...more,
  });
  return { clock, engine, changes, tokens };
}

export function tokenIn(event: unknown): string {
  if (typeof event === 'object' && event !== null && 'token' in event && typeof event.token === 'string') {
    return event.token;
  }
  throw new TypeError('The event has no token.');
}

export interface Ended extends ExecutionDescription {
  readonly history: readonly HistoryEvent[];
}

/** Runs one execution to its close. */
export async function runToEnd(
  definition: unknown,
  input: unknown = {},
  functions: Readonly<Record<string, Handler>> = {},
  more: Partial<EngineOptions> = {},
): Promise<Ended> {
  const { engine } = bench({ m: definition }, functions, more);
  const { executionArn } = await engine.startExecution({ machine: 'm', name: 'one', input });
  const description = await engine.settled(executionArn);
  const history = await engine.getExecutionHistory(executionArn);
  await engine.close();
  return { ...description, history };
}

export const typesOf = (history: readonly HistoryEvent[]): string[] => history.map(({ type }) => type);

/** Lets everything that is already due run, without moving time past a timer more than once. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const doc = (page: string): string => `https://docs.aws.amazon.com/step-functions/latest/dg/${page}`;
export const api = (action: string): string =>
  `https://docs.aws.amazon.com/step-functions/latest/apireference/API_${action}.html`;
export const spec = (anchor: string): string => `https://states-language.net/spec.html#${anchor}`;
/** Histories that the real service gave, recorded by a public project. */
export const recorded = (file: string): string =>
  `https://github.com/localstack/localstack/blob/main/tests/aws/services/stepfunctions/v2/${file}`;
