import fc from 'fast-check';
import { expect, it } from 'vitest';
import { minute, rig, serving } from './harness.ts';

/** Members that no API has; the prefix keeps them apart from the ones it has. */
const unknownMembers = fc
  .dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 3 })
  .map((members) => Object.fromEntries(Object.entries(members).map(([key, value]) => [`x_${key}`, value])));

it('a configuration with any unknown members at any level comes back as it was sent, and again when sent back', async () => {
  const { call, configOf, pass } = await rig();
  const path = `${serving}/fraud-prod/config`;
  const levels = fc.record({
    config: unknownMembers,
    entity: unknownMembers,
    traffic: unknownMembers,
    route: unknownMembers,
  });
  const put = async (config: unknown) => {
    expect((await call('PUT', path, config)).code).toBe(200);
    await pass(12 * minute);
    return configOf('fraud-prod');
  };
  await fc.assert(
    fc.asyncProperty(levels, async (given) => {
      const extra = JSON.parse(JSON.stringify(given)) as typeof given;
      const entity = {
        name: 'a',
        entity_name: 'prod.ml.fraud',
        entity_version: '1',
        scale_to_zero_enabled: false,
        ...extra.entity,
      };
      const route = { served_entity_name: 'a', traffic_percentage: 100, ...extra.route };
      const shown = await put({
        ...extra.config,
        served_entities: [entity],
        traffic_config: { ...extra.traffic, routes: [route] },
      });
      const {
        creator: _who,
        creation_timestamp: _when,
        state: _state,
        ...shownEntity
      } = shown.served_entities[0];
      expect(shownEntity).toEqual(entity);
      const { served_entities: _entities, traffic_config: traffic, ...rest } = shown;
      expect(rest).toEqual(extra.config);
      expect(traffic).toEqual({
        ...extra.traffic,
        routes: [{ ...route, served_model_name: 'a' }],
      });
      expect(await put(shown)).toEqual(shown);
    }),
    { numRuns: 25 },
  );
});
