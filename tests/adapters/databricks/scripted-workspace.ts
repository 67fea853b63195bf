import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import type { Credentials } from '../../../src/adapters/databricks/auth.ts';
import { createDatabricksClient, type DatabricksClient } from '../../../src/adapters/databricks/client.ts';
import type { DatabricksOptions } from '../../../src/adapters/databricks/transport.ts';
import { ReleaseError } from '../../../src/contracts/errors.ts';
import { instant } from '../../../src/domain/units.ts';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly body: unknown;
}

export interface Reply {
  /** HTTP code, 200 when absent. */
  readonly code?: number;
  readonly headers?: Record<string, string>;
  /** Objects are sent as JSON, text as it is. */
  readonly body?: unknown;
  /** Instead of an answer: cut the connection, cut it within the body, or say nothing at all. */
  readonly fate?: 'reset' | 'cut' | 'silence';
}

type Script = readonly (Reply | ((heard: Heard) => Reply))[];

export interface ScriptedWorkspace {
  readonly host: string;
  readonly heard: Heard[];
  /** Answers `METHOD /path` with the script in turn; its last line is repeated. */
  answer(route: string, ...script: Script): void;
  calls(route: string): Heard[];
}

/** A server on loopback that says what the test wrote down and keeps what it heard. */
export async function scriptedWorkspace(): Promise<ScriptedWorkspace> {
  const scripts = new Map<string, { lines: Script; next: number }>();
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://workspace');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const one: Heard = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      text,
      body: request.headers['content-type'] === 'application/json' ? JSON.parse(text) : undefined,
    };
    heard.push(one);
    const script = scripts.get(`${one.method} ${one.path}`);
    const line = script?.lines[Math.min(script.next++, script.lines.length - 1)];
    say(
      response,
      typeof line === 'function' ? line(one) : (line ?? { code: 404, body: 'not in the script' }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  const workspace: ScriptedWorkspace = {
    host: `http://127.0.0.1:${address.port}`,
    heard,
    answer: (route, ...lines) => void scripts.set(route, { lines, next: 0 }),
    calls: (route) => heard.filter(({ method, path }) => `${method} ${path}` === route),
  };
  return workspace;
}

function say(response: ServerResponse, { code = 200, headers = {}, body, fate }: Reply): void {
  if (fate === 'silence') return;
  if (fate === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(code, { 'content-length': Buffer.byteLength(text), ...headers });
  if (fate === 'cut') {
    response.write(text.slice(0, text.length / 2), () => response.socket?.resetAndDestroy());
    return;
  }
  response.end(text);
}

export const pat: Credentials = { kind: 'pat', token: 'dapi-scripted-token' };

export interface Bench {
  readonly workspace: ScriptedWorkspace;
  readonly clock: VirtualClock;
  readonly client: DatabricksClient;
}

/** A client with a PAT and a virtual clock in front of a scripted workspace. */
export async function bench(options: Partial<DatabricksOptions> = {}): Promise<Bench> {
  const workspace = await scriptedWorkspace();
  const clock = new VirtualClock(instant(Date.UTC(2026, 10, 21)));
  const client = createDatabricksClient({
    host: workspace.host,
    credentials: async () => pat,
    clock,
    ...options,
  });
  return { workspace, clock, client };
}

/** The error that `work` ends in. Fails when it ends well, or with something that is not ours. */
export async function errorOf(work: Promise<unknown>): Promise<ReleaseError> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof ReleaseError) return outcome.error;
  throw new Error(`not a ReleaseError: ${JSON.stringify(outcome)}`, { cause: outcome });
}
