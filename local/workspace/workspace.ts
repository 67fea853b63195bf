import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type * as z from 'zod';
import type { DrivenClock } from '../clock.ts';
import { unusablePort } from '../unusable-port.ts';
import { createApp } from './app.ts';
import type { FaultOrder } from './fault.ts';
import { operatorOf, type Registration } from './operator.ts';
import type { BehaviourAndMetadata, behaviourSchema, WorkspaceProfile } from './profile.ts';
import { simulate } from './simulation.ts';
import type { EndpointTruth } from './truth.ts';

export interface WorkspaceOptions {
  readonly clock: DrivenClock;
  /** The same seed and the same calls at the same times give the same workspace. */
  readonly seed: number;
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly profile: WorkspaceProfile;
}

/** A simulated Databricks workspace that listens on 127.0.0.1. */
export interface Workspace {
  readonly host: string;
  readonly token: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Registers the model's next version. @returns its number. */
  registerVersion(model: string, version: BehaviourAndMetadata): Promise<number>;
  /** As `registerVersion`, and says how the webhook went. */
  announceVersion(model: string, version: BehaviourAndMetadata): Promise<Registration>;
  /** Requests from now on meet this behaviour. */
  setBehaviour(model: string, version: number, behaviour: z.input<typeof behaviourSchema>): Promise<void>;
  /** @returns the fault's id */
  installFault(order: FaultOrder): Promise<string>;
  removeFault(id: string): Promise<boolean>;
  /** What really happened. @param since virtual milliseconds since 1970: counts begin there. */
  truth(endpoint: string, since?: number): Promise<EndpointTruth>;
  close(): Promise<void>;
}

/** @throws ZodError for a profile that is not one; ReleaseError `ConfigurationInvalid` when the port is taken. */
export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { clock } = options;
  const simulation = await simulate(clock, options.seed, options.profile);
  const operator = operatorOf(simulation);
  const app = createApp(simulation);
  const { access, warehouse } = simulation;
  const { server, address } = await listen(app.fetch, options.port ?? 0).catch((refused: unknown) => {
    warehouse.close();
    throw refused;
  });
  return {
    host: `http://127.0.0.1:${address.port}`,
    token: access.token,
    clientId: access.clientId,
    clientSecret: access.clientSecret,
    registerVersion: (model, version) =>
      clock.busy(async () => (await operator.registerVersion(model, version)).version),
    announceVersion: (model, version) => clock.busy(() => operator.registerVersion(model, version)),
    setBehaviour: (model, version, behaviour) =>
      clock.busy(async () => operator.setBehaviour(model, version, behaviour)),
    installFault: (order) => clock.busy(async () => operator.installFault(order)),
    removeFault: (id) => clock.busy(async () => operator.removeFault(id)),
    truth: (endpoint, since) => clock.busy(() => operator.truth(endpoint, since)),
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
      warehouse.close();
    },
  };
}

type Fetch = Parameters<typeof serve>[0]['fetch'];

function listen(
  fetch: Fetch,
  port: number,
): Promise<{ server: ReturnType<typeof serve>; address: AddressInfo }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1', overrideGlobalObjects: false }, (address) =>
      resolve({ server, address }),
    );
    server.once('error', (cause) => reject(unusablePort(port, cause, 'simulator')));
  });
}
