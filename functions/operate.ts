import * as z from 'zod';
import { operations } from '../src/app/operations.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import { apiRoutes } from './_shell/api-routes.ts';
import { handler } from './_shell/handler.ts';
import { logger } from './_shell/log.ts';

/** A request to the API of src/contracts/api.ts, without HTTP: whoever may invoke the function may ask. */
const request = z.strictObject({
  method: z.enum(['GET', 'POST']),
  path: z
    .string()
    .max(4_096)
    .regex(/^\/v1\/[\x21-\x7e]*$/, 'a path of the API with its query, such as /v1/releases'),
  body: z.record(z.string(), z.unknown()).optional(),
});

/** `status` and `body` are what `serve` would answer; a refusal is an answer too. */
const answer = z.strictObject({ status: z.int(), body: z.unknown() });

export const create = (ports: Ports) => {
  const routes = apiRoutes(operations(ports), {
    onFault: (error) => logger.error('Operate failed', error instanceof Error ? error : String(error)),
  });
  return handler({ name: 'Operate', input: request, output: answer }, async ({ method, path, body }) => {
    const response = await routes.request(path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  });
};
