import type { Clock } from '../../app/ports/clock.ts';
import type { ObservedEndpoint, ProbeAnswer, ServingEndpoints } from '../../app/ports/workspace.ts';
import { isReleaseError, ReleaseError } from '../../contracts/errors.ts';
import type { Traffic } from '../../domain/traffic.ts';
import { millis, type Percent, percent } from '../../domain/units.ts';
import { changed, configurationIn, holdsPlainValues, isJson } from './configuration.ts';
import { differencesBetween } from './configuration-differences.ts';
import type { EndpointView, ServedEntityView } from './endpoint-view.ts';
import { configPath, type EndpointReading, type Serving } from './serving.ts';
import { present } from './wire.ts';

export function servingEndpoints(client: Serving, clock: Clock): ServingEndpoints {
  return {
    observe: async (endpoint) => observed(endpoint, await client.getEndpoint(endpoint)),
    replace: (endpoint, desired) => client.updateConfig(endpoint, desired),
    request: (endpoint, desired) => ({
      method: 'PUT',
      path: configPath(endpoint),
      body: desired,
      confidential: holdsPlainValues(desired),
    }),
    change: changed,
    differences: differencesBetween,

    async probe(endpoint, entity, { body, clientRequestId }): Promise<ProbeAnswer> {
      const start = clock.now();
      try {
        const asked = { ...body, client_request_id: clientRequestId };
        const { code, durationMs, serverMs } = await client.queryEntity(endpoint, entity, asked);
        // The workspace's own figure leaves our network out.
        return { code, took: serverMs ?? durationMs };
      } catch (error) {
        if (!isReleaseError(error, 'DatabricksUnavailable') || !wasLost(error)) throw error;
        return { code: 0, took: millis(Math.max(0, clock.now() - start)) };
      }
    },
  };
}

/** No answer to the query itself. One that got no token was never sent and says nothing about the model. */
function wasLost({ facts }: ReleaseError): boolean {
  return facts['lost'] !== undefined && String(facts['path']).endsWith('/invocations');
}

function observed(endpoint: string, { raw, view }: EndpointReading): ObservedEndpoint {
  const answer = isJson(raw) ? raw : {};
  const update = updateIn(view);
  const ready = view.ready === 'READY';
  return {
    endpoint,
    configuration: configurationIn(answer['config']),
    configVersion: view.configVersion ?? null,
    entities: view.entities.map((entity) => ({
      name: entity.name,
      // External models have neither.
      model: entity.entityName ?? '',
      version: entity.entityVersion ?? '',
      ready: entity.deployment === 'DEPLOYMENT_READY',
      scaleToZero: entity.scaleToZero ?? false,
      ...present({ leastConcurrency: leastConcurrency(entity) }),
    })),
    traffic: trafficIn(endpoint, view),
    ready,
    update,
    pending:
      update === 'inProgress' && isJson(answer['pending_config'])
        ? configurationIn(answer['pending_config'])
        : null,
    routeOptimised: view.routeOptimized,
    fallbackOn: view.fallbackEnabled,
    stopped: !ready && view.entities.every(isStopped),
  };
}

/** The least provisioned concurrency of each size, by the vendor's documentation; other sizes say nothing. */
const leastOfSize = new Map([
  ['Small', 4],
  ['Medium', 8],
  ['Large', 16],
]);

function leastConcurrency({ minProvisionedConcurrency, workloadSize }: ServedEntityView): number | undefined {
  return minProvisionedConcurrency ?? leastOfSize.get(workloadSize ?? '');
}

function isStopped({ deployment }: ServedEntityView): boolean {
  return deployment === undefined || deployment === 'DEPLOYMENT_STOPPED';
}

/** A word that we do not know counts as an update in progress: nobody writes into what nobody understands. */
function updateIn({ configUpdate }: EndpointView): ObservedEndpoint['update'] {
  switch (configUpdate) {
    case 'NOT_UPDATING':
      return 'none';
    case 'UPDATE_FAILED':
      return 'failed';
    case 'UPDATE_CANCELED':
      return 'cancelled';
    default:
      return 'inProgress';
  }
}

/** Every entity, in the endpoint's order, those without a route at 0 %. */
function trafficIn(endpoint: string, { entities, routes }: EndpointView): Traffic {
  const shares = new Map<string, Percent>(entities.map(({ name }) => [name, percent(0)]));
  for (const { servedModelName, percentage } of routes) {
    const share = (shares.get(servedModelName) ?? 0) + percentage;
    if (share > 100) {
      const says = `${endpoint}: the routes to ${servedModelName} sum to ${share} %`;
      throw new ReleaseError('DatabricksAnswerUnreadable', says);
    }
    shares.set(servedModelName, percent(share));
  }
  return Object.fromEntries(shares);
}
