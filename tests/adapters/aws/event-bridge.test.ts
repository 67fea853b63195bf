import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventBridgeBus } from '../../../src/adapters/aws/event-bridge.ts';
import type { BusEvent } from '../../../src/contracts/events.ts';
import { type Act, jsonDouble } from './json-double.ts';

const event: BusEvent = {
  type: 'ModelVersionRegistered',
  metadata: { eventId: 'mlflow-1', at: '2026-01-05T09:00:00.000Z', source: 'mlflow' },
  data: { model: 'fraud', version: '2' },
};

async function opened(act: Act) {
  const double = await jsonDouble('eventBridge', act);
  onTestFinished(() => double.close());
  return {
    ...double,
    bus: eventBridgeBus({ client: new EventBridgeClient(double.setting), busName: 'headgate-staging' }),
  };
}

describe('the bus on EventBridge', () => {
  it('carries an event under its type, from our source', async () => {
    const { bus, received } = await opened(() => ({ FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] }));
    await bus.publish(event);
    const sent = JSON.parse(received[0]?.body.toString('utf8') ?? '');
    expect(sent).toEqual({
      Entries: [
        {
          EventBusName: 'headgate-staging',
          Source: 'headgate.intake',
          DetailType: 'ModelVersionRegistered',
          Detail: JSON.stringify(event),
        },
      ],
    });
  });

  it.each<[string, Act]>([
    [
      'refused the event in a call that succeeded',
      () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'later' }] }),
    ],
    [
      'gave it an id and an error',
      () => ({ Entries: [{ EventId: 'e-1', ErrorCode: 'ThrottlingException' }] }),
    ],
    ['gave it no id', () => ({ FailedEntryCount: 0, Entries: [] })],
    ['answered something else', () => ({})],
    ['refused the call', () => ['AccessDeniedException', 'not authorized']],
  ])('that %s has not published it', async (_, act) => {
    const { bus } = await opened(act);
    await expect(bus.publish(event)).rejects.toMatchObject({
      name: 'LedgerUnavailable',
      message: expect.stringContaining('headgate-staging'),
    });
  });
});
