import * as z from 'zod';
import type { Machine } from '../../app/ports/machine.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { JsonService } from './json-service.ts';
import { nameOf, unanswered } from './unanswered.ts';

/** Answered before, timed out, or its execution ended: nothing waits for the answer. */
const gone: readonly string[] = ['TaskTimedOut', 'InvalidToken', 'TaskDoesNotExist'];

/** Step Functions takes 256 characters of an error's name and 32,768 of its cause. */
const longestError = 256;
const longestCause = 32_768;

export interface StepFunctionsOptions {
  readonly client: JsonService;
  /** `arn:aws:states:REGION:ACCOUNT:stateMachine:NAME` */
  readonly machineArn: string;
}

/** One that waits to be redriven has no end yet. */
const phases = {
  RUNNING: 'running',
  PENDING_REDRIVE: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  ABORTED: 'aborted',
  TIMED_OUT: 'timedOut',
} as const;

const statuses = Object.keys(phases) as (keyof typeof phases)[];
const described = z.looseObject({ status: z.enum(statuses) });

/** The release machine on Step Functions. Errors of the service are `LedgerUnavailable`. */
export function stepFunctionsMachine({ client, machineArn }: StepFunctionsOptions): Machine {
  const answered = async (send: () => Promise<unknown>): Promise<'sent' | 'gone'> => {
    try {
      await send();
      return 'sent';
    } catch (error) {
      if (gone.includes(nameOf(error))) return 'gone';
      // No more than the name: what the service says may repeat the token.
      throw new ReleaseError('LedgerUnavailable', `the release machine took no answer: ${nameOf(error)}`);
    }
  };
  return {
    start: async (name, input) => {
      try {
        await client.call('StartExecution', {
          stateMachineArn: machineArn,
          name,
          input: JSON.stringify(input),
        });
        return { executionArn: executionArnOf(machineArn, name), began: 'started' };
      } catch (error) {
        if (nameOf(error) !== 'ExecutionAlreadyExists') throw unanswered('the release machine', error);
        return { executionArn: executionArnOf(machineArn, name), began: 'alreadyExists' };
      }
    },
    succeed: (taskToken, output) =>
      answered(() => client.call('SendTaskSuccess', { taskToken, output: JSON.stringify(output) ?? 'null' })),
    fail: (taskToken, error, cause) =>
      answered(() =>
        client.call('SendTaskFailure', {
          taskToken,
          error: error.slice(0, longestError),
          cause: cause.slice(0, longestCause),
        }),
      ),
    phase: async (executionArn) => {
      try {
        const { status } = described.parse(await client.call('DescribeExecution', { executionArn }));
        return phases[status];
      } catch (error) {
        if (nameOf(error) === 'ExecutionDoesNotExist') return 'unknown';
        throw unanswered('the release machine', error);
      }
    },
  };
}

/** `...:stateMachine:NAME` -> `...:execution:NAME:EXECUTION`, as the service composes it. */
function executionArnOf(machineArn: string, name: string): string {
  return `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
