import { describe, expect, it } from 'vitest';
import type { WorkspaceProfile } from '../../local/workspace/profile.ts';
import { fraudProfile } from '../../local/workspace/profiles/fraud.ts';
import { endpoint, healthy, openStage, type Setting, type Stage } from './stage.ts';

type Members = Record<string, unknown>;

/** Fields that no version of anything has had, at every level and of every type, and hidden ones. */
const strange = {
  flag: false,
  zero: 0,
  nothing: null,
  empty: {},
  none: [],
  text: '',
  deep: { rungs: [{ at: 1.5, also: [null, { end: 'x' }] }], 'odd key.with/marks': 'ü' },
};

const entity = {
  name: 'fraud-1',
  entity_name: 'prod.ml.fraud',
  entity_version: '1',
  workload_size: 'Small',
  scale_to_zero_enabled: false,
  environment_vars: { FEATURE_STORE: '{{secrets/fraud/feature-store}}', EMPTY: '' },
  tomorrow: strange,
  burst_scaling_enabled: true,
};

/** The workspace echoes a route's entity under both of its names, so both come back with the next write. */
const both = (name: string) => ({ served_entity_name: name, served_model_name: name });

const config: Members = {
  served_entities: [entity],
  traffic_config: {
    routes: [{ ...both('fraud-1'), traffic_percentage: 100, tomorrow: strange }],
    tomorrow: strange,
  },
  tomorrow: strange,
};

const [production, ...others] = fraudProfile.endpoints ?? [];
const profile: Partial<WorkspaceProfile> = {
  endpoints: [{ ...production, body: { ...production?.body, tomorrow: strange, config } }, ...others],
};
const setting: Setting = { profile, fraud: { hiddenFields: { burst_scaling_enabled: true } } };

/** What the simulator holds, hidden fields included, and what its API shows, less what it counts up by itself. */
async function whole(stage: Stage) {
  const { configuration } = await stage.workspace.truth(endpoint);
  const shown = await stage.get(`/api/2.0/serving-endpoints/${endpoint}`);
  const { config_version: _version, ...active } = shown['config'] as Members;
  const { last_updated_timestamp: _updated, ...rest } = shown;
  return { configuration, shown: { ...rest, config: active } };
}

describe('an endpoint with fields that nobody has heard of', () => {
  it('is untouched by a release that is aborted before it wrote', async () => {
    const approve = { enabled: true, approvals: 1 };
    const stage = await openStage({ ...setting, policy: { stages: { approve } } });
    const before = await whole(stage);
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    await stage.abort(release);
    expect((await stage.end(release)).outcome?.kind).toBe('rejected');
    expect(await whole(stage)).toEqual(before);
    expect(stage.calls.servingWrites()).toEqual([]);
  });

  it('is the same in every field after a rollback of a candidate that was only warmed', async () => {
    const stage = await openStage({
      ...setting,
      policy: { stages: { shadow: { enabled: true, pairs: 3000, deadline: '3h' } } },
    });
    const before = await whole(stage);
    const release = await stage.register(healthy);
    await stage.until(release, 'Shadow');
    expect((await whole(stage)).configuration).not.toEqual(before.configuration);
    await stage.abort(release);
    expect((await stage.end(release)).outcome?.kind).toBe('rejected');
    expect(await whole(stage)).toEqual(before);
  });

  it.each([5, 50, 100])('is the same in every field after a rollback from %i percent', async (share) => {
    const stage = await openStage({ ...setting, policy: { soak: { span: '1h' } } });
    const before = await whole(stage);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', share);
    // What serves beside the candidate is as it was, but for its share.
    const { configuration } = await stage.workspace.truth(endpoint);
    expect(configuration['served_entities']).toContainEqual(entity);
    const { routes } = configuration['traffic_config'] as { routes: Members[] };
    const route = { ...both('fraud-1'), traffic_percentage: 100 - share, tomorrow: strange };
    expect(routes).toContainEqual(route);
    await stage.abort(release);
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    expect(await whole(stage)).toEqual(before);
  });

  it('is the same after a promotion but for the routes and the entity, which is the old one with its version', async () => {
    const stage = await openStage(setting);
    const before = await whole(stage);
    const release = await stage.register(healthy);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    const after = await whole(stage);

    const { served_entities: entities, traffic_config: traffic, ...rest } = after.configuration;
    const { served_entities: _old, traffic_config: _routes, ...restBefore } = before.configuration;
    expect(rest).toEqual(restBefore);
    const name = `fraud-${release.version}`;
    expect(entities).toEqual([{ ...entity, name, entity_version: release.version }]);
    const { routes, ...others } = traffic as Members;
    expect(others).toEqual({ tomorrow: strange });
    expect(routes).toMatchObject([{ ...both(name), traffic_percentage: 100 }]);

    const { config: _active, state, ...shown } = after.shown as Members;
    const { config: _activeBefore, state: _state, ...shownBefore } = before.shown as Members;
    expect(shown).toEqual(shownBefore);
    expect(state).toEqual({ ready: 'READY', config_update: 'NOT_UPDATING' });
  });

  it('is the same in every field after a promotion that a person took back', async () => {
    const stage = await openStage(setting);
    const before = await whole(stage);
    await stage.end(await stage.register(healthy));
    const { release } = await stage.start(undefined, { intent: 'rollback' });
    expect((await stage.end(release)).outcome?.kind).toBe('restored');
    const after = await whole(stage);
    expect(after.configuration).toEqual(before.configuration);
  });
});
