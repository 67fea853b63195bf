import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventBus } from '../../app/ports/ports.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { eventSource } from '../../contracts/events.ts';
import { unanswered } from './unanswered.ts';

export interface EventBridgeOptions {
  readonly client: EventBridgeClient;
  readonly busName: string;
}

/** Our events on an event bus. What the bus did not take is `LedgerUnavailable`, and is published again later. */
export function eventBridgeBus({ client, busName }: EventBridgeOptions): EventBus {
  return {
    publish: async (event) => {
      const entry = {
        EventBusName: busName,
        Source: eventSource,
        DetailType: event.type,
        Detail: JSON.stringify(event),
      };
      const given = await client.send(new PutEventsCommand({ Entries: [entry] })).catch((error: unknown) => {
        throw unanswered(`the bus ${busName}`, error);
      });
      const taken = given.Entries?.[0];
      // A call that succeeds as a whole may have refused its only event.
      if (taken?.EventId !== undefined && taken.ErrorCode === undefined) return;
      const why = `${taken?.ErrorCode ?? 'no event id'}: ${taken?.ErrorMessage ?? 'it says no more'}`;
      throw new ReleaseError(
        'LedgerUnavailable',
        `the bus ${busName} did not take ${event.metadata.eventId}: ${why}`,
      );
    },
  };
}
