import { type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/** What happens to one request. `lost` comes after its effect; the others come instead of it. */
export type Fault = 'lost' | Error | undefined;

export interface Sent {
  readonly command: string;
  readonly input: unknown;
}

/** From now on each attempt, the SDK's own repeats included, meets what `fault` says of it, and is noted. */
export function disturb(client: DynamoDBClient, fault: (sent: Sent) => Fault | Promise<Fault>): Sent[] {
  const attempts: Sent[] = [];
  const inputs = new WeakMap<object, unknown>();
  client.middlewareStack.add(
    (next, context) => async (call) => {
      inputs.set(context, call.input);
      return next(call);
    },
    { step: 'initialize', name: 'noteInput', override: true },
  );
  client.middlewareStack.add(
    (next, context) => async (call) => {
      const sent = {
        command: String(context['commandName']).replace(/Command$/, ''),
        input: inputs.get(context),
      };
      attempts.push(sent);
      const happens = await fault(sent);
      if (happens instanceof Error) throw happens;
      const answered = await next(call);
      if (happens === 'lost') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      return answered;
    },
    { step: 'deserialize', priority: 'low', name: 'disturb', override: true },
  );
  return attempts;
}

const $metadata = {};

export const cancelled = (...codes: readonly string[]): Error =>
  new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata,
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

export const serviceError = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name, $metadata, $fault: 'client' });
