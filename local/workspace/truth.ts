import type { Activation } from './endpoint-record.ts';
import type { Endpoints } from './endpoints.ts';
import type { JsonObject } from './json.ts';
import type { Warehouse } from './warehouse.ts';

/** What really happened at an endpoint, for tests and the demo. No client of the real API could ask this. */
export interface EndpointTruth {
  readonly endpoint: string;
  readonly endpointId: string;
  readonly configVersion: number;
  /** The active configuration as it was sent, with the fields that GET hides. */
  readonly configuration: JsonObject;
  /** Every traffic split that ever served, oldest first. */
  readonly activations: readonly Activation[];
  /** The callers' requests since the asked time, per served entity; the rest were answered by nobody. */
  readonly served: readonly {
    readonly servedEntity: string;
    readonly entityVersion: string;
    readonly requests: number;
    readonly errors: number;
  }[];
  readonly unanswered: number;
}

/** @param since virtual milliseconds since 1970; 0 counts everything. @throws Refusal 404 */
export async function truthOf(
  endpoints: Endpoints,
  warehouse: Warehouse,
  name: string,
  now: number,
  since = 0,
): Promise<EndpointTruth> {
  const record = endpoints.get(name);
  const { rows } = await warehouse.query({
    statement: `SELECT d.served_entity_name, d.entity_version, count(*), count_if(r.http_code >= 400 OR r.http_code = 0)
      FROM simulator.simulator.requests r LEFT JOIN simulator.simulator.deployments d USING (deployment)
      WHERE r.from_callers AND r.endpoint = :endpoint AND r.at_us >= :since GROUP BY ALL ORDER BY 1, 2`,
    parameters: [
      { name: 'endpoint', type: 'STRING', value: name },
      { name: 'since', type: 'BIGINT', value: String(Math.round(since * 1000)) },
    ],
    now,
  });
  const counts = rows.map(([servedEntity, entityVersion, requests, errors]) => ({
    servedEntity,
    entityVersion: entityVersion ?? '',
    requests: Number(requests),
    errors: Number(errors),
  }));
  const { active } = record;
  return {
    endpoint: name,
    endpointId: record.id,
    configVersion: active?.version ?? 0,
    configuration: active
      ? {
          ...active.config.raw,
          served_entities: active.config.entities.map((entity) => entity.raw),
          traffic_config: {
            ...active.config.traffic,
            routes: active.config.routes.map((route) => ({
              ...route.raw,
              served_entity_name: route.servedEntity,
              traffic_percentage: route.percentage,
            })),
          },
        }
      : {},
    activations: [...record.activations],
    served: counts.flatMap(({ servedEntity, ...rest }) => (servedEntity ? [{ servedEntity, ...rest }] : [])),
    unanswered: counts.find(({ servedEntity }) => !servedEntity)?.requests ?? 0,
  };
}
