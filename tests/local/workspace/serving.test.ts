import { describe, expect, it } from 'vitest';
import { minute, rig, serving, warehouseId, withCandidate } from './harness.ts';

const endpoint = `${serving}/fraud-prod`;

describe('an endpoint update', () => {
  it('shows the pending configuration only while it updates, and stays READY throughout', async () => {
    const { call, configOf, pass } = await rig();
    const config = await configOf('fraud-prod');
    const put = await call('PUT', `${endpoint}/config`, {
      ...config,
      served_entities: [{ ...config.served_entities[0], workload_size: 'Medium' }],
    });
    expect(put.code).toBe(200);
    expect(put.json.state).toEqual({ ready: 'READY', config_update: 'IN_PROGRESS' });
    expect(put.json.config.config_version).toBe(1);
    expect(put.json.pending_config.config_version).toBe(2);
    expect(put.json.pending_config.served_entities[0].state.deployment).toBe('DEPLOYMENT_CREATING');

    await pass(7.9 * minute);
    expect((await call('GET', endpoint)).json.state.config_update).toBe('IN_PROGRESS');
    await pass(4.2 * minute);
    const { json } = await call('GET', endpoint);
    expect(json.state).toEqual({ ready: 'READY', config_update: 'NOT_UPDATING' });
    expect(json.pending_config).toBeUndefined();
    expect(json.config.config_version).toBe(2);
    expect(json.config.served_entities[0]).toMatchObject({
      workload_size: 'Medium',
      state: { deployment: 'DEPLOYMENT_READY' },
    });
  });

  it('takes 20 to 40 seconds when only the traffic changes', async () => {
    const { call, configOf, pass, workspace } = await rig();
    await workspace.registerVersion('prod.ml.fraud', {});
    await call('PUT', `${endpoint}/config`, withCandidate(await configOf('fraud-prod'), '2', 0));
    await pass(12 * minute);
    const warm = await configOf('fraud-prod');
    const [first, second] = warm.traffic_config.routes;
    await call('PUT', `${endpoint}/config`, {
      ...warm,
      traffic_config: {
        ...warm.traffic_config,
        routes: [
          { ...first, traffic_percentage: 95 },
          { ...second, traffic_percentage: 5 },
        ],
      },
    });
    await pass(19_999);
    const pending = (await call('GET', endpoint)).json;
    expect(pending.state.config_update).toBe('IN_PROGRESS');
    expect(pending.pending_config.served_entities.map((entity: { state: object }) => entity.state)).toEqual([
      { deployment: 'DEPLOYMENT_READY', deployment_state_message: '' },
      { deployment: 'DEPLOYMENT_READY', deployment_state_message: '' },
    ]);
    await pass(20_002);
    expect((await call('GET', endpoint)).json.config.config_version).toBe(3);
  });

  it('refuses a second update with 409 until the first is over, and changes nothing by it', async () => {
    const { call, configOf, pass } = await rig();
    const config = await configOf('fraud-prod');
    await call('PUT', `${endpoint}/config`, config);
    const second = await call('PUT', `${endpoint}/config`, { ...config, capture_note: 'second' });
    expect(second.code).toBe(409);
    expect(second.json.error_code).toBe('RESOURCE_CONFLICT');
    await pass(minute);
    const after = await call('GET', endpoint);
    expect(after.json.config).toMatchObject({ config_version: 2, capture_note: 'fraud_prod' });
    expect((await call('PUT', `${endpoint}/config`, config)).code).toBe(200);
  });

  it('keeps members that nobody knows at every level, and drops them when a replacement leaves them out', async () => {
    const { call, configOf, pass } = await rig();
    const config = await configOf('fraud-prod');
    await call('PUT', `${endpoint}/config`, { ...config, novelty: { deep: [1, { deeper: null }] } });
    await pass(minute);
    const { json } = await call('GET', endpoint);
    expect(json.ownership).toEqual({ cost_centre: '4711', contacts: ['risk@example.com'] });
    expect(json.config.novelty).toEqual({ deep: [1, { deeper: null }] });
    expect(json.config.startup_budget).toEqual(config.startup_budget);
    expect(json.config.served_entities[0].placement_hint).toEqual({ zone: 'b', spread: ['rack', 'host'] });
    expect(json.config.traffic_config.overflow_rule).toEqual({ mode: 'shed', above: 0.95 });
    expect(json.config.traffic_config.routes[0].session_pinning).toBe('none');

    await call('PUT', `${endpoint}/config`, { served_entities: config.served_entities });
    await pass(minute);
    const bare = (await call('GET', endpoint)).json.config;
    expect(bare.novelty).toBeUndefined();
    expect(bare.startup_budget).toBeUndefined();
    expect(bare.traffic_config.routes).toEqual([
      { served_model_name: 'fraud-1', served_entity_name: 'fraud-1', traffic_percentage: 100 },
    ]);
  });

  it('never shows burst_scaling_enabled and plaintext secrets again, but keeps them', async () => {
    const { call, configOf, pass, workspace } = await rig();
    const config = await configOf('fraud-prod');
    const [entity] = config.served_entities;
    const hidden = {
      ...entity,
      burst_scaling_enabled: true,
      external_model: { provider: 'x', api_key_plaintext: 'hush' },
    };
    await call('PUT', `${endpoint}/config`, { ...config, served_entities: [hidden] });
    await pass(12 * minute);
    const shown = (await call('GET', endpoint)).json.config.served_entities[0];
    expect(shown).not.toHaveProperty('burst_scaling_enabled');
    expect(shown.external_model).toEqual({ provider: 'x' });
    const truth = await workspace.truth('fraud-prod');
    expect(truth.configuration['served_entities']).toEqual([
      expect.objectContaining({
        burst_scaling_enabled: true,
        external_model: { provider: 'x', api_key_plaintext: 'hush' },
      }),
    ]);
  });

  it('accepts the deprecated twin, and answers it beside the entities', async () => {
    const { call, configOf, pass } = await rig();
    const { served_entities: entities, ...rest } = await configOf('fraud-prod');
    const { entity_name: model, entity_version: version, ...entity } = entities[0];
    const twin = [{ ...entity, model_name: model, model_version: version }];
    expect((await call('PUT', `${endpoint}/config`, { ...rest, served_models: twin })).code).toBe(200);
    await pass(minute);
    const { json } = await call('GET', endpoint);
    expect(json.config.served_entities[0]).toMatchObject({ entity_name: model, entity_version: version });
    expect(json.config.served_models[0]).toMatchObject({ model_name: model, model_version: version });
  });
});

describe('endpoints as a whole', () => {
  it('are listed with and without a trailing slash', async () => {
    const { call } = await rig();
    const names = (answer: { json: { endpoints: { name: string }[] } }) =>
      answer.json.endpoints.map((one) => one.name);
    expect(names(await call('GET', serving))).toEqual(['fraud-prod', 'fraud-staging']);
    expect(names(await call('GET', `${serving}/`))).toEqual(['fraud-prod', 'fraud-staging']);
  });

  it('are created NOT_READY, have a payload table at once, and can be deleted', async () => {
    const { call, configOf, pass, sql } = await rig();
    const body = {
      name: 'fraud-two',
      config: await configOf('fraud-prod'),
      ai_gateway: {
        inference_table_config: { catalog_name: 'other', schema_name: 's', enabled: true },
      },
    };
    const created = await call('POST', `${serving}/`, body);
    expect(created.json.state).toEqual({ ready: 'NOT_READY', config_update: 'IN_PROGRESS' });
    expect(created.json.config).toBeUndefined();
    expect((await call('POST', serving, body)).json.error_code).toBe('RESOURCE_ALREADY_EXISTS');
    expect(await sql('SELECT count(*) FROM other.s.`fraud-two_payload`')).toEqual([['0']]);
    await pass(12 * minute);
    expect((await call('GET', `${serving}/fraud-two`)).json.state.ready).toBe('READY');
    expect((await call('DELETE', `${serving}/fraud-two`)).code).toBe(200);
    expect(await call('GET', `${serving}/fraud-two`)).toMatchObject({
      code: 404,
      json: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
  });

  it('add, replace and delete tags', async () => {
    const { call } = await rig();
    const { json } = await call('PATCH', `${endpoint}/tags`, {
      add_tags: [
        { key: 'release', value: 'r-1' },
        { key: 'team', value: 'core' },
      ],
      delete_tags: ['none'],
    });
    expect(json.tags).toEqual([
      { key: 'release', value: 'r-1' },
      { key: 'team', value: 'core' },
    ]);
    await call('PATCH', `${endpoint}/tags`, { delete_tags: ['team'] });
    expect((await call('GET', endpoint)).json.tags).toEqual([{ key: 'release', value: 'r-1' }]);
  });

  it('allow 50 creates and updates in five minutes and then answer 429 with whole seconds to wait', async () => {
    const { call, pass } = await rig();
    for (let i = 0; i < 50; i++) await call('PUT', `${endpoint}/config`, {});
    await pass(10_500);
    const answer = await call('PUT', `${endpoint}/config`, {});
    expect(answer).toMatchObject({ code: 429, json: { error_code: 'REQUEST_LIMIT_EXCEEDED' } });
    expect(answer.headers.get('retry-after')).toBe('290');
    await pass(290_000);
    expect((await call('PUT', `${endpoint}/config`, {})).code).toBe(400);
  });

  it('record each deployment and each active configuration in system.serving.served_entities', async () => {
    const { call, configOf, pass, sql } = await rig();
    await call('PUT', `${endpoint}/config`, await configOf('fraud-prod'));
    await pass(minute);
    const rows = await sql(
      `SELECT served_entity_name, entity_version, endpoint_config_version, count(DISTINCT served_entity_id) OVER ()
       FROM system.serving.served_entities WHERE endpoint_name = :name ORDER BY change_time`,
      { warehouse_id: warehouseId, parameters: [{ name: 'name', value: 'fraud-prod' }] },
    );
    expect(rows).toEqual([
      ['fraud-1', '1', '1', '1'],
      ['fraud-1', '1', '2', '1'],
    ]);
  });
});
