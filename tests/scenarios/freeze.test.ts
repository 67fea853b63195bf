import { describe, expect, it, vi } from 'vitest';
import type { FreezeAnswer } from '../../src/contracts/api.ts';
import { endpoint, harmful, healthy, openStage, type Stage } from './stage.ts';

/** People stop forward movement, on one endpoint or on all, and let it go on. */

function freeze(stage: Stage, off = false, all = true): Promise<FreezeAnswer> {
  const request = { ...(all ? {} : { endpoint }), off, reason: off ? '' : 'quarter end', actor: 'ada' };
  return stage.clock.busy(() => stage.controller.operations.freeze(request));
}

const endpointView = async (stage: Stage) => {
  const [view] = await stage.clock.busy(() => stage.controller.operations.endpoints());
  return view;
};

describe('a freeze of every endpoint', () => {
  it('holds what runs, begins nothing, and lifting it resumes nothing by itself', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    const waiting = await stage.register(healthy);
    const answer = await freeze(stage);
    expect(answer.endpoints).toMatchObject([
      { endpoint, freeze: { kind: 'freeze', by: 'ada', reason: 'quarter end' } },
    ]);
    expect(answer.releases.map(({ releaseId, says }) => [releaseId, says])).toEqual([
      [release.releaseId, 'is held at its next step'],
      [waiting.releaseId, 'waits in the queue until the freeze is lifted'],
    ]);
    await stage.until(release, 'Hold');
    const early = await stage.command(release, 'resume');
    expect(early).toMatchObject({
      phase: 'rejected',
      says: 'fraud-prod is frozen by ada (quarter end): `headgate freeze fraud-prod --off` comes first.',
    });
    await stage.pass(3_600_000);
    expect(await stage.shares(release.version)).toEqual([0, 5]);
    expect((await endpointView(stage))?.freeze).toMatchObject({ by: 'ada' });

    const lifted = await freeze(stage, true);
    expect(lifted.releases).toMatchObject([
      { releaseId: release.releaseId, says: `is still held: \`headgate resume ${release.releaseId}\`` },
    ]);
    await stage.pass(600_000);
    expect((await stage.view(release)).phase).toBe('held');
    await stage.command(release, 'resume');
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    const trail = (await stage.trail()).map(({ action, actor }) => `${action} by ${actor}`);
    expect(trail).toContain('Frozen by ada');
    expect(trail).toContain('FreezeLifted by ada');
  });

  it('keeps a release that waits in the queue, and begins it when the freeze is lifted', async () => {
    const stage = await openStage();
    await freeze(stage);
    const release = await stage.register(healthy);
    await stage.pass(600_000);
    expect(await stage.view(release)).toMatchObject({ phase: 'queued', why: 'freeze by ada: quarter end' });
    await freeze(stage, true);
    expect((await stage.view(release)).phase).toBe('running');
  });

  it('stops neither a rollback that evidence asks for nor one that a person asks for', async () => {
    const stage = await openStage();
    expect((await stage.end(await stage.register(healthy))).outcome?.kind).toBe('promoted');
    const bad = await stage.register(harmful);
    await stage.until(bad, 'Bake', 5);
    await freeze(stage);
    expect((await stage.end(bad)).outcome?.kind).toBe('rolledBack');
    expect(await stage.serving()).toEqual({ 2: 100 });
    const { release } = await stage.start(undefined, { intent: 'rollback' });
    expect((await stage.end(release)).outcome?.kind).toBe('restored');
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('says of a rollback that it goes on', async () => {
    const stage = await openStage();
    expect((await stage.end(await stage.register(healthy))).outcome?.kind).toBe('promoted');
    const { release } = await stage.start(undefined, { intent: 'rollback' });
    const { releases } = await freeze(stage, false, false);
    expect(releases).toMatchObject([{ releaseId: release.releaseId, says: 'a rollback goes on' }]);
    expect((await stage.end(release)).outcome?.kind).toBe('restored');
  });
});

describe('lifting a freeze', () => {
  it('takes nothing from a person who took the endpoint in that very moment', async () => {
    const stage = await openStage();
    await freeze(stage);
    const { operations, ports } = stage.controller;
    const lift = ports.ledger.freeze.bind(ports.ledger);
    vi.spyOn(ports.ledger, 'freeze').mockImplementationOnce(async (...asked) => {
      await operations.breakglass(endpoint, { take: true, reason: 'mine', actor: 'grace' });
      return lift(...asked);
    });
    await expect(freeze(stage, true, false)).rejects.toMatchObject({
      name: 'CommandRejected',
      message: expect.stringMatching(/breakglass by grace \(mine\) came meanwhile/),
    });
    await stage.register(healthy);
    await stage.pass(3_600_000);
    expect(stage.calls.servingWrites()).toEqual([]);
    expect((await endpointView(stage))?.freeze).toMatchObject({ kind: 'breakglass', by: 'grace' });
    expect((await stage.trail()).map(({ action }) => action)).not.toContain('FreezeLifted');
  });

  it('of all endpoints tells of the one that cannot be looked at, and fails no other', async () => {
    const stage = await openStage();
    await stage.clock.busy(() =>
      stage.controller.operations.breakglass(endpoint, { take: true, reason: 'mine', actor: 'grace' }),
    );
    const path = '/api/2.0/serving-endpoints/*';
    await stage.workspace.installFault({
      name: 'unavailable',
      parameters: {},
      match: { path },
      times: 'always',
    });
    const { endpoints } = await freeze(stage, true);
    expect(endpoints).toMatchObject([
      {
        endpoint,
        freeze: { kind: 'breakglass' },
        says: expect.stringMatching(/^stays as it is \(Databricks/),
      },
    ]);
    await expect(freeze(stage, true, false)).rejects.toMatchObject({
      name: expect.stringMatching(/^Databricks/),
    });
  });
});
