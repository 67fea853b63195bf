import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsAccess } from '../../../src/adapters/aws/signed-requests.ts';
import { instant, type Millis } from '../../../src/domain/units.ts';
import { credentials, objectionTo, type Received } from './signature-v4.ts';

/** What goes wrong with one request. `lost`: it takes effect and nobody is told. */
export type Fault = 'dropped' | 'lost' | 'truncated' | { readonly code: number; readonly body?: string };

export interface Reply {
  readonly code: number;
  readonly body?: string | Buffer;
}

export interface HttpDouble {
  readonly access: AwsAccess;
  /** Every request that came, in order. */
  readonly received: Received[];
  /** How long the adapter paused between attempts, in milliseconds. */
  readonly pauses: Millis[];
  /** The next requests meet these, in order. */
  readonly faults: Fault[];
  close(): Promise<void>;
}

/** A service of AWS in this process: it checks signatures, answers by `act`, and fails on demand. */
export async function httpDouble(service: string, act: (received: Received) => Reply): Promise<HttpDouble> {
  const received: Received[] = [];
  const pauses: Millis[] = [];
  const faults: Fault[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: target = '', headers } = incoming;
      const request = { method, target, headers, body: Buffer.concat(chunks) };
      received.push(request);
      const objection = objectionTo(request, service);
      if (objection !== undefined)
        response.writeHead(403).end(`<Code>SignatureDoesNotMatch</Code>${objection}`);
      else answer(response, faults.shift(), () => act(request));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    access: {
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials,
      clock: {
        now: () => instant(0),
        sleep: async (duration) => {
          pauses.push(duration);
        },
      },
    },
    received,
    pauses,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, fault: Fault | undefined, act: () => Reply): void {
  if (fault === 'dropped') {
    response.destroy();
    return;
  }
  if (typeof fault === 'object') {
    response.writeHead(fault.code).end(fault.body);
    return;
  }
  const { code, body = '' } = act();
  if (fault === 'lost') {
    response.destroy();
  } else if (fault === 'truncated') {
    response.writeHead(code, { 'content-length': Buffer.byteLength(body) + 1 });
    response.write(body, () => response.destroy());
  } else {
    response.writeHead(code).end(body);
  }
}
