import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod';
import type { Operations } from '../../src/app/operations.ts';
import {
  adoptRequest,
  breakglassRequest,
  commandRequest,
  drillRequest,
  freezeRequest,
  releasePhases,
  startRequest,
} from '../../src/contracts/api.ts';
import { ApiRefusal, refusalOf } from './api-refusals.ts';
import { textWithin } from './request-body.ts';

const largestBody = 64 * 1024;

export interface ApiOptions {
  /** Called before each request; what it throws is the answer. */
  readonly admit?: (headers: (name: string) => string | undefined) => void;
  /** Told of every error that is not the caller's. */
  readonly onFault?: (error: unknown) => void;
}

/** The API of src/contracts/api.ts over `operations`, wherever it is asked: on loopback, or as a function on AWS. */
export function apiRoutes(operations: Operations, options: ApiOptions = {}): Hono {
  const app = new Hono();
  app.onError((thrown, exchange) => {
    const refusal = refusalOf(thrown);
    if (refusal.http >= 500) options.onFault?.(thrown);
    const { name, message, facts } = refusal;
    return exchange.json({ error: { name, message, facts } }, refusal.http);
  });
  app.notFound(() => {
    throw new ApiRefusal(404, 'UnknownRoute', 'the API has no such route; see docs/cli.md');
  });
  app.use(async (exchange, next) => {
    exchange.header('cache-control', 'no-store');
    options.admit?.((header) => exchange.req.header(header));
    await next();
  });

  app.get('/v1/endpoints', async (exchange) => exchange.json(await operations.endpoints()));
  app.post('/v1/endpoints/:endpoint/adopt', async (exchange) => {
    const { actor } = await bodyOf(exchange, adoptRequest);
    return exchange.json(await operations.adopt(exchange.req.param('endpoint'), actor));
  });
  app.post('/v1/endpoints/:endpoint/breakglass', async (exchange) => {
    const request = await bodyOf(exchange, breakglassRequest);
    return exchange.json(await operations.breakglass(exchange.req.param('endpoint'), request));
  });
  app.post('/v1/freeze', async (exchange) =>
    exchange.json(await operations.freeze(await bodyOf(exchange, freezeRequest))),
  );
  app.post('/v1/endpoints/:endpoint/drill', async (exchange) => {
    const request = await bodyOf(exchange, drillRequest);
    const answer = await operations.drill(exchange.req.param('endpoint'), request);
    return exchange.json(answer, answer.began === 'duplicate' ? 200 : 201);
  });
  app.get('/v1/releases', async (exchange) => {
    const { endpoint, phase } = queryOf(exchange, releasesQuery);
    const filter = {
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(phase === undefined ? {} : { phase }),
    };
    return exchange.json(await operations.releases(filter));
  });
  app.post('/v1/releases', async (exchange) => {
    const answer = await operations.start(await bodyOf(exchange, startRequest));
    return exchange.json(answer, answer.began === 'duplicate' ? 200 : 201);
  });
  app.get('/v1/releases/:release', async (exchange) =>
    exchange.json(await operations.release(exchange.req.param('release'))),
  );
  app.post('/v1/releases/:release/commands', async (exchange) => {
    const request = await bodyOf(exchange, commandRequest);
    return exchange.json(await operations.command(exchange.req.param('release'), request), 202);
  });
  app.get('/v1/why', async (exchange) => {
    const { version, endpoint } = queryOf(exchange, whyQuery);
    return exchange.json(await operations.why(version, endpoint));
  });
  app.get('/v1/timeline', async (exchange) => {
    const { after, releaseId } = queryOf(exchange, timelineQuery);
    return exchange.json(await operations.timeline(after, releaseId));
  });
  app.get('/v1/audit', async (exchange) => {
    const { after } = queryOf(exchange, auditQuery);
    return exchange.json(await operations.audit(after));
  });
  app.get('/v1/needs', async (exchange) => exchange.json(await operations.needs()));
  return app;
}

const name = z.string().min(1).max(512);
const whyQuery = z.strictObject({ version: z.string().min(1).max(32), endpoint: name.optional() });
const order = z
  .string()
  .regex(/^\d{1,15}$/, 'a whole number')
  .default('0')
  .transform(Number);
const timelineQuery = z.strictObject({ after: order, releaseId: name.optional() });
const auditQuery = z.strictObject({ after: order });
const releasesQuery = z.strictObject({ endpoint: name.optional(), phase: z.enum(releasePhases).optional() });

async function bodyOf<T>(exchange: Context, schema: z.ZodType<T>): Promise<T> {
  const type = exchange.req.header('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new ApiRefusal(415, 'BodyNotJson', 'a body has the content type application/json');
  }
  const text = await textWithin(exchange.req, largestBody);
  if (text === undefined) {
    throw new ApiRefusal(413, 'BodyTooLarge', `a request body has at most ${largestBody} bytes`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ApiRefusal(400, 'RequestUnreadable', 'the body is not JSON');
  }
  return checked(schema, json);
}

function queryOf<T>(exchange: Context, schema: z.ZodType<T>): T {
  return checked(schema, exchange.req.query());
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const says = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`);
  throw new ApiRefusal(400, 'RequestUnreadable', says.join('; '));
}
