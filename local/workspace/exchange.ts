import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import { isObject, type JsonObject } from './json.ts';
import { malformed, Refusal } from './refusal.ts';

/** What every handler of the workspace finds in its context. */
export interface WorkspaceEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string };
}

export type WorkspaceApp = Hono<WorkspaceEnv>;
export type Exchange = Context<WorkspaceEnv>;

/** The largest body of any call that the simulator answers: a SQL statement of 16 MiB, and some room around it. */
const largestBody = 17 * 1024 * 1024;

/** The request's body as a JSON object; an absent body is an empty one. @throws Refusal 400 MALFORMED_REQUEST, 413 */
export async function bodyOf(exchange: Exchange): Promise<JsonObject> {
  const announced = Number(exchange.req.header('content-length') ?? 0);
  const text = announced > largestBody ? undefined : await exchange.req.text();
  if (text === undefined || text.length > largestBody) {
    throw new Refusal(413, 'BAD_REQUEST', `The body is larger than ${largestBody} bytes.`);
  }
  if (text.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw malformed('Invalid JSON given in the body of the request - failed to parse given JSON');
  }
  if (!isObject(parsed)) throw malformed('Invalid JSON given in the body of the request - expected a map');
  return parsed;
}

/** A path parameter; the route's pattern says that it is there. */
export function param(exchange: Exchange, name: string): string {
  return exchange.req.param(name) ?? '';
}
