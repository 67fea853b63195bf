import * as z from 'zod';
import type { EventBus } from '../../app/ports/ports.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { eventSource } from '../../contracts/events.ts';
import type { JsonService } from './json-service.ts';
import { unanswered } from './unanswered.ts';

export interface EventBridgeOptions {
  readonly client: JsonService;
  readonly busName: string;
}

const answer = z.looseObject({
  Entries: z.array(
    z.looseObject({
      EventId: z.string().optional(),
      ErrorCode: z.string().optional(),
      ErrorMessage: z.string().optional(),
    }),
  ),
});

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
      const given = await client.call('PutEvents', { Entries: [entry] }).catch((error: unknown) => {
        throw unanswered(`the bus ${busName}`, error);
      });
      const parsed = answer.safeParse(given);
      const taken = parsed.success ? parsed.data.Entries[0] : undefined;
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
