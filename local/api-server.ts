import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { apiRoutes } from '../functions/_shell/api-routes.ts';
import type { Operations } from '../src/app/operations.ts';
import { ReleaseError } from '../src/contracts/errors.ts';
import { admit } from './api-guard.ts';
import { unusablePort } from './unusable-port.ts';

export interface ApiOptions {
  /** 0: any free port. */
  readonly port: number;
  /** What clients must show as a bearer. At least 16 characters. */
  readonly token: string;
  readonly host: '127.0.0.1' | '::1' | 'localhost';
  /** Told of every error that is not the caller's. */
  readonly onFault?: (error: unknown) => void;
}

export interface Listening {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

const loopback = ['127.0.0.1', '::1', 'localhost'];

/**
 * The API of src/contracts/api.ts over `operations`.
 * @throws ReleaseError `ConfigurationInvalid` for an address beyond this machine, a short token or a taken port.
 */
export async function serveApi(operations: Operations, options: ApiOptions): Promise<Listening> {
  if (!loopback.includes(options.host)) {
    throw new ReleaseError(
      'ConfigurationInvalid',
      `the API listens on loopback only, not on ${options.host}`,
    );
  }
  if (options.token.length < 16) {
    throw new ReleaseError('ConfigurationInvalid', "the API's token has fewer than 16 characters");
  }
  let port = options.port;
  const app = apiRoutes(operations, {
    admit: (header) =>
      admit(
        { host: header('host'), origin: header('origin'), authorization: header('authorization') },
        options.token,
        port,
      ),
    ...(options.onFault ? { onFault: options.onFault } : {}),
  });
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(unusablePort(options.port, cause, 'controller')));
    server.listen(options.port, options.host, resolve);
  });
  port = (server.address() as AddressInfo).port;
  const name = options.host === '::1' ? '[::1]' : options.host;
  return {
    port,
    url: `http://${name}:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
