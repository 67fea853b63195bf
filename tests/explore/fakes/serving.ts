import {
  changed,
  configurationIn,
  entitiesOf,
  routed,
  routesOf,
  shareIn,
} from '../../../src/adapters/databricks/configuration.ts';
import { differencesBetween } from '../../../src/adapters/databricks/configuration-differences.ts';
import { configPath } from '../../../src/adapters/databricks/serving.ts';
import type { Configuration, ObservedEndpoint, ServingEndpoints } from '../../../src/app/ports/workspace.ts';
import { ReleaseError } from '../../../src/contracts/errors.ts';
import { millis, type Percent, percent } from '../../../src/domain/units.ts';
import { type Behaviour, endpoint as production } from '../base-runs.ts';
import { changeWorld, type EndpointState, type Live, type UpdateEnd } from '../world.ts';

/** How long an update takes, in milliseconds: of routes only, and with a new entity. */
const updateTakes = { routes: 7_000, entity: 25_000 };

/** What is to befall the next accepted update; set by a fault, and used up by the update. */
export interface Mishap {
  ends?: UpdateEnd;
  /** Reads stay behind for so many milliseconds after the acceptance. */
  behindFor?: number;
}

export function servingIn(live: Live, behaviour: Behaviour, mishap: Mishap = {}): ServingEndpoints {
  return {
    observe: async (endpoint) => {
      const seen = observed(endpoint, shownOf(endpointOf(live, endpoint), live.world.now));
      const unready = live.world.acted >= (behaviour.unreadyFrom ?? Number.POSITIVE_INFINITY);
      const entities = seen.entities.map((one) => ({ ...one, ready: !unready || one.version !== '1' }));
      return { ...seen, entities };
    },
    replace: async (endpoint, desired) => {
      const { behindFor, forbidden: [from, until] = [0, 0] } = behaviour;
      const { acted } = live.world;
      if (endpoint === production && acted >= from && acted < until)
        throw new ReleaseError('DatabricksForbidden', `${endpoint}: no update is allowed`);
      return replace(live, endpoint, desired, { ...(behindFor !== undefined && { behindFor }), ...mishap });
    },
    request: (endpoint, desired) => ({
      method: 'PUT',
      path: configPath(endpoint),
      body: desired,
      confidential: false,
    }),
    change: changed,
    differences: differencesBetween,
    probe: async (_endpoint, entity) => {
      const fails = behaviour.badInShadow.some((version) => entity.endsWith(`-${version}`));
      return { code: fails ? 500 : 200, took: millis(20) };
    },
  };
}

export function endpointOf(live: Live, endpoint: string): EndpointState {
  const found = live.world.workspace.endpoints[endpoint];
  if (found) return found;
  throw new ReleaseError('DatabricksNotFound', `there is no endpoint ${endpoint}`);
}

export function saveEndpoint(live: Live, endpoint: string, state: EndpointState): void {
  const { workspace } = live.world;
  changeWorld(live, {
    workspace: { ...workspace, endpoints: { ...workspace.endpoints, [endpoint]: state } },
  });
}

export function replace(live: Live, endpoint: string, desired: Configuration, mishap: Mishap): void {
  const state = endpointOf(live, endpoint);
  if (state.update) throw new ReleaseError('DatabricksConflict', `${endpoint}: an update is in progress`);
  const names = entitiesOf(desired).map((entity) => entity['name']);
  const shares = routesOf(desired);
  const sum = shares.reduce((total, route) => total + shareIn(route), 0);
  if (sum !== 100 || shares.some((route) => !names.includes(routed(route)))) {
    throw new ReleaseError('DatabricksRejected', `${endpoint}: the routes sum to ${sum} or lead nowhere`);
  }
  const served = entitiesOf(state.active).map((entity) => entity['name']);
  const takes = names.every((name) => served.includes(name)) ? updateTakes.routes : updateTakes.entity;
  const { behind: _, ...shows } = state;
  const { now } = live.world;
  saveEndpoint(live, endpoint, {
    ...state,
    update: { desired, until: now + takes, ends: mishap.ends ?? 'none' },
    behind: mishap.behindFor === undefined ? null : { shows, until: now + mishap.behindFor },
  });
}

/** Ends the update that is due. */
export function endUpdate(live: Live, endpoint: string): void {
  const before = endpointOf(live, endpoint);
  const { update } = before;
  if (!update) return;
  const after: EndpointState =
    update.ends === 'none'
      ? {
          ...before,
          active: update.desired,
          configVersion: before.configVersion + 1,
          last: 'none',
          update: null,
        }
      : { ...before, last: update.ends, update: null };
  saveEndpoint(live, endpoint, after);
  live.happenings.push({ kind: 'updated', endpoint, before, after, at: live.world.now });
}

function shownOf(state: EndpointState, now: number): Omit<EndpointState, 'behind'> {
  return state.behind && now < state.behind.until ? state.behind.shows : state;
}

function observed(endpoint: string, state: Omit<EndpointState, 'behind'>): ObservedEndpoint {
  const { active, update } = state;
  const shares = new Map<string, Percent>(entitiesOf(active).map((one) => [String(one['name']), percent(0)]));
  for (const route of routesOf(active)) shares.set(routed(route) ?? '', percent(shareIn(route)));
  return {
    endpoint,
    configuration: configurationIn(active),
    configVersion: state.configVersion,
    entities: entitiesOf(active).map((entity) => ({
      name: String(entity['name']),
      model: String(entity['entity_name']),
      version: String(entity['entity_version']),
      ready: true,
      scaleToZero: entity['scale_to_zero_enabled'] === true,
    })),
    traffic: Object.fromEntries(shares),
    ready: true,
    update: update ? 'inProgress' : state.last,
    pending: update && configurationIn(update.desired),
    routeOptimised: false,
    fallbackOn: false,
    stopped: false,
  };
}
