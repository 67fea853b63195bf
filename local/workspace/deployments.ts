import { isDeepStrictEqual } from 'node:util';
import type { EndpointConfig, EntitySpec } from './endpoint-config.ts';
import type { Deployment, VersionedConfig } from './endpoint-record.ts';
import type { Chance } from './random.ts';

/** Where the warehouse learns of deployments, as `system.serving.served_entities` shows them. */
export interface DeploymentLog {
  deployed(deployment: Deployment): void;
  activated(deployment: Deployment, configVersion: number, at: number): void;
}

/** Gives each served entity its identity, which lasts over updates that leave the entity's version alone. */
export class Deployments {
  readonly #ids: Chance;
  readonly #log: DeploymentLog;
  #count = 0;

  constructor(ids: Chance, log: DeploymentLog) {
    this.#ids = ids;
    this.#log = log;
  }

  /** Deployments for `config`: kept where the entity is the same as before, new for the others. */
  resolve(
    endpoint: string,
    config: EndpointConfig,
    before: VersionedConfig | undefined,
    creator: string,
    now: number,
  ): ReadonlyMap<string, Deployment> {
    return new Map(
      config.entities.map((spec) => {
        const known = before?.deployments.get(spec.name);
        if (known && sameEntity(known.spec, spec)) return [spec.name, known];
        return [spec.name, this.#deploy(endpoint, spec, creator, now)];
      }),
    );
  }

  activate(live: VersionedConfig, at: number): void {
    for (const { servedEntity, percentage } of live.config.routes) {
      const deployment = live.deployments.get(servedEntity);
      if (deployment && percentage > 0) deployment.firstTrafficAt ??= at;
    }
    for (const deployment of live.deployments.values()) this.#log.activated(deployment, live.version, at);
  }

  #deploy(endpoint: string, spec: EntitySpec, creator: string, now: number): Deployment {
    const deployment: Deployment = {
      index: this.#count++,
      servedEntityId: this.#ids.hex(32),
      endpoint,
      spec,
      creator,
      createdAt: now,
      firstTrafficAt: undefined,
    };
    this.#log.deployed(deployment);
    return deployment;
  }
}

/** Any difference, in a field we know or not, means new compute. */
function sameEntity(before: EntitySpec, after: EntitySpec): boolean {
  return isDeepStrictEqual(before.raw, after.raw);
}

/** True when `target` has compute that `active` has not. */
export function deploysAnything(target: VersionedConfig, active: VersionedConfig | undefined): boolean {
  return [...target.deployments].some(([name, deployment]) => active?.deployments.get(name) !== deployment);
}
