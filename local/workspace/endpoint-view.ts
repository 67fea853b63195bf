import type { EntitySpec, Route } from './endpoint-config.ts';
import type { EndpointRecord, PendingUpdate, VersionedConfig } from './endpoint-record.ts';
import { isObject, type JsonObject, without } from './json.ts';

/** How long before a failing update ends its new entities show DEPLOYMENT_FAILED. An assumption. */
const failureShowsMs = 10_000;

type DeploymentState = { deployment: string; deployment_state_message: string };

/** The body of GET /api/2.0/serving-endpoints/{name}. */
export function endpointBody(record: EndpointRecord, now: number): JsonObject {
  if (record.stale && now < record.stale.until) return record.stale.body;
  return {
    ...record.extra,
    id: record.id,
    name: record.name,
    creator: record.creator,
    creation_timestamp: record.createdAt,
    last_updated_timestamp: record.updatedAt,
    description: record.extra['description'] ?? '',
    tags: record.tags,
    permission_level: 'CAN_MANAGE',
    route_optimized: record.extra['route_optimized'] ?? false,
    state: { ready: record.active ? 'READY' : 'NOT_READY', config_update: record.configUpdate },
    ...(record.active ? { config: configBody(record.active, () => ready) } : {}),
    ...(record.pending ? { pending_config: pendingBody(record, record.pending, now) } : {}),
  };
}

const ready: DeploymentState = { deployment: 'DEPLOYMENT_READY', deployment_state_message: '' };

function pendingBody(record: EndpointRecord, pending: PendingUpdate, now: number): JsonObject {
  const failing = pending.ending.kind === 'fails' && now >= pending.endsAt - failureShowsMs;
  const stateOf = (name: string): DeploymentState => {
    const deployed = record.active?.deployments.get(name);
    if (deployed && deployed === pending.target.deployments.get(name)) return ready;
    return failing && pending.ending.kind === 'fails'
      ? { deployment: 'DEPLOYMENT_FAILED', deployment_state_message: pending.ending.message }
      : {
          deployment: 'DEPLOYMENT_CREATING',
          deployment_state_message: 'Creating resources for served entity.',
        };
  };
  return { ...configBody(pending.target, stateOf), start_time: pending.startedAt };
}

function configBody(live: VersionedConfig, stateOf: (name: string) => DeploymentState): JsonObject {
  const entities = live.config.entities.map((entity) => {
    const deployment = live.deployments.get(entity.name);
    return {
      ...shownEntity(entity),
      creator: deployment?.creator ?? '',
      creation_timestamp: deployment?.createdAt ?? 0,
      state: stateOf(entity.name),
    };
  });
  return {
    ...withoutSecrets(live.config.raw),
    served_entities: entities,
    served_models: entities.map(servedModelOf),
    traffic_config: { ...live.config.traffic, routes: live.config.routes.map(shownRoute) },
    config_version: live.version,
  };
}

function shownEntity(entity: EntitySpec): JsonObject {
  return withoutSecrets(without(entity.raw, ['burst_scaling_enabled']));
}

/** The deprecated twin that the real API still answers beside `served_entities`. */
function servedModelOf(entity: JsonObject): JsonObject {
  return {
    ...without(entity, ['entity_name', 'entity_version']),
    model_name: entity['entity_name'],
    model_version: entity['entity_version'],
  };
}

function shownRoute(route: Route): JsonObject {
  return {
    ...route.raw,
    served_model_name: route.servedEntity,
    served_entity_name: route.servedEntity,
    traffic_percentage: route.percentage,
  };
}

/** Drops `*_plaintext` members at every depth: the real API never shows them again. */
function withoutSecrets(source: JsonObject): JsonObject {
  const scrub = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(scrub);
    return isObject(value) ? withoutSecrets(value) : value;
  };
  return Object.fromEntries(
    Object.entries(source)
      .filter(([name]) => !name.endsWith('_plaintext'))
      .map(([name, value]) => [name, scrub(value)]),
  );
}
