import * as z from 'zod';
import type { FaultOrder } from './fault.ts';
import { type BehaviourAndMetadata, behaviourSchema, versionSchema } from './profile.ts';
import { invalidParameter } from './refusal.ts';
import { type Delivery, deliverVersionCreated } from './registry-webhook.ts';
import type { Simulation } from './simulation.ts';
import { type EndpointTruth, truthOf } from './truth.ts';

export interface Registration {
  readonly version: number;
  /** How the webhook went, when one was asked for. */
  readonly delivery?: Delivery;
}

/** What only the simulator's operator can do, in process or through the `/_simulator` routes. */
export interface Operator {
  registerVersion(model: string, version: BehaviourAndMetadata): Promise<Registration>;
  setBehaviour(model: string, version: number, behaviour: z.input<typeof behaviourSchema>): void;
  /** @returns the fault's id */
  installFault(order: FaultOrder): string;
  removeFault(id: string): boolean;
  /** @param since virtual milliseconds since 1970: counts begin there. */
  truth(endpoint: string, since?: number): Promise<EndpointTruth>;
}

/** Every call refuses bad input with a Refusal. */
export function operatorOf(simulation: Simulation): Operator {
  const { clock, endpoints, faults, ids, registry, warehouse } = simulation;
  return {
    async registerVersion(model, given) {
      const version = read(versionSchema, given);
      const added = registry.register(model, version);
      if (!version.webhook) return { version: added.number };
      const target = { ...version.webhook, name: version.webhook.name ?? model };
      const delivery = await deliverVersionCreated(target, added, Date.now(), ids);
      return { version: added.number, delivery };
    },
    setBehaviour(model, version, given) {
      // Requests up to now still met the old behaviour.
      endpoints.advance();
      registry.version(model, version).behaviour = read(behaviourSchema, given);
    },
    installFault(order) {
      endpoints.advance();
      return faults.install(order, { endpoints });
    },
    removeFault: (id) => faults.remove(id),
    truth: (endpoint, since) => truthOf(endpoints, warehouse, endpoint, clock.now(), since),
  };
}

function read<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw invalidParameter(z.prettifyError(parsed.error));
  return parsed.data;
}
