import { describe, expect, it } from 'vitest';
import { rig } from './harness.ts';

const model = '/api/2.1/unity-catalog/models/prod.ml.fraud';

describe('Unity Catalog', () => {
  it('gives a registered version the next number, and lists versions page by page', async () => {
    const { call, workspace } = await rig();
    expect(await workspace.registerVersion('prod.ml.fraud', { comment: 'second' })).toBe(2);
    expect(await workspace.registerVersion('prod.ml.fraud', {})).toBe(3);
    const first = (await call('GET', `${model}/versions?max_results=2`)).json;
    expect(first.model_versions.map((one: { version: number }) => one.version)).toEqual([1, 2]);
    const rest = await call('GET', `${model}/versions?max_results=2&page_token=${first.next_page_token}`);
    expect(rest.json.model_versions).toMatchObject([{ version: 3, status: 'READY', model_name: 'fraud' }]);
    expect(rest.json.next_page_token).toBeUndefined();
  });

  it('shows aliases only when asked, and moves them', async () => {
    const { call, workspace } = await rig();
    await workspace.registerVersion('prod.ml.fraud', {});
    expect((await call('GET', model)).json.aliases).toBeUndefined();
    expect((await call('GET', `${model}?include_aliases=true`)).json).toMatchObject({
      full_name: 'prod.ml.fraud',
      aliases: [{ alias_name: 'champion', version_num: 1 }],
    });
    expect((await call('PUT', `${model}/aliases/champion`, { version_num: 2 })).json).toEqual({
      alias_name: 'champion',
      version_num: 2,
    });
    expect((await call('GET', `${model}/aliases/champion`)).json.version).toBe(2);
    expect((await call('GET', `${model}/versions/1?include_aliases=true`)).json.aliases).toEqual([]);
    expect((await call('PUT', `${model}/aliases/champion`, { version_num: 9 })).code).toBe(404);
    expect((await call('GET', `${model}/aliases/champion`)).json.version).toBe(2);
    await call('DELETE', `${model}/aliases/champion`);
    expect((await call('GET', `${model}/aliases/champion`)).code).toBe(404);
  });

  it('changes a version’s comment and nothing else of it', async () => {
    const { call } = await rig();
    const before = (await call('GET', `${model}/versions/1`)).json;
    await call('PATCH', `${model}/versions/1`, { comment: 'released', version: 5 });
    expect((await call('GET', `${model}/versions/1`)).json).toEqual({ ...before, comment: 'released' });
  });

  it('answers 404 for a model, a version and an alias that are not there', async () => {
    const { call } = await rig();
    for (const path of [`${model}x`, `${model}/versions/7`, `${model}/aliases/none`]) {
      expect(await call('GET', path)).toMatchObject({
        code: 404,
        json: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
      });
    }
  });

  it('assigns, changes, lists and drops entity tags', async () => {
    const { call } = await rig();
    const base = '/api/2.1/unity-catalog/entity-tag-assignments';
    const tag = { entity_type: 'models', entity_name: 'prod.ml.fraud', tag_key: 'gate', tag_value: 'open' };
    expect((await call('POST', base, tag)).json).toEqual(tag);
    const at = `${base}/models/prod.ml.fraud/tags`;
    await call('PATCH', `${at}/gate`, { tag_value: 'shut' });
    expect((await call('GET', `${at}/gate`)).json.tag_value).toBe('shut');
    expect((await call('GET', at)).json.tag_assignments).toHaveLength(2);
    await call('DELETE', `${at}/gate`);
    expect((await call('GET', `${at}/gate`)).code).toBe(404);
  });

  it('answers MLflow’s own registry client: versions as text, tags set on a version', async () => {
    const { call } = await rig();
    const base = '/api/2.0/mlflow/unity-catalog/model-versions';
    const name = 'prod.ml.fraud';
    await call('POST', `${base}/set-tag`, { name, version: '1', key: 'release', value: 'r-9' });
    const { json } = await call('GET', `${base}/get?name=${name}&version=1`);
    expect(json.model_version).toMatchObject({
      name,
      version: '1',
      status: 'READY',
      tags: [{ key: 'release', value: 'r-9' }],
      aliases: [{ alias: 'champion', version: '1' }],
    });
  });
});
