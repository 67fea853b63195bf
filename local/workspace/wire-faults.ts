import * as z from 'zod';
import { type FaultKind, faultKind, type Strike } from './fault.ts';

const retryAfter = z.strictObject({ retryAfter: z.number().int().nonnegative().optional() });

function refusing(httpCode: number, code: string, message: string, headers: Record<string, string>): Strike {
  const body = JSON.stringify({ error_code: code, message });
  const type = { 'content-type': 'application/json' };
  return { on: 'request', answer: { kind: 'answer', httpCode, headers: { ...type, ...headers }, body } };
}

const waiting = (seconds: number | undefined): Record<string, string> =>
  seconds === undefined ? {} : { 'retry-after': String(seconds) };

/** Faults of the connection and of the gateway in front of the workspace. */
export const wireFaults = {
  throttled: faultKind('429 REQUEST_LIMIT_EXCEEDED, with Retry-After if given', retryAfter, (given) =>
    refusing(
      429,
      'REQUEST_LIMIT_EXCEEDED',
      'Too many requests. Please try again later.',
      waiting(given.retryAfter),
    ),
  ),
  unavailable: faultKind('503 TEMPORARILY_UNAVAILABLE, with Retry-After if given', retryAfter, (given) =>
    refusing(
      503,
      'TEMPORARILY_UNAVAILABLE',
      'The service is temporarily unavailable. Please try again later.',
      waiting(given.retryAfter),
    ),
  ),
  internalError: faultKind('500 "temporarily unavailable", a transient one', z.strictObject({}), () =>
    refusing(
      500,
      'INTERNAL_ERROR',
      'The service at /api is temporarily unavailable. Please try again later. [TraceId: -]',
      {},
    ),
  ),
  htmlError: faultKind(
    'a proxy page in HTML instead of JSON',
    z.strictObject({ code: z.union([z.literal(502), z.literal(503), z.literal(504)]).default(502) }),
    ({ code }) => ({
      on: 'request',
      answer: {
        kind: 'answer',
        httpCode: code,
        headers: { 'content-type': 'text/html' },
        body: `<html><head><title>${code}</title></head><body><h1>${code}</h1><pre>upstream error</pre></body></html>`,
      },
    }),
  ),
  emptyBody: faultKind(
    'an answer without a body',
    z.strictObject({ code: z.number().int().min(200).max(599).default(503) }),
    ({ code }) => ({ on: 'request', answer: { kind: 'answer', httpCode: code, headers: {}, body: '' } }),
  ),
  conflict: faultKind(
    '409 RESOURCE_CONFLICT although nothing is in progress',
    z.strictObject({ message: z.string().default('Endpoint is currently updating.') }),
    ({ message }) => refusing(409, 'RESOURCE_CONFLICT', message, {}),
  ),
  connectionReset: faultKind('the connection is cut', z.strictObject({}), () => ({
    on: 'request',
    answer: { kind: 'reset' },
  })),
} as const satisfies Record<string, FaultKind>;
