import { describe, expect, it } from 'vitest';
import { rig, serving } from './harness.ts';

const endpoint = `${serving}/fraud-prod`;

describe('a configuration that breaks a rule is refused with 400', () => {
  const entity = {
    name: 'a',
    entity_name: 'prod.ml.fraud',
    entity_version: '1',
    scale_to_zero_enabled: false,
    workload_size: 'Small',
  };
  const other = { ...entity, name: 'b' };
  const routes = (...shares: [string, unknown][]) => ({
    routes: shares.map(([name, share]) => ({ served_model_name: name, traffic_percentage: share })),
  });
  it.each([
    ['traffic that does not sum to 100', { served_entities: [entity], traffic_config: routes(['a', 90]) }],
    ['an unknown route', { served_entities: [entity], traffic_config: routes(['z', 100]) }],
    ['two routes to one entity', { served_entities: [entity], traffic_config: routes(['a', 50], ['a', 50]) }],
    [
      'a fraction of a per cent',
      { served_entities: [entity, other], traffic_config: routes(['a', 99.5], ['b', 0.5]) },
    ],
    ['duplicate entity names', { served_entities: [entity, entity], traffic_config: routes(['a', 100]) }],
    [
      'more than 15 entities',
      {
        served_entities: Array.from({ length: 16 }, (_, i) => ({ ...entity, name: `e${i}` })),
        traffic_config: routes(['e0', 100]),
      },
    ],
    ['no scale_to_zero_enabled', { served_entities: [{ ...entity, scale_to_zero_enabled: undefined }] }],
    [
      'both served_models and served_entities',
      { served_entities: [entity], served_models: [{ ...entity, model_name: 'm', model_version: '1' }] },
    ],
    ['a version that is a number', { served_entities: [{ ...entity, entity_version: 1 }] }],
    ['a name of 64 characters', { served_entities: [{ ...entity, name: 'n'.repeat(64) }] }],
    ['two entities without traffic_config', { served_entities: [entity, other] }],
    ['no entity', { served_entities: [] }],
  ])('%s', async (_name, body) => {
    const { call } = await rig();
    const answer = await call('PUT', `${endpoint}/config`, body);
    expect(answer.code).toBe(400);
    expect(answer.json.error_code).toBe('INVALID_PARAMETER_VALUE');
    expect((await call('GET', endpoint)).json.state.config_update).toBe('NOT_UPDATING');
  });

  it('a body that is not JSON', async () => {
    const { call } = await rig();
    const answer = await call('PUT', `${endpoint}/config`, '{"served');
    expect(answer).toMatchObject({ code: 400, json: { error_code: 'MALFORMED_REQUEST' } });
  });

  it('a version that the registry does not have, or that is not READY', async () => {
    const { call, workspace } = await rig();
    const at = (version: string) =>
      call('PUT', `${endpoint}/config`, { served_entities: [{ ...entity, entity_version: version }] });
    expect(await at('2')).toMatchObject({ code: 404, json: { error_code: 'RESOURCE_DOES_NOT_EXIST' } });
    await workspace.registerVersion('prod.ml.fraud', { status: 'PENDING_REGISTRATION' });
    expect(await at('2')).toMatchObject({ code: 400, json: { error_code: 'INVALID_STATE' } });
  });

  it('but percentages as text are read as numbers', async () => {
    const { call } = await rig();
    const answer = await call('PUT', `${endpoint}/config`, {
      served_entities: [entity],
      traffic_config: routes(['a', '100']),
    });
    expect(answer.json.pending_config.traffic_config.routes[0].traffic_percentage).toBe(100);
  });
});
