import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import type { Delivery } from '../src/app/ports/webhooks.ts';
import type { Handler } from './machine/engine.ts';

/** The shipped functions, called as Lambda calls them. */

/** A webhook as API Gateway hands it to the function, and the function's answer as the listener sends it. */
export async function receive(handler: Handler, delivery: Delivery): Promise<{ http: number; body: object }> {
  const event = {
    version: '2.0',
    headers: delivery.headers,
    body: Buffer.from(delivery.body).toString('base64'),
    isBase64Encoded: true,
    requestContext: { timeEpoch: delivery.receivedAt },
  };
  const answer = (await handler(event, invocation('Receive'))) as { statusCode: number; body: string };
  return { http: answer.statusCode, body: JSON.parse(answer.body) as object };
}

export type LambdaFunction = (event: unknown, context: Context) => Promise<unknown>;

/** A shipped handler as the engine calls it, with the context that Lambda would give. */
export function asHandler(handler: LambdaFunction): Handler {
  return (event, context) =>
    handler(event, {
      ...context,
      callbackWaitsForEmptyEventLoop: false,
      functionVersion: '$LATEST',
      invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${context.functionName}`,
      memoryLimitInMB: '512',
      logGroupName: '',
      logStreamName: '',
      done: () => {},
      fail: () => {},
      succeed: () => {},
    });
}

/** What Lambda tells a function of its call. */
export function invocation(functionName: string) {
  return { awsRequestId: randomUUID(), functionName, getRemainingTimeInMillis: () => 60_000 };
}
