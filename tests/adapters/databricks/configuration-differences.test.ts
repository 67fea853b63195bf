import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differencesBetween } from '../../../src/adapters/databricks/configuration-differences.ts';
import { generated, leafPaths, withLeaf } from './endpoint-configurations.ts';

type Json = ReturnType<typeof JSON.parse>;

const base = {
  served_entities: [
    {
      name: 'fraud-1',
      entity_version: '1',
      workload_size: 'Small',
      environment_vars: { TOKEN: 'open sesame' },
      novelty: { deep: [1, { er: null }] },
    },
    { name: 'fraud-2', entity_version: '2', workload_size: 'Small' },
  ],
  traffic_config: {
    routes: [
      { served_model_name: 'fraud-1', served_entity_name: 'fraud-1', traffic_percentage: 90 },
      { served_entity_name: 'fraud-2', traffic_percentage: 10 },
    ],
  },
};

/** A copy of the base, changed by `edit`. */
function edited(edit: (copy: Json) => void): Json {
  const copy: Json = structuredClone(base);
  edit(copy);
  return copy;
}

describe('differences between configurations', () => {
  it('are none between a configuration and itself, in whatever order its parts are listed', () => {
    fc.assert(
      fc.property(generated, ({ configuration }) => {
        const original: Json = configuration;
        const turned = {
          traffic_config: {
            ...original.traffic_config,
            routes: original.traffic_config.routes.toReversed(),
          },
          ...original,
          served_entities: original.served_entities.toReversed(),
        };
        expect(differencesBetween(original, turned)).toEqual([]);
        expect(differencesBetween(turned, original)).toEqual([]);
      }),
    );
  });

  it('are found wherever one value changes, in fields that nobody has heard of too', () => {
    fc.assert(
      fc.property(generated, fc.nat(), ({ configuration }, pick) => {
        const paths = leafPaths(configuration).filter(
          (path) => !String(path.at(-1)).startsWith('served_') && path.at(-1) !== 'name',
        );
        const path = paths[pick % paths.length] ?? [];
        const other = withLeaf(configuration, path, path.at(-1) === 'traffic_percentage' ? 101 : 'changed!');
        expect(differencesBetween(configuration, other as Json)).toHaveLength(1);
        expect(differencesBetween(other as Json, configuration)).toHaveLength(1);
      }),
    );
  });

  it('say where and what in words', () => {
    const other = edited((copy) => {
      copy.served_entities[0].workload_size = 'Large';
      copy.served_entities[0].novelty.deep[1].er = 'x';
      copy.served_entities.push({ name: 'fraud-3' });
      copy.traffic_config.routes[0].traffic_percentage = 80;
      copy.traffic_config.routes.push({ served_entity_name: 'fraud-3', traffic_percentage: 10 });
      copy.extra = true;
    });
    expect(differencesBetween(base, other)).toEqual([
      'extra: absent -> true',
      'served_entities[fraud-1].workload_size: Small -> Large',
      'served_entities[fraud-1].novelty.deep[1].er: null -> x',
      'served_entities[fraud-3]: absent -> present',
      'traffic_config.routes[fraud-1].traffic_percentage: 90 -> 80',
      'traffic_config.routes[fraud-3].traffic_percentage: 0 -> 10',
    ]);
  });

  it('never repeat the value of an environment variable', () => {
    const other = edited((copy) => {
      copy.served_entities[0].environment_vars.TOKEN = 'another secret';
    });
    expect(differencesBetween(base, other)).toEqual([
      'served_entities[fraud-1].environment_vars.TOKEN: differs',
    ]);
  });

  it('do not count a missing route against one with 0 %, nor "90" against 90', () => {
    const other = edited((copy) => {
      copy.traffic_config.routes[0].traffic_percentage = '90';
      copy.served_entities.push({ name: 'fraud-3' });
      copy.traffic_config.routes.push({ served_entity_name: 'fraud-3', traffic_percentage: 0, note: 'x' });
    });
    const withThird = edited((copy) => copy.served_entities.push({ name: 'fraud-3' }));
    expect(differencesBetween(withThird, other)).toEqual([]);
    expect(differencesBetween(other, withThird)).toEqual([]);
  });

  it('do not count what was sent and is never shown, but do count it when it is shown and different', () => {
    const sent = edited((copy) => {
      copy.served_entities[0].burst_scaling_enabled = true;
      copy.served_entities[1].external = { key_plaintext: 'k' };
    });
    const shown = edited((copy) => {
      copy.served_entities[1].external = {};
    });
    expect(differencesBetween(sent, shown)).toEqual([]);
    shown.served_entities[0].burst_scaling_enabled = false;
    expect(differencesBetween(sent, shown)).toEqual([
      'served_entities[fraud-1].burst_scaling_enabled: true -> false',
    ]);
  });

  it('forgive what the workspace filled in of our entity, and of no other', () => {
    const filled = (index: number) =>
      edited((copy) => {
        copy.served_entities[index].workload_type = 'CPU';
        copy.traffic_config.routes[index].note = 'filled in';
      });
    expect(differencesBetween(base, filled(1), 'fraud-2')).toEqual([]);
    expect(differencesBetween(base, filled(0), 'fraud-2')).toHaveLength(2);
    expect(differencesBetween(base, filled(1))).toHaveLength(2);
    // What we asked for must be there, in our entity too.
    expect(differencesBetween(filled(1), base, 'fraud-2')).toHaveLength(2);
  });
});
