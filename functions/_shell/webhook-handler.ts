import * as z from 'zod';
import type { Receipt } from '../../src/app/intake.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import { type Delivery, deliveryOf } from '../../src/app/ports/webhooks.ts';
import { handler, type LambdaHandler } from './handler.ts';

/** What we read of an HTTP API's event (payload format 2.0). */
const httpEvent = z.looseObject({
  headers: z.record(z.string(), z.string().optional()).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
  /** Milliseconds since 1970 by the clock that senders sign by. */
  requestContext: z.looseObject({ timeEpoch: z.number() }),
});

/** The HTTP edge of intake: bytes in, a receipt out. */
export function webhookHandler(
  name: string,
  ports: Ports,
  receive: (ports: Ports, delivery: Delivery) => Promise<Receipt>,
): LambdaHandler {
  return handler({ name, input: httpEvent }, async ({ headers, body, isBase64Encoded, requestContext }) => {
    const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
    const receipt = await receive(ports, deliveryOf(headers, bytes, requestContext.timeEpoch));
    return {
      statusCode: receipt.http,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(receipt.body),
    };
  });
}
