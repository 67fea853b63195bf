import { bodyOf, param, type WorkspaceApp } from '../exchange.ts';
import { type JsonObject, textOf } from '../json.ts';
import { invalidParameter } from '../refusal.ts';
import type { ModelVersion, RegisteredModel, Registry } from '../registry.ts';
import type { Simulation } from '../simulation.ts';

const models = '/api/2.1/unity-catalog/models';
const tags = '/api/2.1/unity-catalog/entity-tag-assignments';
const flavoured = '/api/2.0/mlflow/unity-catalog/model-versions';

/** Unity Catalog: models, versions, aliases and tags, and the two calls that MLflow's own client makes on versions. */
export function catalogRoutes(app: WorkspaceApp, simulation: Simulation): void {
  modelRoutes(app, simulation);
  aliasRoutes(app, simulation);
  tagRoutes(app, simulation);
  mlflowRoutes(app, simulation);
}

function modelRoutes(app: WorkspaceApp, { registry, profile }: Simulation): void {
  const owner = profile.principal;

  app.get(`${models}/:model`, (exchange) => {
    const model = registry.model(param(exchange, 'model'));
    const aliases = exchange.req.query('include_aliases') === 'true';
    return exchange.json({
      ...nameParts(model.name),
      full_name: model.name,
      owner,
      comment: model.comment,
      created_at: model.createdAt,
      created_by: owner,
      ...(aliases ? { aliases: aliasBodies([...model.aliases]) } : {}),
    });
  });

  app.get(`${models}/:model/versions`, (exchange) => {
    const model = registry.model(param(exchange, 'model'));
    const most = Math.min(Number(exchange.req.query('max_results') ?? 100), 1000);
    const from = Number(exchange.req.query('page_token') ?? 0);
    const all = [...model.versions.values()];
    const page = all.slice(from, from + most);
    return exchange.json({
      model_versions: page.map((version) => versionBody(model, version, owner)),
      ...(from + most < all.length ? { next_page_token: String(from + most) } : {}),
    });
  });

  app.get(`${models}/:model/versions/:version`, (exchange) => {
    const model = registry.model(param(exchange, 'model'));
    const version = registry.version(model.name, param(exchange, 'version'));
    const aliases = exchange.req.query('include_aliases') === 'true';
    return exchange.json(versionBody(model, version, owner, aliases));
  });

  app.patch(`${models}/:model/versions/:version`, async (exchange) => {
    const model = registry.model(param(exchange, 'model'));
    const version = registry.version(model.name, param(exchange, 'version'));
    version.comment = textOf((await bodyOf(exchange))['comment']) ?? version.comment;
    return exchange.json(versionBody(model, version, owner));
  });
}

function aliasRoutes(app: WorkspaceApp, { registry, profile }: Simulation): void {
  const path = `${models}/:model/aliases/:alias`;

  app.get(path, (exchange) => {
    const model = registry.model(param(exchange, 'model'));
    const version = registry.aliased(model.name, param(exchange, 'alias'));
    return exchange.json(versionBody(model, version, profile.principal, true));
  });

  app.put(path, async (exchange) => {
    const alias = param(exchange, 'alias');
    const number = (await bodyOf(exchange))['version_num'];
    if (typeof number !== 'number' || !Number.isInteger(number)) {
      throw invalidParameter('version_num must be an integer.');
    }
    registry.setAlias(param(exchange, 'model'), alias, number);
    return exchange.json({ alias_name: alias, version_num: number });
  });

  app.delete(path, (exchange) => {
    registry.dropAlias(param(exchange, 'model'), param(exchange, 'alias'));
    return exchange.json({});
  });
}

function tagRoutes(app: WorkspaceApp, { registry }: Simulation): void {
  const path = `${tags}/:type/:entity/tags/:key`;

  app.post(tags, async (exchange) => {
    const body = await bodyOf(exchange);
    const [type, entity, key] = [body['entity_type'], body['entity_name'], body['tag_key']].map(textOf);
    if (!type || !entity || !key) throw invalidParameter('entity_type, entity_name and tag_key must be set.');
    return exchange.json(registry.assignTag(type, entity, key, textOf(body['tag_value']) ?? ''));
  });

  app.get(`${tags}/:type/:entity/tags`, (exchange) =>
    exchange.json({
      tag_assignments: registry.tagsOf(param(exchange, 'type'), param(exchange, 'entity')),
    }),
  );

  app.get(path, (exchange) =>
    exchange.json(registry.tag(param(exchange, 'type'), param(exchange, 'entity'), param(exchange, 'key'))),
  );

  app.patch(path, async (exchange) => {
    const place = [param(exchange, 'type'), param(exchange, 'entity'), param(exchange, 'key')] as const;
    registry.tag(...place);
    return exchange.json(registry.assignTag(...place, textOf((await bodyOf(exchange))['tag_value']) ?? ''));
  });

  app.delete(path, (exchange) => {
    registry.dropTag(param(exchange, 'type'), param(exchange, 'entity'), param(exchange, 'key'));
    return exchange.json({});
  });
}

function mlflowRoutes(app: WorkspaceApp, { registry }: Simulation): void {
  app.get(`${flavoured}/get`, async (exchange) => {
    // MLflow's client sends the names as a query, or as a body with its GET.
    const body = exchange.req.query('name') ? exchange.req.query() : await bodyOf(exchange);
    const model = registry.model(textOf(body['name']) ?? '');
    const version = registry.version(model.name, String(body['version']));
    return exchange.json({ model_version: mlflowBody(registry, model, version) });
  });

  app.post(`${flavoured}/set-tag`, async (exchange) => {
    const body = await bodyOf(exchange);
    const version = registry.version(textOf(body['name']) ?? '', String(body['version']));
    const key = textOf(body['key']);
    if (!key) throw invalidParameter('key must be set.');
    refuseTag(version.tags, key, textOf(body['value']) ?? '');
    version.tags.set(key, textOf(body['value']) ?? '');
    return exchange.json({});
  });
}

/** Unity Catalog's bounds of a tag. */
function refuseTag(tags: ReadonlyMap<string, string>, key: string, value: string): void {
  if (key.length > 255 || /[.,\-=/:]/.test(key)) {
    throw invalidParameter(`'${key}' is no tag key: at most 255 characters, and none of . , - = / :`);
  }
  if (value.length > 1_000)
    throw invalidParameter(`A tag value has at most 1000 characters, not ${value.length}.`);
  if (tags.size >= 50 && !tags.has(key)) throw invalidParameter('An object has at most 50 tags.');
}

function nameParts(full: string): JsonObject {
  const [catalog, schema, ...rest] = full.split('.');
  return { name: rest.join('.'), catalog_name: catalog, schema_name: schema };
}

const aliasBodies = (aliases: [string, number][]): JsonObject[] =>
  aliases.map(([alias, number]) => ({ alias_name: alias, version_num: number }));

function versionBody(
  model: RegisteredModel,
  version: ModelVersion,
  owner: string,
  withAliases = false,
): JsonObject {
  const { name, ...place } = nameParts(model.name);
  return {
    model_name: name,
    ...place,
    version: version.number,
    status: version.status,
    run_id: version.runId,
    source: version.source,
    storage_location: `s3://managed/${model.name}/${version.id}`,
    comment: version.comment,
    created_at: version.createdAt,
    created_by: owner,
    updated_at: version.updatedAt,
    updated_by: owner,
    id: version.id,
    ...(withAliases
      ? { aliases: aliasBodies([...model.aliases].filter(([, number]) => number === version.number)) }
      : {}),
  };
}

function mlflowBody(registry: Registry, model: RegisteredModel, version: ModelVersion): JsonObject {
  return {
    name: model.name,
    version: String(version.number),
    creation_timestamp: version.createdAt,
    last_updated_timestamp: version.updatedAt,
    description: version.comment,
    source: version.source,
    run_id: version.runId,
    status: version.status,
    tags: [...version.tags].map(([key, value]) => ({ key, value })),
    aliases: registry
      .aliasesOf(model.name, version.number)
      .map((alias) => ({ alias, version: String(version.number) })),
  };
}
