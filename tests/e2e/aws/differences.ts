import { type HistoryEvent, RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import type { Account } from './account.ts';
import type { StackOutputs } from './cdk.ts';
import { ProbeMachines } from './probe-machines.ts';
import { subject } from './subject.ts';

/**
 * Where the emulator does otherwise than AWS says it does. Each is asked anew in every run: one that is gone is no
 * longer told, and what a run proves grows by it.
 */
interface Probe {
  /** The emulator's behaviour, beside the documented one. */
  readonly says: string;
  /** Whether the emulator differs. */
  readonly differs: (asking: Asking) => Promise<boolean>;
}

interface Asking {
  readonly machines: ProbeMachines;
  readonly account: Account;
  readonly outputs: StackOutputs;
  /** Of the release that was made here. */
  readonly history: readonly HistoryEvent[];
}

const functionName = (name: string) => `headgate-${subject.environment}-${name}`;
const succeed = { Type: 'Succeed' };
const wait = (seconds: number) => ({
  StartAt: 'Pause',
  States: { Pause: { Type: 'Wait', Seconds: seconds, End: true } },
});

const probes: readonly Probe[] = [
  {
    says: "a handler's error reaches the machine as Runtime.HandlerError, so no Retry or Catch by name ever matches (AWS: the error's own name)",
    differs: async ({ machines }) => {
      const { states } = await machines.run({
        StartAt: 'Call',
        States: {
          Call: {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            // Not what the function's contract allows: it throws ContractBroken.
            Arguments: { FunctionName: functionName('ClaimEndpoint'), Payload: {} },
            Catch: [
              { ErrorEquals: ['ContractBroken'], Next: 'ByItsName' },
              { ErrorEquals: ['States.ALL'], Next: 'ByAll' },
            ],
            End: true,
          },
          ByItsName: succeed,
          ByAll: succeed,
        },
      });
      return states.at(-1) !== 'ByItsName';
    },
  },
  {
    says: 'StartExecution with the name and input of a running execution is refused with ExecutionAlreadyExists (AWS: answers that execution)',
    differs: async ({ machines }) => {
      const machine = await machines.create(wait(60));
      const first = await machines.start(machine, 'same', { same: true });
      const again = await refusal(() => machines.start(machine, 'same', { same: true }));
      await machines.stop(first);
      return again === 'ExecutionAlreadyExists';
    },
  },
  {
    says: 'SendTaskSuccess to an execution that was stopped is answered 200 (AWS: TaskTimedOut)',
    differs: async ({ machines, account, outputs }) => {
      const machine = await machines.create({
        StartAt: 'Call',
        States: {
          Call: {
            Type: 'Task',
            Resource: 'arn:aws:states:::aws-sdk:dynamodb:putItem.waitForTaskToken',
            Arguments: {
              TableName: outputs.LedgerTable,
              // Beside the ledger's own rows: no part of it reads these keys.
              Item: {
                pk: { S: 'PROBE' },
                sk: { S: 'token' },
                token: { S: '{% $states.context.Task.Token %}' },
              },
            },
            End: true,
          },
        },
      });
      const execution = await machines.start(machine, 'stopped');
      const token = await writtenToken(account, outputs.LedgerTable);
      await machines.stop(execution);
      return (await refusal(() => machines.answer(token))) === undefined;
    },
  },
  {
    says: "a machine's TimeoutSeconds does not end an execution (AWS: TIMED_OUT)",
    differs: async ({ machines }) =>
      (await machines.run({ ...wait(3), TimeoutSeconds: 1 })).status !== 'TIMED_OUT',
  },
  {
    says: 'Output of a Succeed state is ignored (AWS: it is the output of the execution)',
    differs: async ({ machines }) => {
      const end = { Type: 'Succeed', Output: '{% 1 + 1 %}' };
      return (await machines.run({ StartAt: 'End', States: { End: end } })).output !== '2';
    },
  },
  {
    says: 'a Condition that is no boolean is taken as true (AWS: States.QueryEvaluationError)',
    differs: async ({ machines }) => {
      const choice = { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'End' }], Default: 'End' };
      return (
        (await machines.run({ StartAt: 'Choose', States: { Choose: choice, End: succeed } })).status !==
        'FAILED'
      );
    },
  },
  {
    says: '$eval is available in JSONata (AWS: States.QueryEvaluationError)',
    differs: async ({ machines }) => {
      const state = { Type: 'Pass', Output: "{% $eval('1 + 1') %}", End: true };
      return (
        (await machines.run({ StartAt: 'Evaluate', States: { Evaluate: state } })).status === 'SUCCEEDED'
      );
    },
  },
  {
    says: 'CreateStateMachine takes a definition whose Next leads nowhere (AWS: InvalidDefinition)',
    differs: async ({ machines }) => {
      const state = { Type: 'Pass', Next: 'Nowhere' };
      return (await refusal(() => machines.create({ StartAt: 'Go', States: { Go: state } }))) === undefined;
    },
  },
  {
    says: 'an input of more than 256 KiB is taken (AWS: InvalidExecutionInput)',
    differs: async ({ machines }) => {
      const machine = await machines.create({ StartAt: 'End', States: { End: succeed } });
      const input = { long: 'x'.repeat(300 * 1024) };
      return (await refusal(() => machines.start(machine, 'long', input))) === undefined;
    },
  },
  {
    says: 'RedriveExecution is not there (AWS: starts a failed execution again where it failed)',
    differs: async ({ machines }) => {
      const fail = { Type: 'Fail', Error: 'Broken' };
      const machine = await machines.create({ StartAt: 'End', States: { End: fail } });
      const executionArn = await machines.start(machine, 'failed');
      for (let tries = 0; tries < 200 && (await machines.status(executionArn)) === 'RUNNING'; tries++)
        await new Promise((wake) => setTimeout(wake, 50));
      const redrive = () => machines.account.machines.send(new RedriveExecutionCommand({ executionArn }));
      return (await refusal(redrive)) !== undefined;
    },
  },
  {
    says: "TaskScheduled has no parameters in an execution's history (AWS: what the task was called with)",
    differs: async ({ history }) =>
      history.some(({ taskScheduledEventDetails: details }) => details && !details.parameters),
  },
  {
    says: 'Step Functions and HTTP APIs write nothing to the log groups that they are told to write to',
    differs: async ({ account }) =>
      (await account.logs()).some(({ group, text }) => group.startsWith('/aws/vendedlogs/') && text === ''),
  },
  {
    says: "neither roles nor a bucket's policy refuse anything: an unsigned request without TLS reads the evidence (AWS: AccessDenied)",
    differs: async ({ account, outputs }) => {
      const [key = ''] = await account.objectKeys(outputs.EvidenceBucket);
      const answer = await fetch(`${account.url}/${outputs.EvidenceBucket}/${key}`);
      await answer.body?.cancel();
      return answer.ok;
    },
  },
];

/** Every difference that a run asks for. docs/aws.md lists them. */
export const askedFor: readonly string[] = probes.map(({ says }) => says);

/** @returns what differs, in words */
export async function differencesOf(from: Omit<Asking, 'machines'>): Promise<string[]> {
  const asking = { ...from, machines: new ProbeMachines(from.account) };
  const asked = probes.map(async ({ says, differs }) => ((await differs(asking)) ? [says] : []));
  return (await Promise.all(asked)).flat();
}

/** The task token that a probe put beside the ledger's rows. */
async function writtenToken(account: Account, table: string): Promise<string> {
  for (let tries = 0; tries < 50; tries++) {
    const row = (await account.rows(table)).find(({ pk }) => pk === 'PROBE');
    if (typeof row?.['token'] === 'string') return row['token'];
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error('The probe of task tokens wrote none.');
}

/** The name of the error that a call is refused with; undefined when it is not. */
async function refusal(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
