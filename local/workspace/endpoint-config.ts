import { isObject, type JsonObject, objectsOf, textOf, without } from './json.ts';
import { invalidParameter } from './refusal.ts';

export interface EntitySpec {
  readonly name: string;
  readonly entityName: string;
  readonly entityVersion: string;
  /** As it was sent, with every member, known or not. */
  readonly raw: JsonObject;
}

export interface Route {
  readonly servedEntity: string;
  readonly percentage: number;
  readonly raw: JsonObject;
}

/** A configuration that passed validation. `raw` holds the members beside entities and routes. */
export interface EndpointConfig {
  readonly entities: readonly EntitySpec[];
  readonly routes: readonly Route[];
  readonly traffic: JsonObject;
  readonly raw: JsonObject;
}

/** Documented as 10; 15 is what workspaces enforce. */
const mostEntities = 15;
const entityOutputOnly = ['state', 'creator', 'creation_timestamp'];
const configOutputOnly = [
  'config_version',
  'start_time',
  'served_models',
  'served_entities',
  'traffic_config',
];
const namePattern = /^[A-Za-z0-9_-]{1,63}$/;

/** @throws Refusal 400 when the name is not 1 to 63 of letters, digits, `-` and `_`, or is reserved. */
export function checkEndpointName(name: unknown): string {
  if (typeof name !== 'string' || !namePattern.test(name) || name.startsWith('databricks-')) {
    throw invalidParameter(
      'Endpoint name must be 1 to 63 characters of letters, digits, dashes and underscores, and must not start with "databricks-".',
    );
  }
  return name;
}

/**
 * Reads the body of a create or update call. Unknown members at every level stay in the `raw` parts.
 * @throws Refusal 400 naming the first rule that is broken.
 */
export function readConfig(body: JsonObject): EndpointConfig {
  const entities = readEntities(body).map(readEntity);
  const names = new Set(entities.map((entity) => entity.name));
  if (names.size !== entities.length) throw invalidParameter('Served entity names must be unique.');
  const traffic = body['traffic_config'];
  const routes = isObject(traffic) ? readRoutes(traffic, names) : defaultRoutes(entities);
  return {
    entities,
    routes,
    traffic: isObject(traffic) ? without(traffic, ['routes']) : {},
    raw: without(body, configOutputOnly),
  };
}

function readEntities(body: JsonObject): JsonObject[] {
  const models = body['served_models'];
  const entities = body['served_entities'];
  if (models !== undefined && entities !== undefined) {
    throw invalidParameter('Only one of served_models and served_entities can be set.');
  }
  const given = Array.isArray(entities) ? entities : Array.isArray(models) ? models : [];
  if (given.length === 0) throw invalidParameter('At least one served entity must be specified.');
  if (given.length > mostEntities) {
    throw invalidParameter(`An endpoint can have at most ${mostEntities} served entities.`);
  }
  if (!given.every(isObject)) throw invalidParameter('A served entity must be an object.');
  return Array.isArray(entities) ? given : given.map(entityOfServedModel);
}

/** The deprecated twin: `model_name` and `model_version` in place of `entity_name` and `entity_version`. */
function entityOfServedModel(model: JsonObject): JsonObject {
  return {
    ...without(model, ['model_name', 'model_version']),
    entity_name: model['model_name'],
    entity_version: model['model_version'],
  };
}

function readEntity(given: JsonObject): EntitySpec {
  const entityName = textOf(given['entity_name']);
  const entityVersion = given['entity_version'];
  if (!entityName) throw invalidParameter('entity_name must be set for a served entity.');
  if (typeof entityVersion !== 'string' || entityVersion === '') {
    throw invalidParameter(`entity_version of '${entityName}' must be a string.`);
  }
  if (typeof given['scale_to_zero_enabled'] !== 'boolean') {
    throw invalidParameter('scaleToZeroEnabled is undefined. Please set it to either true or false.');
  }
  const name = given['name'] ?? `${entityName.split('.').at(-1)}-${entityVersion}`;
  if (typeof name !== 'string' || !/^[\w.-]{1,63}$/.test(name)) {
    throw invalidParameter(
      'A served entity name must be 1 to 63 characters of letters, digits, dashes, dots and underscores.',
    );
  }
  return { name, entityName, entityVersion, raw: { ...without(given, entityOutputOnly), name } };
}

function defaultRoutes(entities: readonly EntitySpec[]): Route[] {
  const [only, second] = entities;
  if (!only || second) {
    throw invalidParameter(
      'traffic_config must be specified for an endpoint with more than one served entity.',
    );
  }
  return [{ servedEntity: only.name, percentage: 100, raw: {} }];
}

function readRoutes(traffic: JsonObject, names: ReadonlySet<string>): Route[] {
  const routes = objectsOf(traffic['routes']).map((route) => readRoute(route, names));
  if (new Set(routes.map((route) => route.servedEntity)).size !== routes.length) {
    throw invalidParameter('A served entity can have at most one route.');
  }
  const sum = routes.reduce((total, route) => total + route.percentage, 0);
  if (sum !== 100) throw invalidParameter(`The sum of traffic percentages must be 100, but is ${sum}.`);
  return routes;
}

function readRoute(route: JsonObject, names: ReadonlySet<string>): Route {
  const model = textOf(route['served_model_name']);
  const entity = textOf(route['served_entity_name']);
  const servedEntity = entity ?? model;
  if (servedEntity === undefined || (model !== undefined && model !== servedEntity)) {
    throw invalidParameter('A route must name one served entity.');
  }
  if (!names.has(servedEntity)) {
    throw invalidParameter(`Traffic route '${servedEntity}' does not match a served entity.`);
  }
  const given = route['traffic_percentage'];
  // Documentation shows quoted numbers as well.
  const percentage = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  if (typeof percentage !== 'number' || !Number.isInteger(percentage) || percentage < 0 || percentage > 100) {
    throw invalidParameter(`traffic_percentage of '${servedEntity}' must be an integer from 0 to 100.`);
  }
  return { servedEntity, percentage, raw: route };
}
