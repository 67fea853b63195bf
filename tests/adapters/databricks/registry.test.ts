import { describe, expect, it } from 'vitest';
import { bench, errorOf } from './scripted-workspace.ts';

const model = '/api/2.1/unity-catalog/models/prod.ml.fraud';
const tags = '/api/2.1/unity-catalog/entity-tag-assignments';
const seven = {
  model_name: 'fraud',
  catalog_name: 'prod',
  schema_name: 'ml',
  version: 7,
  run_id: 'abc123',
  source: 'dbfs:/mlruns/abc123/model',
  status: 'READY',
  aliases: [{ alias_name: 'champion', version_num: 7 }],
  created_at: 1_790_000_000_000,
  id: 'v-id-7',
};
const sevenView = {
  status: 'READY',
  version: 7,
  runId: 'abc123',
  source: 'dbfs:/mlruns/abc123/model',
  createdAt: 1_790_000_000_000,
  id: 'v-id-7',
  aliases: ['champion'],
};
const gone = { code: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'alias is not there' } };
const noSuchApi = {
  code: 404,
  body: { error_code: 'ENDPOINT_NOT_FOUND', message: "No API found for 'GET /…'" },
};

describe('a model version', () => {
  it('is read with its aliases, by number or by text', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`GET ${model}/versions/7`, { body: seven });
    expect(await client.registry.getVersion('prod.ml.fraud', '7')).toEqual(sevenView);
    expect(await client.registry.getVersion('prod.ml.fraud', 7)).toEqual(sevenView);
    expect(workspace.heard[0]?.query).toEqual({ include_aliases: 'true' });
  });

  it('without a state is not READY, and empty ids are absent', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`GET ${model}/versions/8`, { body: { version: 8, run_id: '', id: null } });
    expect(await client.registry.getVersion('prod.ml.fraud', 8)).toEqual({
      status: 'MODEL_VERSION_STATUS_UNKNOWN',
      version: 8,
      aliases: [],
    });
  });

  it.each(['latest', '', '-1', '1.0', '0', 0, 1.5])('is not asked for as %j', async (version) => {
    const { workspace, client } = await bench();
    expect((await errorOf(client.registry.getVersion('prod.ml.fraud', version))).name).toBe(
      'DatabricksRejected',
    );
    expect(workspace.heard).toEqual([]);
  });

  it('list goes on over an empty page until the token is absent', async () => {
    const { workspace, client } = await bench();
    workspace.answer(
      `GET ${model}/versions`,
      { body: { model_versions: [seven], next_page_token: 'a' } },
      { body: { next_page_token: 'b' } },
      { body: { model_versions: [{ version: 8, status: 'PENDING_REGISTRATION' }], next_page_token: '' } },
    );
    expect((await client.registry.listVersions('prod.ml.fraud')).map(({ version }) => version)).toEqual([
      7, 8,
    ]);
    expect(workspace.heard.map(({ query }) => query)).toEqual([{}, { page_token: 'a' }, { page_token: 'b' }]);
  });

  it('list that never ends is unreadable', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`GET ${model}/versions`, { body: { next_page_token: 'again' } });
    expect((await errorOf(client.registry.listVersions('prod.ml.fraud'))).name).toBe(
      'DatabricksAnswerUnreadable',
    );
  });
});

describe('an alias', () => {
  it('is set with the version as a number', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`PUT ${model}/aliases/champion`, { body: { alias_name: 'champion', version_num: 7 } });
    await client.registry.setAlias('prod.ml.fraud', 'champion', '7');
    expect(workspace.heard[0]?.body).toEqual({ version_num: 7 });
  });

  it('is the version it points to, or undefined when it is absent', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`GET ${model}/aliases/champion`, { body: seven }, gone);
    expect(await client.registry.getAlias('prod.ml.fraud', 'champion')).toEqual(sevenView);
    expect(await client.registry.getAlias('prod.ml.fraud', 'champion')).toBeUndefined();
  });

  it('may be gone already when it is deleted', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`DELETE ${model}/aliases/champion`, { body: '' }, gone);
    await client.registry.deleteAlias('prod.ml.fraud', 'champion');
    await client.registry.deleteAlias('prod.ml.fraud', 'champion');
    expect(workspace.heard).toHaveLength(2);
  });

  it('is not taken for absent where the workspace has no such API, or refuses us', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`GET ${model}/aliases/champion`, noSuchApi, {
      code: 403,
      body: { error_code: 'PERMISSION_DENIED', message: 'no' },
    });
    workspace.answer(`DELETE ${model}/aliases/champion`, noSuchApi);
    expect((await errorOf(client.registry.getAlias('prod.ml.fraud', 'champion'))).name).toBe(
      'DatabricksNotFound',
    );
    expect((await errorOf(client.registry.getAlias('prod.ml.fraud', 'champion'))).name).toBe(
      'DatabricksForbidden',
    );
    expect((await errorOf(client.registry.deleteAlias('prod.ml.fraud', 'champion'))).name).toBe(
      'DatabricksNotFound',
    );
  });
});

describe('tags', () => {
  const entity = { entityType: 'tables', entityName: 'prod.ml.fraud' } as const;
  const body = { entity_type: 'tables', entity_name: 'prod.ml.fraud', tag_key: 'release', tag_value: 'r-17' };

  it('are created, or changed where they exist', async () => {
    const { workspace, client } = await bench();
    workspace.answer(
      `POST ${tags}`,
      { body },
      { code: 409, body: { error_code: 'ALREADY_EXISTS', message: 'there' } },
    );
    workspace.answer(`PATCH ${tags}/tables/prod.ml.fraud/tags/release`, { body });
    await client.registry.setTag(entity, 'release', 'r-17');
    await client.registry.setTag(entity, 'release', 'r-17');
    expect(workspace.heard.map(({ method, query, body: sent }) => [method, query, sent])).toEqual([
      ['POST', {}, body],
      ['POST', {}, body],
      ['PATCH', { update_mask: 'tag_value' }, body],
    ]);
  });

  it('that may not be set are an error', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`POST ${tags}`, {
      code: 403,
      body: { error_code: 'PERMISSION_DENIED', message: 'no APPLY TAG' },
    });
    expect((await errorOf(client.registry.setTag(entity, 'a', 'b'))).name).toBe('DatabricksForbidden');
    expect(workspace.heard).toHaveLength(1);
  });

  it('are read over all pages', async () => {
    const { workspace, client } = await bench();
    workspace.answer(
      `GET ${tags}/tables/prod.ml.fraud/tags`,
      { body: { tag_assignments: [body], next_page_token: 'a' } },
      { body: { tag_assignments: [{ tag_key: 'approved' }] } },
    );
    expect(await client.registry.getTags(entity)).toEqual({ release: 'r-17', approved: '' });
  });
});
