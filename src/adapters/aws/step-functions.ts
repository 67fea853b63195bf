import {
  DescribeExecutionCommand,
  type ExecutionStatus,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Machine, MachineName } from '../../app/ports/machine.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { nameOf, unanswered } from './unanswered.ts';

/** Answered before, timed out, or its execution ended: nothing waits for the answer. */
const gone: readonly string[] = ['TaskTimedOut', 'InvalidToken', 'TaskDoesNotExist'];

/** Step Functions takes 256 characters of an error's name and 32,768 of its cause. */
const longestError = 256;
const longestCause = 32_768;

export interface StepFunctionsOptions {
  readonly client: SFNClient;
  /** `arn:aws:states:REGION:ACCOUNT:stateMachine:NAME` of each machine. */
  readonly machineArns: Readonly<Record<MachineName, string>>;
}

/** One that waits to be redriven has no end yet. */
const phases = {
  RUNNING: 'running',
  PENDING_REDRIVE: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  ABORTED: 'aborted',
  TIMED_OUT: 'timedOut',
} as const satisfies Record<ExecutionStatus, string>;

/** Our machines on Step Functions. Errors of the service are `LedgerUnavailable`. */
export function stepFunctionsMachine({ client, machineArns }: StepFunctionsOptions): Machine {
  const answered = async (send: () => Promise<unknown>): Promise<'sent' | 'gone'> => {
    try {
      await send();
      return 'sent';
    } catch (error) {
      if (gone.includes(nameOf(error))) return 'gone';
      // No more than the name: what the service says may repeat the token.
      throw new ReleaseError('LedgerUnavailable', `the machine took no answer: ${nameOf(error)}`);
    }
  };
  return {
    start: async (machine, name, input) => {
      const machineArn = machineArns[machine];
      try {
        await client.send(
          new StartExecutionCommand({ stateMachineArn: machineArn, name, input: JSON.stringify(input) }),
        );
        return { executionArn: executionArnOf(machineArn, name), began: 'started' };
      } catch (error) {
        if (nameOf(error) !== 'ExecutionAlreadyExists') throw unanswered(`the machine ${machine}`, error);
        return { executionArn: executionArnOf(machineArn, name), began: 'alreadyExists' };
      }
    },
    succeed: (taskToken, output) =>
      answered(() =>
        client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) ?? 'null' })),
      ),
    fail: (taskToken, error, cause) =>
      answered(() =>
        client.send(
          new SendTaskFailureCommand({
            taskToken,
            error: error.slice(0, longestError),
            cause: cause.slice(0, longestCause),
          }),
        ),
      ),
    stop: async (executionArn, cause) => {
      try {
        // One that is over is answered like one that was stopped, with the date of its end.
        await client.send(
          new StopExecutionCommand({ executionArn, error: 'Stopped', cause: cause.slice(0, longestCause) }),
        );
      } catch (error) {
        if (nameOf(error) !== 'ExecutionDoesNotExist') throw unanswered('the machine', error);
      }
    },
    phase: async (executionArn) => {
      try {
        const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
        if (status !== undefined && Object.hasOwn(phases, status)) return phases[status];
        throw new RangeError(`${executionArn} is ${status}, which is no status that we know`);
      } catch (error) {
        if (nameOf(error) === 'ExecutionDoesNotExist') return 'unknown';
        throw unanswered('the machine', error);
      }
    },
  };
}

/** `...:stateMachine:NAME` -> `...:execution:NAME:EXECUTION`, as the service composes it. */
function executionArnOf(machineArn: string, name: string): string {
  return `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
