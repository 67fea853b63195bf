import * as z from 'zod';
import type { Percent } from '../../domain/units.ts';
import { type Open, present, wireInt, wirePercent, wireText } from './wire.ts';

export type Deployment = Open<
  | 'DEPLOYMENT_CREATING'
  | 'DEPLOYMENT_RECOVERING'
  | 'DEPLOYMENT_READY'
  | 'DEPLOYMENT_FAILED'
  | 'DEPLOYMENT_ABORTED'
  | 'DEPLOYMENT_STOPPED'
>;

export interface ServedEntityView {
  readonly name: string;
  /** Absent for external models, as is the version. */
  readonly entityName?: string;
  readonly entityVersion?: string;
  readonly deployment?: Deployment;
  readonly deploymentMessage?: string;
  readonly scaleToZero?: boolean;
  readonly workloadSize?: string;
  readonly minProvisionedConcurrency?: number;
  readonly maxProvisionedConcurrency?: number;
}

export interface RouteView {
  readonly servedModelName: string;
  readonly percentage: Percent;
}

export interface ConfigView {
  readonly configVersion?: number;
  readonly entities: readonly ServedEntityView[];
  readonly routes: readonly RouteView[];
}

/** What we use of a serving endpoint. An absent state is the vendor's own "unspecified", never a good one. */
export interface EndpointView extends ConfigView {
  readonly id?: string;
  readonly name: string;
  /** READY when every entity of the *active* configuration is; stays READY during an update. */
  readonly ready: Open<'READY' | 'NOT_READY' | 'READY_STATE_UNSPECIFIED'>;
  readonly configUpdate: Open<
    'NOT_UPDATING' | 'IN_PROGRESS' | 'UPDATE_FAILED' | 'UPDATE_CANCELED' | 'CONFIG_UPDATE_STATE_UNSPECIFIED'
  >;
  /** Only while an update is in progress. */
  readonly pending?: ConfigView;
  readonly routeOptimized: boolean;
  /** The gateway re-sends a failing request to another entity, which hides a candidate's errors. */
  readonly fallbackEnabled: boolean;
}

const entity = z
  .looseObject({
    name: z.string(),
    entity_name: wireText,
    entity_version: z.union([wireText, wireInt.transform(String)]),
    // The deprecated twin `served_models` says the same in these two.
    model_name: wireText,
    model_version: z.union([wireText, wireInt.transform(String)]),
    state: z.looseObject({ deployment: wireText, deployment_state_message: wireText }).nullish(),
    scale_to_zero_enabled: z.boolean().nullish(),
    workload_size: wireText,
    min_provisioned_concurrency: wireInt.nullish(),
    max_provisioned_concurrency: wireInt.nullish(),
  })
  .transform(
    (wire): ServedEntityView => ({
      name: wire.name,
      ...present({
        entityName: wire.entity_name ?? wire.model_name,
        entityVersion: wire.entity_version ?? wire.model_version,
        deployment: wire.state?.deployment,
        deploymentMessage: wire.state?.deployment_state_message,
        scaleToZero: wire.scale_to_zero_enabled ?? undefined,
        workloadSize: wire.workload_size,
        minProvisionedConcurrency: wire.min_provisioned_concurrency ?? undefined,
        maxProvisionedConcurrency: wire.max_provisioned_concurrency ?? undefined,
      }),
    }),
  );

const route = z
  .looseObject({
    served_model_name: wireText,
    served_entity_name: wireText,
    traffic_percentage: wirePercent,
  })
  .transform((wire, context): RouteView => {
    const servedModelName = wire.served_entity_name ?? wire.served_model_name;
    if (servedModelName === undefined) {
      context.issues.push({ code: 'custom', message: 'a route names no entity', input: wire });
      return z.NEVER;
    }
    return { servedModelName, percentage: wire.traffic_percentage };
  });

const config = z
  .looseObject({
    served_entities: z.array(entity).nullish(),
    served_models: z.array(entity).nullish(),
    traffic_config: z.looseObject({ routes: z.array(route).nullish() }).nullish(),
    config_version: wireInt.nullish(),
  })
  .transform(
    (wire): ConfigView => ({
      ...present({ configVersion: wire.config_version ?? undefined }),
      entities: wire.served_entities ?? wire.served_models ?? [],
      routes: wire.traffic_config?.routes ?? [],
    }),
  );

/** Parses `GET /api/2.0/serving-endpoints/{name}` on what we use. */
export const endpointView = z
  .looseObject({
    id: wireText,
    name: z.string(),
    // Older answers call the second field `update_state`.
    state: z.looseObject({ ready: wireText, config_update: wireText, update_state: wireText }).nullish(),
    // Absent when the first creation never became ready.
    config: config.nullish(),
    pending_config: config.nullish(),
    route_optimized: z.boolean().nullish(),
    ai_gateway: z
      .looseObject({ fallback_config: z.looseObject({ enabled: z.boolean().nullish() }).nullish() })
      .nullish(),
  })
  .transform(
    (wire): EndpointView => ({
      ...present({ id: wire.id, pending: wire.pending_config ?? undefined }),
      name: wire.name,
      ready: wire.state?.ready ?? 'READY_STATE_UNSPECIFIED',
      configUpdate:
        wire.state?.config_update ?? wire.state?.update_state ?? 'CONFIG_UPDATE_STATE_UNSPECIFIED',
      ...(wire.config ?? { entities: [], routes: [] }),
      routeOptimized: wire.route_optimized ?? false,
      fallbackEnabled: wire.ai_gateway?.fallback_config?.enabled ?? false,
    }),
  );
