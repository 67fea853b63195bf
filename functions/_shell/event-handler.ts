import * as z from 'zod';
import { type BusEvent, busEvent } from '../../src/contracts/events.ts';
import { handler, type LambdaHandler } from './handler.ts';

/** The bus's envelope; ours is its detail. */
const envelope = z.looseObject({ detail: busEvent });

/** A subscriber of our bus. Events come at least once, so `run` is idempotent. */
export function eventHandler(name: string, run: (event: BusEvent) => Promise<void>): LambdaHandler {
  return handler(
    { name, input: envelope, facts: ({ detail }) => ({ eventId: detail.metadata.eventId }) },
    async ({ detail }) => {
      await run(detail);
      return null;
    },
  );
}
