import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Configuration, RequestQuestion } from '../../../src/app/ports/workspace.ts';
import type { WindowCounts } from '../../../src/domain/evidence.ts';
import { split, traffic } from '../../../src/domain/traffic.ts';
import { instant, millis, percent } from '../../../src/domain/units.ts';
import { errorOf } from './scripted-workspace.ts';
import {
  minute,
  type SimulatedWorkspace,
  simulatedWorkspace,
  start,
  warehouseId,
} from './simulated-workspace.ts';

const endpoint = 'fraud-prod';
const add = { name: 'fraud-2', version: '2', like: 'fraud-1' };

/** Sends a configuration and lets the update end. */
async function settle({ workspace, pass }: SimulatedWorkspace, desired: Configuration): Promise<void> {
  await workspace.serving.replace(endpoint, desired);
  await pass(13 * minute);
}

async function canary(rig: SimulatedWorkspace, share: number, errorRate = 0.02): Promise<void> {
  const { simulator, workspace } = rig;
  await simulator.registerVersion('prod.ml.fraud', { behaviour: { errorRate } });
  const { configuration } = await workspace.serving.observe(endpoint);
  const shares = split('fraud-1', 'fraud-2', percent(share));
  await settle(rig, workspace.serving.change(configuration, { add, traffic: shares }));
}

function question(changes: Partial<RequestQuestion> = {}): RequestQuestion {
  return {
    source: 'callers',
    table: 'prod.serving.caller_requests',
    warehouseId,
    endpoint,
    baseline: 'fraud-1',
    candidate: 'fraud-2',
    from: instant(start),
    until: instant(start + 60 * minute),
    span: millis(minute),
    slowAbove: millis(100),
    ...changes,
  };
}

async function answered(rig: SimulatedWorkspace, about: RequestQuestion): Promise<readonly WindowCounts[]> {
  const { requests } = rig.workspace;
  const id = await requests.ask(about);
  for (let tries = 0; tries < 5; tries++) {
    const windows = await requests.answer(id, about);
    if (windows !== 'running') return windows;
    await rig.pass(minute);
  }
  throw new Error('no answer');
}

const sum = (windows: readonly WindowCounts[], side: 'baseline' | 'candidate', what: 'requests' | 'errors') =>
  windows.reduce((total, window) => total + window[side][what], 0);

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
    await rig.pass(10 * minute);
    const about = question({ source: 'payloadTable', table: 'prod.serving.fraud_prod_payload' });
    expect(sum(await answered(rig, about), 'candidate', 'requests')).toBe(0);
  });

  it('is not found under another name', async () => {
    const { workspace } = await simulatedWorkspace();
    expect(await errorOf(workspace.serving.observe('nowhere'))).toMatchObject({ name: 'DatabricksNotFound' });
  });
});

describe('counts of live requests', () => {
  it('are what really happened, window by window', async () => {
    const rig = await simulatedWorkspace();
    await canary(rig, 20);
    await rig.pass(20 * minute);
    const until = instant(rig.clock.now());
    const { served } = await rig.simulator.truth(endpoint);
    const windows = await answered(rig, question({ until }));
    const side = (name: string) => served.find(({ servedEntity }) => servedEntity === name);
    expect(sum(windows, 'baseline', 'requests')).toBe(side('fraud-1')?.requests);
    expect(sum(windows, 'baseline', 'errors')).toBe(side('fraud-1')?.errors);
    expect(sum(windows, 'candidate', 'requests')).toBe(side('fraud-2')?.requests);
    expect(sum(windows, 'candidate', 'errors')).toBe(side('fraud-2')?.errors);
    expect(sum(windows, 'candidate', 'errors')).toBeGreaterThan(0);
    const times = windows.map(({ at }) => at);
    expect(times).toEqual(Array.from({ length: times.length }, (_, index) => start + index * minute));
    for (const { baseline, step, span } of windows) {
      expect([step, span]).toEqual([-1, minute]);
      expect(baseline.slow).toBeGreaterThanOrEqual(baseline.errors);
      expect(baseline.slow).toBeLessThan(baseline.requests);
    }
  });

  it('are the same from the payload table once all its rows have arrived, through several config versions', async () => {
    const rig = await simulatedWorkspace();
    await canary(rig, 20);
    const { serving } = rig.workspace;
    const { configuration } = await serving.observe(endpoint);
    // Both entities keep their ids under a second configuration version.
    await settle(rig, serving.change(configuration, { traffic: split('fraud-1', 'fraud-2', percent(30)) }));
    const until = instant(start + 20 * minute);
    await rig.pass(10 * minute);
    const payload = { source: 'payloadTable', table: 'prod.serving.fraud_prod_payload', until } as const;
    const windows = await answered(rig, question(payload));
    expect(windows).toEqual(await answered(rig, question({ until })));
    expect(sum(windows, 'candidate', 'requests')).toBeGreaterThan(0);
  });

  it('begin with the first instant asked for and end before the last', async () => {
    const rig = await simulatedWorkspace();
    await rig.pass(10 * minute);
    const all = await answered(rig, question());
    const some = await answered(
      rig,
      question({ from: instant(start + 2 * minute), until: instant(start + 5 * minute) }),
    );
    expect(some).toEqual(all.slice(2, 5));
    const halves = [
      question({ until: instant(start + 90_001) }),
      question({ from: instant(start + 90_001), until: instant(start + 5 * minute) }),
    ];
    const parts = [
      await answered(rig, halves[0] ?? question()),
      await answered(rig, halves[1] ?? question()),
    ];
    expect(parts.map((windows) => windows.length)).toEqual([2, 4]);
    expect(sum(parts.flat(), 'baseline', 'requests')).toBe(sum(all.slice(0, 5), 'baseline', 'requests'));
  });

  it('are still running while the warehouse works, and can be cancelled', async () => {
    const slow = { statement: { min: 30_000, max: 30_000 } };
    const rig = await simulatedWorkspace({ timings: slow });
    await rig.pass(5 * minute);
    const { requests } = rig.workspace;
    const id = await requests.ask(question());
    expect(await requests.answer(id, question())).toBe('running');
    await requests.cancel(id);
    await rig.pass(minute);
    expect(await errorOf(requests.answer(id, question()))).toMatchObject({ name: 'StatementFailed' });
  });

  it('cannot be asked of a table whose name is more than a name', async () => {
    const { workspace } = await simulatedWorkspace();
    for (const table of ['a.b', 'a.b.c.d', 'a.b.c`; DROP TABLE x', 'a.b.c d', 'a..c', 'a.b.c\nd']) {
      const asked = workspace.requests.ask(question({ table }));
      expect(await errorOf(asked), table).toMatchObject({ name: 'PolicyInvalid' });
    }
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
