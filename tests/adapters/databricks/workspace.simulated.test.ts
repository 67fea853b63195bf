import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { split, traffic } from '../../../src/domain/traffic.ts';
import { percent } from '../../../src/domain/units.ts';
import { errorOf } from './scripted-workspace.ts';
import {
  add,
  answered,
  canary,
  endpoint,
  minute,
  question,
  settle,
  simulatedWorkspace,
  sum,
} from './simulated-workspace.ts';

describe('an endpoint on the simulator', () => {
  it('goes up the whole ladder and back to the configuration that it began with', async () => {
    const rig = await simulatedWorkspace();
    const { serving } = rig.workspace;
    await rig.simulator.registerVersion('prod.ml.fraud', {});
    const original = await serving.observe(endpoint);
    expect(original).toMatchObject({
      entities: [{ name: 'fraud-1', model: 'prod.ml.fraud', version: '1', ready: true, scaleToZero: false }],
      traffic: { 'fraud-1': 100 },
      ready: true,
      update: 'none',
      pending: null,
      stopped: false,
      fallbackOn: false,
      routeOptimised: false,
    });

    const hidden = { burst_scaling_enabled: true };
    const warm = serving.change(original.configuration, {
      add,
      hidden,
      traffic: traffic({ 'fraud-1': 100, 'fraud-2': 0 }),
    });
    await serving.replace(endpoint, warm);
    const during = await serving.observe(endpoint);
    expect(during).toMatchObject({ update: 'inProgress', traffic: { 'fraud-1': 100 } });
    expect(serving.differences(warm, during.pending ?? {}, 'fraud-2')).toEqual([]);
    expect(serving.differences(original.configuration, during.configuration)).toEqual([]);
    expect(await errorOf(serving.replace(endpoint, warm))).toMatchObject({ name: 'DatabricksConflict' });
    await rig.pass(13 * minute);

    let seen = await serving.observe(endpoint);
    expect(seen.traffic).toEqual({ 'fraud-1': 100, 'fraud-2': 0 });
    expect(serving.differences(warm, seen.configuration, 'fraud-2')).toEqual([]);
    for (const share of [5, 0]) {
      const desired = serving.change(seen.configuration, {
        traffic: split('fraud-1', 'fraud-2', percent(share)),
        hidden,
      });
      await settle(rig, desired);
      seen = await serving.observe(endpoint);
      expect(seen.traffic).toEqual({ 'fraud-1': 100 - share, 'fraud-2': share });
      expect(serving.differences(desired, seen.configuration, 'fraud-2')).toEqual([]);
    }

    expect(serving.differences(original.configuration, seen.configuration)).not.toEqual([]);
    await settle(rig, serving.change(original.configuration, { hidden }));
    seen = await serving.observe(endpoint);
    expect(seen.configuration).toEqual(original.configuration);
    expect(serving.differences(original.configuration, seen.configuration)).toEqual([]);
  });

  it('answers probes of an entity at 0 %, failures included, and none of them is traffic', async () => {
    const rig = await simulatedWorkspace();
    await canary(rig, 0, 1);
    const probe = (entity: string) =>
      rig.workspace.serving.probe(endpoint, entity, {
        body: { dataframe_records: [{ amount: 5 }] },
        clientRequestId: 'headgate-r1-1',
      });
    const good = await probe('fraud-1');
    expect(good.code).toBe(200);
    expect(good.took).toBeGreaterThan(0);
    expect(await probe('fraud-2')).toMatchObject({ code: 500 });
    await rig.simulator.setBehaviour('prod.ml.fraud', 2, { errorRate: 1, errorStatus: 0 });
    expect(await probe('fraud-2')).toMatchObject({ code: 0 });
    await rig.pass(10 * minute);
    const about = question({ source: 'payloadTable', table: 'prod.serving.fraud_prod_payload' });
    expect(sum(await answered(rig, about), 'candidate', 'requests')).toBe(0);
  });

  it('is not found under another name', async () => {
    const { workspace } = await simulatedWorkspace();
    expect(await errorOf(workspace.serving.observe('nowhere'))).toMatchObject({ name: 'DatabricksNotFound' });
  });
});

describe('a text kept with a version on the simulator', () => {
  const name = 'headgate_restore_fraud-prod';

  it('is found again, replaced by the next one, and nothing where none was kept', async () => {
    const { registry } = (await simulatedWorkspace()).workspace;
    const read = () => registry.keptText('prod.ml.fraud', '1', name);
    expect(await read()).toBeUndefined();
    // Random, so that it is long when it is packed too.
    const long = randomBytes(6_000).toString('base64');
    for (const text of [long, 'short', long]) {
      await registry.keepText('prod.ml.fraud', '1', name, text);
      expect(await read()).toBe(text);
    }
    const error = await errorOf(registry.keptText('prod.ml.fraud', '9', name));
    expect(error).toMatchObject({ name: 'DatabricksNotFound' });
  });

  it('that was cut off in the middle is not taken for the one before', async () => {
    const rig = await simulatedWorkspace();
    const { registry } = rig.workspace;
    await registry.keepText('prod.ml.fraud', '1', name, randomBytes(3_000).toString('base64'));
    const path = '/api/2.0/mlflow/unity-catalog/model-versions/set-tag';
    await rig.simulator.installFault({
      name: 'emptyBody',
      parameters: { code: 403 },
      match: { path },
      skip: 2,
    });
    await errorOf(registry.keepText('prod.ml.fraud', '1', name, randomBytes(3_000).toString('base64')));
    const error = await errorOf(registry.keptText('prod.ml.fraud', '1', name));
    expect(error).toMatchObject({ name: 'EvidenceInvalid' });
  });
});

describe('jobs and the registry on the simulator', () => {
  it('starts one run per token and returns the report of its last task', async () => {
    const rig = await simulatedWorkspace();
    const { jobs } = rig.workspace;
    await rig.simulator.registerVersion('prod.ml.fraud', {});
    const parameters = { model_name: 'prod.ml.fraud', model_version: '2' };
    const runId = await jobs.start('1001', parameters, 'token-1');
    expect(await jobs.start('1001', parameters, 'token-1')).toBe(runId);
    expect((await jobs.run(runId)).phase).toMatch(/queued|running/);
    await rig.pass(5 * minute);
    expect(await jobs.run(runId)).toMatchObject({ runId, phase: 'succeeded' });
    expect(JSON.parse((await jobs.output(runId)) ?? '')).toMatchObject({ schema: 'headgate.result/v1' });
  });

  it('names a version, its alias and what must not change of it', async () => {
    const rig = await simulatedWorkspace();
    const { registry } = rig.workspace;
    const first = await registry.version('prod.ml.fraud', '1');
    expect(first).toMatchObject({ version: '1', ready: true, readiness: 'READY' });
    expect(Object.keys(JSON.parse(first.identity))).toEqual(['created_at', 'id', 'run_id', 'source']);
    await registry.tag('prod.ml.fraud', '1', 'headgate_release', 'r-1');
    expect((await registry.version('prod.ml.fraud', '1')).identity).toBe(first.identity);
    await rig.simulator.registerVersion('prod.ml.fraud', { status: 'PENDING_REGISTRATION' });
    const second = await registry.version('prod.ml.fraud', '2');
    expect(second).toMatchObject({ ready: false, readiness: 'still being registered' });
    expect(second.identity).not.toBe(first.identity);
    expect(await registry.alias('prod.ml.fraud', 'champion')).toBe('1');
    await registry.setAlias('prod.ml.fraud', 'champion', '2');
    expect(await registry.alias('prod.ml.fraud', 'champion')).toBe('2');
    expect(await registry.alias('prod.ml.fraud', 'challenger')).toBeUndefined();
    for (const version of ['3', 'latest', '']) {
      const error = await errorOf(registry.version('prod.ml.fraud', version));
      expect(error).toMatchObject({ name: 'UnknownModelVersion' });
    }
  });
});
