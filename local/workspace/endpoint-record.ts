import type { EndpointConfig, EntitySpec } from './endpoint-config.ts';
import type { JsonObject } from './json.ts';

/** The life of one served entity: from its first deployment until its name or version changes. */
export interface Deployment {
  /** Row number in the simulator's own tables. */
  readonly index: number;
  readonly servedEntityId: string;
  readonly endpoint: string;
  readonly spec: EntitySpec;
  readonly creator: string;
  readonly createdAt: number;
  /** When its share first rose above 0. */
  firstTrafficAt: number | undefined;
}

export interface VersionedConfig {
  readonly version: number;
  readonly config: EndpointConfig;
  readonly deployments: ReadonlyMap<string, Deployment>;
}

export type Ending =
  | { readonly kind: 'succeeds' }
  | { readonly kind: 'fails'; readonly message: string }
  | { readonly kind: 'cancelled' };

/** How an accepted update will go. Faults change it before it begins. */
export interface UpdatePlan {
  readonly durationMs: number;
  readonly ending: Ending;
  /** How long a GET still shows the endpoint as it was before the update. */
  readonly staleMs: number;
}

export interface PendingUpdate {
  readonly target: VersionedConfig;
  readonly startedAt: number;
  readonly endsAt: number;
  readonly ending: Ending;
}

export interface Activation {
  readonly at: number;
  readonly configVersion: number;
  readonly routes: readonly {
    readonly servedEntity: string;
    readonly entityName: string;
    readonly entityVersion: string;
    readonly percentage: number;
  }[];
}

/** An endpoint as the workspace knows it. `extra` holds the top-level members that the workspace only keeps. */
export interface EndpointRecord {
  readonly id: string;
  readonly name: string;
  readonly creator: string;
  readonly createdAt: number;
  readonly extra: JsonObject;
  tags: JsonObject[];
  updatedAt: number;
  lastVersion: number;
  configUpdate: 'NOT_UPDATING' | 'IN_PROGRESS' | 'UPDATE_FAILED' | 'UPDATE_CANCELED';
  active: VersionedConfig | undefined;
  pending: PendingUpdate | undefined;
  stale: { readonly until: number; readonly body: JsonObject } | undefined;
  /** Text by served entity name, as the build-logs call shows it. */
  readonly buildLogs: Map<string, string>;
  readonly activations: Activation[];
}

export function activationOf(at: number, live: VersionedConfig): Activation {
  return {
    at,
    configVersion: live.version,
    routes: live.config.routes.map(({ servedEntity, percentage }) => {
      const spec = live.deployments.get(servedEntity)?.spec;
      return {
        servedEntity,
        percentage,
        entityName: spec?.entityName ?? '',
        entityVersion: spec?.entityVersion ?? '',
      };
    }),
  };
}
