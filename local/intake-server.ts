import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Delivery } from '../src/app/ports/webhooks.ts';
import { intakePaths } from '../src/contracts/functions.ts';
import { type Instant, instant, type Millis, seconds } from '../src/domain/units.ts';
import type { Listening } from './api-server.ts';
import { unusablePort } from './unusable-port.ts';

export type IntakeSource = 'mlflow' | 'monte-carlo';

export type Receive = (source: IntakeSource, delivery: Delivery) => Promise<{ http: number; body: object }>;

export interface IntakeOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** Senders sign by their own clocks, so this is real time also where releases live in scaled time. */
  readonly now?: () => Instant;
  /** A whole request must be in by then; 10 s when absent. */
  readonly timeout?: Millis;
  /** Told of every error that is not the sender's. */
  readonly onFault?: (error: unknown) => void;
}

const largestBody = 256 * 1024;

const sources: Readonly<Record<string, IntakeSource>> = {
  [intakePaths.mlflow]: 'mlflow',
  [intakePaths.monteCarlo]: 'monte-carlo',
};

/**
 * The listener for webhooks, apart from the API because strangers reach it. It hands over bytes as they came, and
 * answers whatever `receive` says; when that throws, 500, so that the sender tries again.
 * @throws ReleaseError `ConfigurationInvalid` when the port is taken.
 */
export async function serveIntake(receive: Receive, options: IntakeOptions): Promise<Listening> {
  const timeout = options.timeout ?? seconds(10);
  const server = createServer(
    {
      requestTimeout: timeout,
      headersTimeout: timeout,
      connectionsCheckingInterval: Math.min(1_000, timeout),
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      exchange(request, response, receive, options).catch((thrown: unknown) => {
        options.onFault?.(thrown);
        answer(response, 500, { error: 'the controller could not take the delivery' });
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(unusablePort(options.port, cause, 'controller')));
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  receive: Receive,
  options: IntakeOptions,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (path === '/healthz') {
    if (request.method !== 'GET') return methodRefused(response, 'GET');
    return answer(response, 200, { ok: true });
  }
  const source = Object.hasOwn(sources, path) ? sources[path] : undefined;
  if (source === undefined) return answer(response, 404, { error: 'there is nothing here' });
  if (request.method !== 'POST') return methodRefused(response, 'POST');
  const plain = /^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '');
  // A packed body would have to be unpacked before its size is known.
  if (!plain || (request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    return answer(response, 415, { error: 'a delivery is plain application/json' });
  }
  const body = await bytesOf(request);
  if (body === 'tooLarge')
    return answer(response, 413, { error: `a delivery has at most ${largestBody} bytes` });
  if (body === 'cutOff') return;
  const receivedAt = options.now?.() ?? instant(Date.now());
  const said = await receive(source, { headers: headersOf(request), body, receivedAt });
  answer(response, said.http, said.body);
}

function bytesOf(request: IncomingMessage): Promise<Uint8Array | 'tooLarge' | 'cutOff'> {
  if (Number(request.headers['content-length'] ?? 0) > largestBody) return Promise.resolve('tooLarge');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= largestBody) {
        chunks.push(chunk);
        return;
      }
      request.pause();
      resolve('tooLarge');
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    // The sender went away, or was too slow and has its 408 from the server already.
    request.once('error', () => resolve('cutOff'));
    request.once('close', () => resolve('cutOff'));
  });
}

/** Names in lower case; what came several times is one value, comma-separated, so that nothing can hide behind the first. */
function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
  );
}

function methodRefused(response: ServerResponse, allowed: string): void {
  response.setHeader('allow', allowed);
  answer(response, 405, { error: `only ${allowed} is answered here` });
}

/** A request that was not read to its end cannot be followed by another one on the same connection. */
function answer(response: ServerResponse, http: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  const text = Buffer.from(JSON.stringify(body));
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', text.length);
  const unread = !response.req.complete;
  if (unread) response.setHeader('connection', 'close');
  response.writeHead(http);
  response.end(text, () => {
    if (unread) response.req.destroy();
  });
}
