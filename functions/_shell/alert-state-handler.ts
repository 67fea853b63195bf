import type * as z from 'zod';
import {
  type AlertInput,
  type AlertOutput,
  type AlertStateName,
  alertStates,
} from '../../src/contracts/alert-states.ts';
import { handler, type LambdaHandler } from './handler.ts';

/** A handler of a state of the alert response: a wrong state or a wrong answer does not compile. */
export function alertStateHandler<S extends AlertStateName>(
  name: S,
  run: (input: AlertInput<S>) => Promise<AlertOutput<S>>,
): LambdaHandler {
  // The table's entry for S is what AlertInput<S> is inferred from; TypeScript cannot see that through the index.
  const input = alertStates[name].input as unknown as z.ZodType<AlertInput<S>>;
  const output: z.ZodType<unknown> = alertStates[name].output;
  const contract = {
    name,
    input,
    output,
    facts: ({ request }: AlertInput<S>) => ({ eventId: request.eventId }),
  };
  return handler<AlertInput<S>, unknown>(contract, run);
}
