import { readFileSync } from 'node:fs';
import type { Context } from 'aws-lambda';
import type { MachineName } from '../../src/app/ports/machine.ts';
import type { Delivery } from '../../src/app/ports/webhooks.ts';
import { instant } from '../../src/domain/units.ts';

/** What the controller's platform brings: definitions, deliveries, contexts. */

export type Machines = Readonly<Record<MachineName, unknown>>;

/** The files as they are shipped, each `${JudgeHealth}` filled in with the plain name as the local controller does it. */
export function shippedMachines(): Machines {
  const read = (name: string): unknown => {
    const file = new URL(`../../statemachines/${name}.asl.json`, import.meta.url);
    return JSON.parse(readFileSync(file, 'utf8').replace(/\$\{(\w+)\}/g, '$1'));
  };
  return { release: read('release'), alertResponse: read('alert-response') };
}

/** Signatures are no part of what is explored: the body is the message, and was signed rightly. */
export function verified<Message>({ body }: Delivery) {
  const text = Buffer.from(body).toString('utf8');
  const { deliveryId, contentDigest, message } = JSON.parse(text) as {
    deliveryId: string;
    contentDigest: string;
    message: Message;
  };
  return { deliveryId, contentDigest, message };
}

/** A delivery as API Gateway hands it over. */
export function delivered(at: number, content: string, message: unknown): unknown {
  const body = JSON.stringify({ deliveryId: content, contentDigest: content.padEnd(64, '0'), message });
  return { headers: {}, body, isBase64Encoded: false, requestContext: { timeEpoch: at } };
}

export const registryNews = (model: string, version: string, at: number) => ({
  kind: 'versionRegistered',
  model,
  version,
  at: instant(at),
});

export function phaseOf(status: string | undefined) {
  switch (status) {
    case 'RUNNING':
      return 'running';
    case 'SUCCEEDED':
      return 'succeeded';
    case 'FAILED':
      return 'failed';
    case 'ABORTED':
      return 'aborted';
    case 'TIMED_OUT':
      return 'timedOut';
    default:
      return 'unknown';
  }
}

export function contextOf(functionName: string): Context {
  const nothing = () => {};
  return {
    awsRequestId: 'request',
    functionName,
    getRemainingTimeInMillis: () => 60_000,
    callbackWaitsForEmptyEventLoop: false,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: '512',
    logGroupName: '',
    logStreamName: '',
    done: nothing,
    fail: nothing,
    succeed: nothing,
  };
}
