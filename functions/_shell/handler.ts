import middy, { type MiddyfiedHandler } from '@middy/core';
import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { isReleaseError, ReleaseError } from '../../src/contracts/errors.ts';
import { logger } from './log.ts';

/** What a handler's middleware adds to a log line; ids only. */
type Facts = Readonly<Record<string, string | undefined>>;

export interface HandlerContract<In, Out> {
  readonly name: string;
  readonly input: z.ZodType<In>;
  /** Absent where nobody reads the answer. */
  readonly output?: z.ZodType<Out>;
  readonly facts?: (input: In) => Facts;
}

export type LambdaHandler = (event: unknown, context: Context) => Promise<unknown>;

/**
 * The one stack that every handler runs in: parse the event, run, parse the answer, log the outcome with ids. An
 * error keeps its own name, because the state machine retries and catches by it.
 */
export function handler<In, Out>(
  contract: HandlerContract<In, Out>,
  run: (input: In) => Promise<Out>,
): LambdaHandler {
  const stack: MiddyfiedHandler<unknown, unknown, Error, Context> = middy<unknown, unknown, Error, Context>(
    async (event: unknown) => run(parse(contract.input, event, `${contract.name} was given`)),
    // Lambda itself ends what takes too long, under a name that every task retries.
    { timeoutEarlyInMillis: 0 },
  );
  stack.use({
    after: (request) => {
      if (contract.output)
        request.response = parse(contract.output, request.response, `${contract.name} answered`);
      logger.info(`${contract.name} done`, idsOf(contract, request.event));
    },
    onError: (request) => {
      const error = request.error;
      const expected = isReleaseError(error);
      const line = `${contract.name}: ${error?.name}: ${error?.message}`;
      // A poll that found nothing yet is no trouble; a bug is told with its stack.
      if (expected) logger.info(line, idsOf(contract, request.event));
      else logger.error(line, { ...idsOf(contract, request.event), stack: error?.stack ?? '' });
    },
  });
  return (event, context) => stack(event, context) as Promise<unknown>;
}

function idsOf<In, Out>(contract: HandlerContract<In, Out>, event: unknown): Record<string, string> {
  const parsed = contract.input.safeParse(event);
  const facts = parsed.success ? (contract.facts?.(parsed.data) ?? {}) : {};
  return Object.fromEntries(
    Object.entries(facts).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

function parse<T>(schema: z.ZodType<T>, value: unknown, whose: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(all)'}: ${issue.message}`);
  throw new ReleaseError(
    'ContractBroken',
    `${whose} something its contract does not allow: ${issues.join('; ')}`,
  );
}
