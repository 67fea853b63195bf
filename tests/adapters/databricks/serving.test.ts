import { describe, expect, it } from 'vitest';
import { millis } from '../../../src/domain/units.ts';
import { bench, errorOf } from './scripted-workspace.ts';

const get = 'GET /api/2.0/serving-endpoints/fraud';
const put = 'PUT /api/2.0/serving-endpoints/fraud/config';
const query = 'POST /serving-endpoints/fraud/invocations';
const queryCandidate = 'POST /serving-endpoints/fraud/served-models/fraud-8/invocations';

/** In the shape of ServingEndpointDetailed, in mid-update, with fields that nobody knows at every level. */
const updating = {
  id: '8f2d4c',
  name: 'fraud',
  creator: 'sp@example.com',
  creation_timestamp: 1_790_000_000_000,
  description: '',
  route_optimized: false,
  unheard_of: { deep: [1, { er: null }] },
  state: { ready: 'READY', config_update: 'IN_PROGRESS', mood: 'calm' },
  ai_gateway: { fallback_config: { enabled: true }, usage_tracking_config: { enabled: true } },
  config: {
    config_version: 4,
    served_entities: [
      {
        name: 'fraud-7',
        entity_name: 'prod.ml.fraud',
        entity_version: '7',
        workload_size: 'Small',
        scale_to_zero_enabled: false,
        min_provisioned_concurrency: 4,
        max_provisioned_concurrency: 8,
        state: { deployment: 'DEPLOYMENT_READY', deployment_state_message: '' },
        novelty: 1,
      },
      { name: 'fraud-8', entity_name: 'prod.ml.fraud', entity_version: '8', scale_to_zero_enabled: true },
    ],
    traffic_config: {
      routes: [
        { served_model_name: 'fraud-7', served_entity_name: 'fraud-7', traffic_percentage: '90' },
        { served_model_name: 'fraud-8', traffic_percentage: 10 },
      ],
    },
  },
  pending_config: {
    config_version: '5',
    start_time: 1_790_000_100_000,
    served_entities: [
      {
        name: 'fraud-8',
        entity_name: 'prod.ml.fraud',
        entity_version: '8',
        state: { deployment: 'DEPLOYMENT_CREATING' },
      },
    ],
    traffic_config: { routes: [{ served_entity_name: 'fraud-8', traffic_percentage: 100 }] },
  },
};

describe('a serving endpoint', () => {
  it('is read on what we use, and carried whole', async () => {
    const { workspace, client } = await bench();
    workspace.answer(get, { body: updating });
    const { raw, view } = await client.serving.getEndpoint('fraud');
    expect(raw).toEqual(updating);
    expect(view).toEqual({
      id: '8f2d4c',
      name: 'fraud',
      ready: 'READY',
      configUpdate: 'IN_PROGRESS',
      configVersion: 4,
      entities: [
        {
          name: 'fraud-7',
          entityName: 'prod.ml.fraud',
          entityVersion: '7',
          deployment: 'DEPLOYMENT_READY',
          scaleToZero: false,
          workloadSize: 'Small',
          minProvisionedConcurrency: 4,
          maxProvisionedConcurrency: 8,
        },
        { name: 'fraud-8', entityName: 'prod.ml.fraud', entityVersion: '8', scaleToZero: true },
      ],
      routes: [
        { servedModelName: 'fraud-7', percentage: 90 },
        { servedModelName: 'fraud-8', percentage: 10 },
      ],
      pending: {
        configVersion: 5,
        entities: [
          {
            name: 'fraud-8',
            entityName: 'prod.ml.fraud',
            entityVersion: '8',
            deployment: 'DEPLOYMENT_CREATING',
          },
        ],
        routes: [{ servedModelName: 'fraud-8', percentage: 100 }],
      },
      routeOptimized: false,
      fallbackEnabled: true,
    });
  });

  it('that never became ready has neither entities nor routes, and only what is pending', async () => {
    const { workspace, client } = await bench();
    const { config: _, ...first } = updating;
    workspace.answer(get, {
      body: { ...first, state: { ready: 'NOT_READY', update_state: 'UPDATE_FAILED' } },
    });
    const { view } = await client.serving.getEndpoint('fraud');
    expect(view).toMatchObject({
      ready: 'NOT_READY',
      configUpdate: 'UPDATE_FAILED',
      entities: [],
      routes: [],
    });
    expect(view.configVersion).toBeUndefined();
  });

  it('without a state is not taken for a ready one', async () => {
    const { workspace, client } = await bench();
    workspace.answer(get, { body: { name: 'fraud', config: null } });
    expect((await client.serving.getEndpoint('fraud')).view).toEqual({
      name: 'fraud',
      ready: 'READY_STATE_UNSPECIFIED',
      configUpdate: 'CONFIG_UPDATE_STATE_UNSPECIFIED',
      entities: [],
      routes: [],
      routeOptimized: false,
      fallbackEnabled: false,
    });
  });

  it('may have states that are not invented yet, and the deprecated served_models', async () => {
    const { workspace, client } = await bench();
    workspace.answer(get, {
      body: {
        name: 'fraud',
        state: { ready: 'WARMING', config_update: 'REHEARSING' },
        config: {
          served_models: [
            { name: 'm', model_name: 'prod.ml.fraud', model_version: 7, state: { deployment: 'NAPPING' } },
          ],
        },
      },
    });
    expect((await client.serving.getEndpoint('fraud')).view).toMatchObject({
      ready: 'WARMING',
      configUpdate: 'REHEARSING',
      entities: [{ name: 'm', entityName: 'prod.ml.fraud', entityVersion: '7', deployment: 'NAPPING' }],
    });
  });

  it.each([
    ['above 100', { served_model_name: 'a', traffic_percentage: 101 }],
    ['with a fraction', { served_model_name: 'a', traffic_percentage: 12.5 }],
    ['in words', { served_model_name: 'a', traffic_percentage: 'half' }],
    ['to nobody', { traffic_percentage: 5 }],
  ])('with a share %s is unreadable', async (_, route) => {
    const { workspace, client } = await bench();
    workspace.answer(get, { body: { name: 'fraud', config: { traffic_config: { routes: [route] } } } });
    expect((await errorOf(client.serving.getEndpoint('fraud'))).name).toBe('DatabricksAnswerUnreadable');
  });

  it('takes a configuration at the top level of the body, every field as it was', async () => {
    const { workspace, client } = await bench();
    workspace.answer(put, { body: updating });
    await client.serving.updateConfig('fraud', updating.config);
    expect(workspace.calls(put).map(({ body }) => body)).toEqual([updating.config]);
  });
});

describe('a model query', () => {
  it('tells who answered, how long it took and what', async () => {
    const { workspace, clock, client } = await bench();
    workspace.answer(query, () => {
      void clock.sleep(millis(250));
      return {
        headers: {
          'Served-Model-Name': 'fraud-7',
          'x-request-id': 'q-1',
          'server-timing': 'request_ttfb_msec;dur=41.5',
        },
        body: { predictions: [0.2] },
      };
    });
    const observed = await client.serving.query('fraud', {
      dataframe_records: [{ a: 1 }],
      client_request_id: 'p-1',
    });
    expect(observed).toMatchObject({
      code: 200,
      servedModelName: 'fraud-7',
      serverMs: 41.5,
      requestId: 'q-1',
      body: { predictions: [0.2] },
    });
    expect(observed.durationMs).toBe(250);
    expect(workspace.calls(query)[0]?.body).toEqual({
      dataframe_records: [{ a: 1 }],
      client_request_id: 'p-1',
    });
  });

  it('of one entity goes past the split', async () => {
    const { workspace, client } = await bench();
    workspace.answer(queryCandidate, { body: { predictions: [1] } });
    const observed = await client.serving.queryEntity('fraud', 'fraud-8', { inputs: [] });
    expect(observed).toEqual({ code: 200, durationMs: 0, body: { predictions: [1] } });
  });

  it.each([
    [
      400,
      { error_code: 'BAD_REQUEST', message: 'Encountered an unexpected error while evaluating the model.' },
    ],
    [404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'no' }],
    [429, { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'Exceeded max number of parallel requests.' }],
    [500, 'not even JSON'],
    [503, undefined],
  ])('that ends in %i is an observation, made once', async (code, body) => {
    const { workspace, clock, client } = await bench();
    workspace.answer(query, { code, body, headers: { 'retry-after': '1' } });
    const start = clock.now();
    expect(await client.serving.query('fraud', {})).toEqual({ code, durationMs: 0, body });
    expect(workspace.calls(query)).toHaveLength(1);
    expect(clock.now()).toBe(start);
  });

  it('that we may not make is an error, after one new token', async () => {
    const { workspace, client } = await bench();
    workspace.answer(query, { code: 403, body: { error_code: 403, message: 'Invalid access token.' } });
    workspace.answer(queryCandidate, {
      code: 403,
      body: { error_code: 'PERMISSION_DENIED', message: 'no CAN_QUERY' },
    });
    expect((await errorOf(client.serving.query('fraud', {}))).name).toBe('DatabricksUnauthenticated');
    expect(workspace.calls(query)).toHaveLength(2);
    expect((await errorOf(client.serving.queryEntity('fraud', 'fraud-8', {}))).name).toBe(
      'DatabricksForbidden',
    );
  });

  it('without an answer says whether time ran out or the connection broke', async () => {
    const { workspace, client } = await bench();
    workspace.answer(queryCandidate, { fate: 'silence' });
    workspace.answer(query, { fate: 'reset' });
    const slow = await errorOf(client.serving.queryEntity('fraud', 'fraud-8', {}, { timeout: millis(20) }));
    const broken = await errorOf(client.serving.query('fraud', {}));
    expect([slow.facts['lost'], broken.facts['lost']]).toEqual(['time-out', 'connection']);
    expect(workspace.calls(query)).toHaveLength(1);
  });
});
