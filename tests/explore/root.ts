import { alias, beginning, endpoint, model, stagingEndpoint } from './base-runs.ts';
import type { Controller } from './controller.ts';
import { emptyLedger } from './fakes/ledger.ts';
import { noGhost } from './ghost.ts';
import type { EndpointState, Live, World } from './world.ts';

/** A value that no row, event, error or state may ever show; an entity's environment holds it. */
export const canary = 'canary-4f1d9a-secret';

const serving = (name: string): EndpointState => ({
  active: {
    served_entities: [
      {
        name,
        entity_name: model,
        entity_version: '1',
        workload_size: 'Small',
        scale_to_zero_enabled: false,
        environment_vars: { KEY: canary },
      },
    ],
    traffic_config: { routes: [{ served_model_name: name, traffic_percentage: 100 }] },
  },
  configVersion: 1,
  last: 'none',
  update: null,
  behind: null,
});

const empty: World = {
  now: beginning,
  serial: 1,
  ledger: emptyLedger,
  evidence: {},
  workspace: {
    endpoints: { [endpoint]: serving('fraud-1'), [stagingEndpoint]: serving('fraud-1') },
    runs: [],
    aliases: { [alias]: '1' },
  },
  executions: {},
  bus: [],
  deadLetters: [],
  broke: 0,
  zombies: [],
  nextTick: beginning,
  nextReconcile: beginning,
  lookedAt: beginning,
  acted: 0,
  ghost: noGhost,
};

/** @param random For the pauses between retries: 0 makes each the shortest that Step Functions may draw. */
export const liveAt = (world: World, random: () => number = () => 0): Live => ({
  world,
  happenings: [],
  actor: undefined,
  random,
});

/** The world in which a run begins: version 1 serves, and was adopted. */
export async function rootOf(controller: Controller): Promise<World> {
  const live = liveAt(empty);
  const { outcome } = await controller.invoke(live, 'Operate', { ask: 'adopt', endpoint, actor: 'ana' });
  if (outcome.kind !== 'value')
    throw new Error(`The endpoint could not be adopted: ${JSON.stringify(outcome)}`);
  return live.world;
}
