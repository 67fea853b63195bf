import { describe, expect, it } from 'vitest';
import { minutes } from '../../../src/domain/units.ts';
import { endpoint, healthy, openStage, type Running, type Stage } from '../stage.ts';
import { share, short, untilIntent } from './short-release.ts';

type Configuration = Record<string, unknown>;
interface Entity {
  readonly name: string;
  readonly [field: string]: unknown;
}

const entitiesOf = (configuration: Configuration) => configuration['served_entities'] as Entity[];
const routesOf = (configuration: Configuration) =>
  (configuration['traffic_config'] as Configuration)['routes'] as Configuration[];

async function configurationNow(stage: Stage): Promise<Configuration> {
  return structuredClone((await stage.workspace.truth(endpoint)).configuration);
}

/** What somebody may do to the endpoint while the candidate has half of its traffic. */
const changes: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  'adds a variable to the baseline': async (stage) => {
    await stage.workspace.installFault({ name: 'foreignChange', parameters: { endpoint } });
  },
  'moves the traffic': async (stage) => {
    const config = await configurationNow(stage);
    for (const route of routesOf(config)) {
      route['traffic_percentage'] = route['served_entity_name'] === 'fraud-1' ? 70 : 30;
    }
    await stage.workspace.installFault({ name: 'foreignChange', parameters: { endpoint, config } });
  },
  'adds an entity with a tenth of the traffic': async (stage) => {
    const config = await configurationNow(stage);
    const [first] = entitiesOf(config);
    entitiesOf(config).push({ ...first, name: 'theirs' });
    for (const route of routesOf(config)) {
      if (route['served_entity_name'] === 'fraud-1') route['traffic_percentage'] = 40;
    }
    routesOf(config).push({ served_entity_name: 'theirs', traffic_percentage: 10 });
    await stage.workspace.installFault({ name: 'foreignChange', parameters: { endpoint, config } });
  },
  'deletes the endpoint and makes it anew as it was before the release': async (stage) => {
    const config = await configurationNow(stage);
    const [first] = entitiesOf(config);
    config['served_entities'] = [first];
    config['traffic_config'] = {
      ...(config['traffic_config'] as Configuration),
      routes: [{ served_entity_name: 'fraud-1', traffic_percentage: 100 }],
    };
    await stage.workspace.installFault({ name: 'endpointRecreated', parameters: { endpoint, config } });
  },
};

async function toHalf(): Promise<{ stage: Stage; release: Running }> {
  const stage = await openStage(short());
  const release = await stage.register(healthy);
  await stage.until(release, 'Bake', share);
  return { stage, release };
}

const variables = (configuration: Configuration) =>
  entitiesOf(configuration).find((entity) => entity.name === 'fraud-1')?.['environment_vars'];

describe('a foreign change of the endpoint in mid-release', () => {
  it.each(Object.entries(changes))(
    'somebody %s: no forward write, held, and the way back is open',
    async (_what, change) => {
      const { stage, release } = await toHalf();
      const writes = stage.calls.servingWrites().length;
      await change(stage);

      const held = await stage.until(release, 'Hold');
      expect(held.why).toContain('ForeignChange');
      await stage.pass(minutes(30));
      expect(stage.calls.servingWrites()).toHaveLength(writes);

      await stage.abort(release);
      const end = await stage.end(release);
      expect(end.outcome?.kind).toBe('rolledBack');
      expect(await stage.serving()).toEqual({ 1: 100 });
      expect((await stage.ledger((ledger) => ledger.endpoint(endpoint)))?.phase).toBe('closed');
    },
  );

  it('is kept by the way back, which says so', async () => {
    const { stage, release } = await toHalf();
    await changes['adds a variable to the baseline']?.(stage);
    await stage.until(release, 'Hold');
    await stage.abort(release);
    await stage.end(release);

    expect(variables(await configurationNow(stage))).toMatchObject({ CHANGED_BY: 'somebody-else' });
    const told = (await stage.trail(release)).filter((entry) => entry.action === 'ForeignChange');
    expect(told.map((entry) => entry.says).join()).toContain('environment_vars.CHANGED_BY');
  });

  it('is kept as well when it comes while the traffic is on its way back', async () => {
    const { stage, release } = await toHalf();
    await stage.abort(release);
    await untilIntent(stage, 'traffic');
    // The update of routes takes 20 s and VerifyBaseline looks every 3 s: after the one, before the other.
    const sent = (await stage.ledger((ledger) => ledger.endpoint(endpoint)))?.intent?.at ?? 0;
    const inMs = sent + 20_001 - stage.clock.now();
    await stage.workspace.installFault({ name: 'foreignChange', parameters: { endpoint, inMs } });
    const end = await stage.end(release);

    expect(end.outcome?.kind).toBe('rolledBack');
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect(variables(await configurationNow(stage))).toMatchObject({ CHANGED_BY: 'somebody-else' });
  });

  it('is found when it comes between the shift and its verification', async () => {
    const stage = await openStage(short());
    // The update ends between two looks of VerifyTraffic, and right after it comes the foreign one.
    await stage.workspace.installFault({
      name: 'updateTakes',
      parameters: { endpoint, durationMs: 22_000 },
      skip: 1,
    });
    const release = await stage.register(healthy);
    await untilIntent(stage, 'shift');
    const writes = stage.calls.servingWrites().length;
    await stage.workspace.installFault({ name: 'foreignChange', parameters: { endpoint, inMs: 22_001 } });

    const held = await stage.until(release, 'Hold');
    expect(held.why).toContain('ForeignChange');
    expect(stage.calls.servingWrites()).toHaveLength(writes);
  });

  it('that deletes the endpoint ends all writing, until somebody makes it anew', async () => {
    const { stage, release } = await toHalf();
    const { configuration } = await stage.workspace.truth(endpoint);
    const writes = stage.calls.servingWrites().length;
    await stage.workspace.installFault({ name: 'endpointDeleted', parameters: { endpoint } });
    await stage.pass(minutes(60));

    expect(stage.calls.servingWrites()).toHaveLength(writes);
    const view = await stage.view(release);
    expect(view.phase).not.toBe('ended');
    expect(view.why).toContain('ForeignChange');
    await stage.abort(release);
    await stage.pass(minutes(60));
    expect((await stage.view(release)).why).toContain('DatabricksNotFound');

    const config = structuredClone(configuration);
    const [first] = entitiesOf(config);
    config['served_entities'] = [first];
    config['traffic_config'] = { routes: [{ served_entity_name: 'fraud-1', traffic_percentage: 100 }] };
    await stage.clock.busy(async () => {
      const answer = await fetch(`${stage.workspace.host}/api/2.0/serving-endpoints`, {
        method: 'POST',
        headers: { authorization: `Bearer ${stage.workspace.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: endpoint, config }),
      });
      expect(answer.status).toBe(200);
    });
    const end = await stage.end(release);
    expect(end.outcome?.kind).toBe('rolledBack');
    expect(await stage.serving()).toEqual({ 1: 100 });
  });
});
