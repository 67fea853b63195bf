import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { fileCopyIn } from '../../local/breakglass-folder.ts';
import { configOf } from '../../src/app/environment.ts';
import { copyInWorkspace } from '../../src/app/people/restore-copies.ts';
import type { BreakglassAnswer, RestoringRequest } from '../../src/contracts/api.ts';
import { foreign } from './refusal-table.ts';
import { endpoint, healthy, model, openStage, type Stage } from './stage.ts';

/** A person takes an endpoint from Headgate and restores it by hand, with or without Headgate. */

function breakglass(stage: Stage, take = true): Promise<BreakglassAnswer> {
  const request = { take, reason: 'incident 4711', actor: 'ada' };
  return stage.clock.busy(() => stage.controller.operations.breakglass(endpoint, request));
}

/** What a person does with the printed request. */
async function sendByHand(stage: Stage, { method, url, body }: RestoringRequest): Promise<number> {
  return stage.clock.busy(async () => {
    const headers = { authorization: `Bearer ${stage.workspace.token}`, 'content-type': 'application/json' };
    return (await fetch(url, { method, headers, body: JSON.stringify(body) })).status;
  });
}

const giveBack = (stage: Stage) =>
  stage.clock.busy(() =>
    stage.controller.operations.freeze({ endpoint, off: true, reason: '', actor: 'ada' }),
  );

const truth = async (stage: Stage) => (await stage.workspace.truth(endpoint)).configuration;

describe('breakglass in mid-release', () => {
  it('ends the release, stops its execution, and nothing is written until the endpoint is given back', async () => {
    const stage = await openStage();
    const before = await truth(stage);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 50);
    const { took, request, version } = await breakglass(stage);
    expect(version).toBe('1');
    expect(took).toMatchObject({ release: release.releaseId });
    const writes = stage.calls.servingWrites().length;
    expect(await sendByHand(stage, request)).toBe(200);
    await stage.pass(3_600_000);

    expect(await stage.serving()).toEqual({ 1: 100 });
    const { traffic_config: routes, ...rest } = await truth(stage);
    const { traffic_config: routesBefore, ...restBefore } = before;
    expect(rest).toEqual(restBefore);
    expect(routes).toMatchObject(routesBefore as object);
    // The one by hand, and none of Headgate's.
    expect(stage.calls.servingWrites()).toHaveLength(writes + 1);
    const view = await stage.view(release);
    expect(view.outcome).toEqual({ kind: 'superseded', says: 'breakglass by ada: incident 4711' });
    expect(view.next).toMatch(/headgate adopt fraud-prod.*headgate freeze fraud-prod --off/);
    const { executionArn } = (await stage.ledger((ledger) => ledger.release(release.releaseId))) ?? {};
    expect(await stage.controller.ports.machine.phase(executionArn ?? '')).not.toBe('running');
    expect(await stage.ledger((ledger) => ledger.unclosedWaits())).toEqual([]);

    // Neither a version nor a rollback begins meanwhile.
    const waiting = await stage.register(healthy);
    await stage.pass(600_000);
    expect((await stage.view(waiting)).phase).toBe('queued');
    await giveBack(stage);
    expect((await stage.end(waiting)).outcome?.kind).toBe('promoted');
  });

  it('between two waits stops an execution that would have gone on', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'ShiftTraffic', 5);
    const { took } = await breakglass(stage);
    // The write that was recorded a moment ago may still be on its way.
    expect(Date.parse(took?.quietAt ?? '')).toBeGreaterThan(stage.clock.now());
    const writes = stage.calls.servingWrites().length;
    await stage.pass(3_600_000);
    expect(stage.calls.servingWrites()).toHaveLength(writes);
    const { executionArn } = (await stage.ledger((ledger) => ledger.release(release.releaseId))) ?? {};
    expect(await stage.controller.ports.machine.phase(executionArn ?? '')).toBe('aborted');
  });

  it('leaves no job running for the release that it ended', async () => {
    const stage = await openStage({ policy: { stages: { evaluate: { enabled: true } } } });
    const release = await stage.register(healthy);
    const { why } = await stage.until(release, 'Evaluate');
    await breakglass(stage);
    await stage.pass(30_000);
    const runId = /job run (\d+)/.exec(why)?.[1];
    const run = await stage.get(`/api/2.2/jobs/runs/get?run_id=${runId}`);
    expect(run).toMatchObject({ state: { result_state: 'CANCELED' } });
  });

  it('that only prints takes nothing, and is in the trail', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    expect(await breakglass(stage, false)).toMatchObject({ version: '1', took: null });
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    const lines = (await stage.trail()).filter(({ action }) => action.startsWith('Breakglass'));
    const says = 'asked for the request only: incident 4711';
    expect(lines).toMatchObject([{ action: 'BreakglassRequested', actor: 'ada', says }]);
  });

  it('takes nothing, and says nothing of it in the trail, when its request cannot be made', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 50);
    rmSync(join(stage.data, 'evidence', 'endpoints'), { recursive: true, force: true });
    await expect(breakglass(stage)).rejects.toMatchObject({ name: expect.any(String) });
    const row = await stage.ledger((ledger) => ledger.endpoint(endpoint));
    expect(row).toMatchObject({ freeze: null, owner: { releaseId: release.releaseId } });
    expect((await stage.trail()).map(({ action }) => action)).not.toContain('Breakglass');
  });

  it('answers with the request where neither the machine nor the waits can be stopped', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 50);
    const { ledger, machine } = stage.controller.ports;
    const silent = async () => {
      throw new Error('ThrottlingException');
    };
    vi.spyOn(machine, 'stop').mockImplementationOnce(silent);
    vi.spyOn(ledger, 'unclosedWaits').mockImplementationOnce(silent);
    const { took, request } = await breakglass(stage);
    expect(took).toMatchObject({ release: release.releaseId });
    const told = (await stage.trail()).find(({ action }) => action === 'ExecutionNotStopped');
    expect(told).toMatchObject({ releaseId: release.releaseId, says: expect.stringContaining('Throttling') });
    const writes = stage.calls.servingWrites().length;
    expect(await sendByHand(stage, request)).toBe(200);
    await stage.pass(3_600_000);
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect(stage.calls.servingWrites()).toHaveLength(writes + 1);
    const { executionArn } = (await stage.ledger((l) => l.release(release.releaseId))) ?? {};
    expect(await machine.phase(executionArn ?? '')).not.toBe('running');
  });
});

describe('an endpoint that a person took', () => {
  it('is not given back while it serves something else than what is known to be good', async () => {
    const stage = await openStage();
    await breakglass(stage);
    await foreign(stage);
    await stage.pass(60_000);
    await expect(giveBack(stage)).rejects.toMatchObject({
      name: 'CommandRejected',
      message: expect.stringMatching(/`headgate adopt fraud-prod` takes it as it is/),
    });
    expect((await stage.ledger((ledger) => ledger.endpoint(endpoint)))?.freeze?.kind).toBe('breakglass');
  });

  it('is not turned into a frozen one by a freeze of everything', async () => {
    const stage = await openStage();
    await breakglass(stage);
    const freeze = { off: false, reason: 'all', actor: 'grace' };
    const { endpoints } = await stage.clock.busy(() => stage.controller.operations.freeze(freeze));
    expect(endpoints).toMatchObject([{ freeze: { kind: 'breakglass', by: 'ada' } }]);
    const { release } = await stage
      .start(undefined, { intent: 'rollback' })
      .catch(() => ({ release: undefined }));
    await stage.pass(60_000);
    expect(release === undefined || (await stage.view(release)).outcome?.kind === 'rejected').toBe(true);
    expect(stage.calls.servingWrites()).toEqual([]);
  });

  it('that was never adopted is refused, and not taken', async () => {
    const stage = await openStage({ adopt: false });
    await expect(breakglass(stage)).rejects.toMatchObject({ name: 'NoLastGood' });
    expect((await stage.ledger((ledger) => ledger.endpoint(endpoint)))?.freeze ?? null).toBeNull();
  });
});

describe('the request that restores an endpoint', () => {
  const fromWorkspace = (stage: Stage) => {
    const config = configOf(stage.environment, endpoint);
    return stage.clock.busy(() => copyInWorkspace(stage.controller.ports.workspace('production'), config));
  };

  it('is kept beside the stores and in the workspace at adoption, at promotion and at a rollback', async () => {
    const stage = await openStage();
    for (const named of [endpoint, model, 'fraud'])
      expect((await fileCopyIn(stage.data, named))?.copy.version).toBe('1');
    expect((await fromWorkspace(stage)).version).toBe('1');
    expect((await stage.end(await stage.register(healthy))).outcome?.kind).toBe('promoted');
    const file = await fileCopyIn(stage.data, model);
    expect(file?.copy.version).toBe('2');
    expect(statSync(file?.file ?? '').mode & 0o777).toBe(0o600);
    const { keptAt: _then, ...inWorkspace } = await fromWorkspace(stage);
    expect(file?.copy).toMatchObject(inWorkspace);
    const { release } = await stage.start(undefined, { intent: 'rollback' });
    expect((await stage.end(release)).outcome?.kind).toBe('restored');
    expect((await fileCopyIn(stage.data, endpoint))?.copy.version).toBe('1');
    expect((await fromWorkspace(stage)).version).toBe('1');
    // The version that was rolled back is on the endpoint again, and what was kept with it counts no more.
    const again = await stage.start('2');
    await stage.until(again.release, 'Bake', 5);
    expect((await fromWorkspace(stage)).version).toBe('1');
    const kept = (await stage.trail()).filter(({ action }) => action === 'RestoreCopyKept');
    expect(kept.at(-1)?.says).toMatch(
      /version 1: in the data folder, with prod.ml.fraud version 1 in the workspace/,
    );
  });

  it('restores from either place when nothing of Headgate runs', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 50);
    const copy = await fromWorkspace(stage);
    const file = join(stage.data, 'breakglass', `${endpoint}.json`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ request: copy.request });
    await stage.controller.close();
    expect(await sendByHand(stage, copy.request)).toBe(200);
    await stage.pass(120_000);
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect((await truth(stage))['served_entities']).toHaveLength(1);
    await stage.restart();
  });

  it('that cannot be kept stops nothing, and a person is told', async () => {
    const stage = await openStage();
    await stage.workspace.installFault({
      name: 'emptyBody',
      parameters: { code: 403 },
      match: { path: '/api/2.0/mlflow/unity-catalog/model-versions/set-tag' },
      times: 'always',
    });
    const release = await stage.register(healthy);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    const needs = await stage.clock.busy(() => stage.controller.operations.needs());
    expect(needs).toMatchObject([
      { endpoint, releaseId: null, says: expect.stringMatching(/could not be kept in the workspace/) },
    ]);
    expect(existsSync(join(stage.data, 'breakglass', `${endpoint}.json`))).toBe(true);
  });
});
