import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonService } from '../../../src/adapters/aws/json-service.ts';
import { type Act, jsonDouble, refusal } from './json-double.ts';
import { credentials } from './signature-v4.ts';

async function opened(act: Act = () => ({ fine: true })) {
  const double = await jsonDouble('stepFunctions', act);
  onTestFinished(() => double.close());
  return double;
}

describe('a service that speaks JSON', () => {
  it.each([
    [
      'stepFunctions',
      'https://states.eu-west-1.amazonaws.com/',
      'AWSStepFunctions.X',
      'application/x-amz-json-1.0',
    ],
    ['eventBridge', 'https://events.eu-west-1.amazonaws.com/', 'AWSEvents.X', 'application/x-amz-json-1.1'],
    [
      'secretsManager',
      'https://secretsmanager.eu-west-1.amazonaws.com/',
      'secretsmanager.X',
      'application/x-amz-json-1.1',
    ],
  ] as const)('is asked where and as %s documents', async (which, url, target, type) => {
    const asked: (string | null)[] = [];
    const fetch: typeof globalThis.fetch = async (to, init) => {
      const headers = new Headers(init?.headers);
      asked.push(String(to), headers.get('x-amz-target'), headers.get('content-type'));
      return Response.json({});
    };
    const { clock } = (await opened()).access;
    await jsonService({ region: 'eu-west-1', credentials, clock, fetch }, which).call('X', {});
    expect(asked).toEqual([url, target, type]);
  });

  it('answers what the operation answered to the input it was given', async () => {
    const { client } = await opened((operation, input) => ({ operation, input }));
    expect(await client.call('Describe', { a: 'ü' })).toEqual({ operation: 'Describe', input: { a: 'ü' } });
  });

  it('refuses by the name of the service, without its namespace', async () => {
    const { client, received } = await opened(() => ['ExecutionAlreadyExists', 'it is there']);
    await expect(client.call('StartExecution', {})).rejects.toMatchObject({
      name: 'ExecutionAlreadyExists',
      message: 'it is there',
    });
    expect(received).toHaveLength(1);
  });

  it.each([
    ['dropped' as const],
    ['truncated' as const],
    [{ code: 500 }],
    [{ code: 429 }],
    [refusal('ThrottlingException')],
    [refusal('com.amazon.coral.service#TooManyRequestsException')],
    [refusal('ExecutionLimitExceeded')],
  ])('is asked again after %j', async (fault) => {
    const { client, faults, pauses } = await opened();
    faults.push(fault, fault, fault);
    expect(await client.call('X', {})).toEqual({ fine: true });
    expect(pauses).toEqual([200, 400, 800]);
  });

  it('is given up after four attempts, and says why', async () => {
    const { client, faults } = await opened();
    faults.push(...Array(4).fill(refusal('ThrottlingException', 'Rate exceeded')));
    await expect(client.call('X', {})).rejects.toMatchObject({
      name: 'ThrottlingException',
      message: 'Rate exceeded',
    });
    faults.push(...Array(4).fill('dropped'));
    await expect(client.call('X', {})).rejects.toMatchObject({ name: 'LedgerUnavailable' });
  });

  it.each([
    [{ code: 502, body: '<html>' }, 'Http502'],
    [{ code: 400, body: '' }, 'Http400'],
    [{ code: 200, body: 'half of {' }, 'Unreadable'],
  ])('that answers %j has said nothing that could be read', async (fault, name) => {
    const { client, faults } = await opened();
    faults.push(fault, fault, fault, fault);
    await expect(client.call('X', {})).rejects.toMatchObject({ name });
  });
});
