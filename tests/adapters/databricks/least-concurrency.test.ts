import { describe, expect, it } from 'vitest';
import { endpointView } from '../../../src/adapters/databricks/endpoint-view.ts';
import type { Serving } from '../../../src/adapters/databricks/serving.ts';
import { servingEndpoints } from '../../../src/adapters/databricks/serving-endpoints.ts';
import { instant } from '../../../src/domain/units.ts';

const nowhere = async (): Promise<never> => {
  throw new Error('Nobody expected this call.');
};

/** What is observed of an endpoint that the workspace describes with one entity like this. */
async function leastOf(entity: object): Promise<number | undefined> {
  const raw = {
    name: 'fraud-prod',
    state: { ready: 'READY', config_update: 'NOT_UPDATING' },
    config: {
      served_entities: [{ name: 'fraud-1', entity_name: 'prod.ml.fraud', entity_version: '1', ...entity }],
      traffic_config: { routes: [{ served_model_name: 'fraud-1', traffic_percentage: 100 }] },
    },
  };
  const client: Serving = {
    getEndpoint: async () => ({ raw, view: endpointView.parse(raw) }),
    updateConfig: nowhere,
    query: nowhere,
    queryEntity: nowhere,
  };
  const seen = await servingEndpoints(client, { now: () => instant(0), sleep: nowhere }).observe(
    'fraud-prod',
  );
  return seen.entities[0]?.leastConcurrency;
}

describe('the least concurrency of an entity', () => {
  it.each([
    [{ workload_size: 'Small' }, 4],
    [{ workload_size: 'Medium' }, 8],
    [{ workload_size: 'Large' }, 16],
    [{ min_provisioned_concurrency: 12, max_provisioned_concurrency: 24 }, 12],
    // Some workspaces show a size beside what is provisioned; what is provisioned counts.
    [{ workload_size: 'Small', min_provisioned_concurrency: 12 }, 12],
    [{ min_provisioned_concurrency: 0 }, 0],
  ])('of %j is %i', async (entity, least) => {
    expect(await leastOf(entity)).toBe(least);
  });

  it.each([{}, { workload_size: 'Custom-3' }, { workload_size: 'constructor' }])(
    'is not known of %j',
    async (entity) => {
      expect(await leastOf(entity)).toBeUndefined();
    },
  );
});
