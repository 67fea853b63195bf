import { isNativeError } from 'node:util/types';
import type { TaskState } from './asl-schema.ts';
import { type JsonValue, throughJson } from './json.ts';
import type { Failure } from './retry.ts';

/** A Lambda handler. It is called again after a restart if it had not returned: at least once, as Lambda says. */
export type Handler = (
  event: unknown,
  context: {
    awsRequestId: string;
    functionName: string;
    /** Until the task's time-out, and never more than Lambda's own 15 minutes. */
    getRemainingTimeInMillis(): number;
  },
) => Promise<unknown>;

/** The longest that Lambda lets a function run, in milliseconds. */
export const LAMBDA_LIMIT = 900_000;

/** `invoke` or `invoke.waitForTaskToken`, as histories name it. */
export const resourceOf = (state: TaskState): string =>
  state.Resource.slice('arn:aws:states:::lambda:'.length);

/** What `lambda:invoke` answers with: the part of Lambda's response that does not depend on the wire. */
export const invokeAnswer = (returned: unknown, requestId: string): JsonValue => ({
  ExecutedVersion: '$LATEST',
  Payload: throughJson(returned),
  SdkHttpMetadata: { HttpStatusCode: 200 },
  SdkResponseMetadata: { RequestId: requestId },
  StatusCode: 200,
});

/**
 * What the Node.js runtime of Lambda makes of a thrown value: the error's name, and JSON of type, message and trace.
 * The trace is left empty: it would differ from machine to machine.
 */
export function invokeFailure(thrown: unknown): Failure {
  const [errorType, errorMessage] = isNativeError(thrown)
    ? [thrown.name, thrown.message]
    : [typeof thrown, String(thrown)];
  return { error: errorType, cause: JSON.stringify({ errorType, errorMessage, trace: [] }) };
}

export const functionNotFound = (functionName: string): Failure => ({
  error: 'Lambda.ResourceNotFoundException',
  cause: `Function not found: ${functionName} (Service: Lambda, Status Code: 404)`,
});
