import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed, configurationIn } from '../../../src/adapters/databricks/configuration.ts';
import { differencesBetween } from '../../../src/adapters/databricks/configuration-differences.ts';
import { percent } from '../../../src/domain/units.ts';
import { type Generated, generated, sharesOf } from './endpoint-configurations.ts';
import { errorOf } from './scripted-workspace.ts';

const candidate = 'candidate-new';
type Json = ReturnType<typeof JSON.parse>;

/** A candidate beside the others at 0 %, as the warm-up writes it. */
const warmed = ({ configuration, names: [like], traffic: shares }: Generated): Json =>
  changed(configuration, {
    add: { name: candidate, version: '99', like },
    traffic: { ...shares, [candidate]: percent(0) },
  });

describe('a configuration is copied, never rebuilt', () => {
  it('adds an entity as a copy of its like and leaves everything else identical', () => {
    fc.assert(
      fc.property(generated, (base) => {
        const original: Json = base.configuration;
        const after = warmed(base);
        const added = after.served_entities.at(-1);
        expect(added).toEqual({ ...original.served_entities[0], name: candidate, entity_version: '99' });
        const route = { served_model_name: candidate, served_entity_name: candidate, traffic_percentage: 0 };
        expect(after.traffic_config.routes.at(-1)).toEqual(route);
        expect({
          ...after,
          served_entities: after.served_entities.slice(0, -1),
          traffic_config: { ...after.traffic_config, routes: after.traffic_config.routes.slice(0, -1) },
        }).toEqual(original);
      }),
    );
  });

  it('moves traffic by changing percentages alone', () => {
    const cases = generated.chain((base) => fc.tuple(fc.constant(base), sharesOf(base.names)));
    fc.assert(
      fc.property(cases, ([base, shares]) => {
        const after: Json = changed(base.configuration, { traffic: shares });
        const { traffic_config: before, ...rest }: Json = base.configuration;
        expect({ ...after, traffic_config: before }).toEqual({ ...rest, traffic_config: before });
        const routes = before.routes.map((route: Json, index: number) => {
          const now = after.traffic_config.routes[index];
          expect(Number(now.traffic_percentage)).toBe(
            shares[now.served_entity_name ?? now.served_model_name],
          );
          return { ...now, traffic_percentage: route.traffic_percentage };
        });
        expect({ ...before, routes }).toEqual(before);
        const sum = after.traffic_config.routes.reduce(
          (total: number, route: Json) => total + Number(route.traffic_percentage),
          0,
        );
        expect(sum).toBe(100);
      }),
    );
  });

  it('removes an entity with its route and leaves everything else identical', () => {
    fc.assert(
      fc.property(generated, fc.nat(), (base, pick) => {
        const gone = base.names[pick % base.names.length] ?? '';
        const original: Json = base.configuration;
        const after: Json = changed(original, { remove: gone });
        const others = (list: Json[]) =>
          list.filter((one) => ![one.name, one.served_entity_name, one.served_model_name].includes(gone));
        expect(after).toEqual({
          ...original,
          served_entities: others(original.served_entities),
          traffic_config: {
            ...original.traffic_config,
            routes: others(original.traffic_config.routes),
          },
        });
      }),
    );
  });

  it('is identical to the original when what was added is removed and the traffic is as it was', () => {
    fc.assert(
      fc.property(generated, (base) => {
        const back = changed(warmed(base), { remove: candidate, traffic: base.traffic });
        expect(back).toEqual(base.configuration);
      }),
    );
  });

  it('shares nothing that could be changed behind its back', () => {
    fc.assert(
      fc.property(generated, (base) => {
        const text = JSON.stringify(base.configuration);
        const after: Json = changed(base.configuration, { hidden: { burst_scaling_enabled: true } });
        for (const entity of after.served_entities) entity.environment_vars.PLANTED = 'yes';
        after.traffic_config.routes.length = 0;
        expect(JSON.stringify(base.configuration)).toBe(text);
      }),
    );
  });

  it('leaves an entity alone that is there already', () => {
    const base = { served_entities: [{ name: 'a', entity_version: '1' }] };
    expect(changed(base, { add: { name: 'a', version: '2', like: 'a' } })).toEqual(base);
  });

  it('refuses to invent an entity when the one to copy from is gone', async () => {
    const work = async () =>
      changed({ served_entities: [] }, { add: { name: 'b', version: '2', like: 'a' } });
    expect(await errorOf(work())).toMatchObject({ name: 'ForeignChange' });
  });

  it('sends hidden fields with every entity, the new one included', () => {
    const after: Json = changed(
      { served_entities: [{ name: 'a', entity_version: '1' }] },
      { add: { name: 'b', version: '2', like: 'a' }, hidden: { burst_scaling_enabled: true } },
    );
    expect(after.served_entities).toEqual([
      { name: 'a', entity_version: '1', burst_scaling_enabled: true },
      { name: 'b', entity_version: '2', burst_scaling_enabled: true },
    ]);
    expect(after).not.toHaveProperty('traffic_config');
  });

  it('writes the deprecated form where the endpoint has no other', () => {
    const base = { served_models: [{ name: 'a', model_name: 'm', model_version: '1' }] };
    expect(changed(base, { add: { name: 'b', version: '2', like: 'a' } })).toEqual({
      served_models: [
        { name: 'a', model_name: 'm', model_version: '1' },
        { name: 'b', model_name: 'm', model_version: '2' },
      ],
    });
  });
});

describe('reading a configuration', () => {
  it('takes off what the workspace adds on reading, and nothing else', () => {
    fc.assert(
      fc.property(generated, ({ configuration }) => {
        const original: Json = configuration;
        const shown = {
          ...original,
          config_version: 7,
          start_time: 5,
          auto_capture_config: { catalog_name: 'prod', enabled: true, state: { payload_table: {} } },
          served_models: [{ name: 'the twin' }],
          served_entities: original.served_entities.map((entity: Json) => ({
            ...entity,
            state: { deployment: 'DEPLOYMENT_READY' },
            creator: 'sp',
            creation_timestamp: 1,
          })),
        };
        expect(configurationIn(shown)).toEqual({
          ...original,
          auto_capture_config: { catalog_name: 'prod', enabled: true },
        });
      }),
    );
  });

  it('is the same configuration as the one that was sent', () => {
    fc.assert(
      fc.property(generated, ({ configuration }) => {
        expect(differencesBetween(configuration, configurationIn(configuration))).toEqual([]);
      }),
    );
  });
});
