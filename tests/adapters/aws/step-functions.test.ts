import { SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stepFunctionsMachine } from '../../../src/adapters/aws/step-functions.ts';
import { type Act, jsonDouble } from './json-double.ts';

const machineArn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:headgate-staging-release';
const alertArn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:headgate-staging-alert-response';
const executionArn = 'arn:aws:states:eu-central-1:000000000000:execution:headgate-staging-release:rel-1';

async function opened(act: Act) {
  const double = await jsonDouble('stepFunctions', act);
  onTestFinished(() => double.close());
  const inputs = () => double.received.map(({ body }): unknown => JSON.parse(body.toString('utf8')));
  return {
    ...double,
    inputs,
    machine: stepFunctionsMachine({
      client: new SFNClient(double.setting),
      machineArns: { release: machineArn, alertResponse: alertArn },
    }),
  };
}

describe('the release machine on Step Functions', () => {
  it('starts an execution by its name with its input', async () => {
    const { machine, inputs } = await opened(() => ({ executionArn, startDate: 1_700_000_000.123 }));
    expect(await machine.start('release', 'rel-1', { releaseId: 'rel-1' })).toEqual({
      executionArn,
      began: 'started',
    });
    expect(inputs()).toEqual([
      { stateMachineArn: machineArn, name: 'rel-1', input: '{"releaseId":"rel-1"}' },
    ]);
  });

  it('starts the other machine by its own ARN', async () => {
    const { machine, inputs } = await opened(() => ({ executionArn, startDate: 1_700_000_000 }));
    expect(await machine.start('alertResponse', 'alert-1', {})).toEqual({
      executionArn: `${alertArn.replace('stateMachine', 'execution')}:alert-1`,
      began: 'started',
    });
    expect(inputs()).toMatchObject([{ stateMachineArn: alertArn, name: 'alert-1' }]);
  });

  it('stops an execution and says why, in as many words as the service takes', async () => {
    const { machine, inputs } = await opened(() => ({ stopDate: 1_700_000_000.5 }));
    await machine.stop(executionArn, 'w'.repeat(40_000));
    expect(inputs()).toEqual([{ executionArn, error: 'Stopped', cause: 'w'.repeat(32_768) }]);
  });

  it('has nothing to stop where there is no such execution', async () => {
    const { machine, received } = await opened(() => ['ExecutionDoesNotExist', 'no']);
    await machine.stop(executionArn, 'why');
    expect(received).toHaveLength(1);
  });

  it('does not take trouble of the service for an execution that was stopped', async () => {
    const { machine } = await opened(() => ['ThrottlingException', 'Rate exceeded']);
    await expect(machine.stop(executionArn, 'why')).rejects.toMatchObject({ name: 'LedgerUnavailable' });
  });

  it('says which execution has the name already', async () => {
    const { machine } = await opened(() => ['ExecutionAlreadyExists', 'Execution Already Exists']);
    expect(await machine.start('release', 'rel-1', {})).toEqual({ executionArn, began: 'alreadyExists' });
  });

  it('sends what a wait ended with to its token', async () => {
    const { machine, inputs } = await opened(() => ({}));
    expect(await machine.succeed('token-1', { says: 'done' })).toBe('sent');
    expect(await machine.fail('token-1', 'StageFailed', 'why')).toBe('sent');
    expect(inputs()).toEqual([
      { taskToken: 'token-1', output: '{"says":"done"}' },
      { taskToken: 'token-1', error: 'StageFailed', cause: 'why' },
    ]);
  });

  it('shortens a cause to what the service takes', async () => {
    const { machine, inputs } = await opened(() => ({}));
    await machine.fail('t', 'E'.repeat(300), 'c'.repeat(40_000));
    expect(inputs()).toEqual([{ taskToken: 't', error: 'E'.repeat(256), cause: 'c'.repeat(32_768) }]);
  });

  it.each(['TaskTimedOut', 'InvalidToken', 'TaskDoesNotExist'])(
    'knows by %s that nothing waits for the answer any more',
    async (name) => {
      const { machine } = await opened(() => [name, 'gone']);
      expect(await machine.succeed('t', {})).toBe('gone');
      expect(await machine.fail('t', 'E', 'c')).toBe('gone');
    },
  );

  it('does not take trouble of the service for a token that is gone, and does not tell the token', async () => {
    const { machine } = await opened(() => ['ValidationException', "Value 'token-hunter2' is no taskToken"]);
    const error: unknown = await machine.succeed('token-hunter2', {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'LedgerUnavailable',
      message: 'the machine took no answer: ValidationException',
    });
    expect(error).not.toHaveProperty('cause');
  });

  it.each([
    ['RUNNING', 'running'],
    ['PENDING_REDRIVE', 'running'],
    ['SUCCEEDED', 'succeeded'],
    ['FAILED', 'failed'],
    ['ABORTED', 'aborted'],
    ['TIMED_OUT', 'timedOut'],
  ])('describes %s as %s', async (status, phase) => {
    const { machine, inputs } = await opened(() => ({ executionArn, status }));
    expect(await machine.phase(executionArn)).toBe(phase);
    expect(inputs()).toEqual([{ executionArn }]);
  });

  it('knows nothing of an execution that is not there', async () => {
    const { machine } = await opened(() => ['ExecutionDoesNotExist', 'no']);
    expect(await machine.phase(executionArn)).toBe('unknown');
  });

  it.each<[string, Act]>([
    [
      'may not be asked',
      () => ['AccessDeniedException', 'not authorized to perform: states:DescribeExecution'],
    ],
    ['answers with a status that nobody knows', () => ({ status: 'DREAMING' })],
  ])('that %s is unavailable, and its execution is not taken for ended', async (_, act) => {
    const { machine } = await opened(act);
    await expect(machine.phase(executionArn)).rejects.toMatchObject({ name: 'LedgerUnavailable' });
  });

  it('has started nothing while the service has no room', async () => {
    const { machine } = await opened(() => ['ThrottlingException', 'Rate exceeded']);
    await expect(machine.start('release', 'rel-1', {})).rejects.toMatchObject({ name: 'LedgerUnavailable' });
  });
});
