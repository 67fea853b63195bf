import { describe, expect, it } from 'vitest';
import type { WorkspaceProfile } from '../../local/workspace/profile.ts';
import { fraudProfile } from '../../local/workspace/profiles/fraud.ts';
import { minutes } from '../../src/domain/units.ts';
import { endpoint, healthy, openStage, quickPolicy, type Running, type Stage } from './stage.ts';

/** The registry hides the version that serves, as it does when a grant is taken away. @returns what brings it back */
async function hideBaseline(stage: Stage, answer: object = { name: 'emptyBody', parameters: { code: 403 } }) {
  const id = await stage.workspace.installFault({
    ...{ name: 'emptyBody', times: 'always' as const },
    ...answer,
    match: { method: 'GET', path: '/api/2.1/unity-catalog/models/*/versions/1' },
  });
  return () => stage.workspace.removeFault(id);
}

const needed = async (stage: Stage, release: Pick<Running, 'releaseId'>) =>
  (await stage.trail(release)).filter(({ action }) => action === 'PersonNeeded').map(({ says }) => says);

const command = (stage: Stage, { releaseId }: Running, kind: 'resume' | 'abort') =>
  stage.clock.busy(() => stage.controller.operations.command(releaseId, { kind, reason: '', actor: 'ada' }));

const asleep = (text: string): WorkspaceProfile =>
  JSON.parse(text.replaceAll('"scale_to_zero_enabled":false', '"scale_to_zero_enabled":true'));
/** The shipped endpoints, with a baseline that falls asleep. The jobs are left out, for they are functions. */
const { jobs: _jobs, ...plain } = fraudProfile;
const sleepy: Partial<WorkspaceProfile> = { endpoints: asleep(JSON.stringify(plain)).endpoints ?? [] };

describe('a baseline that could not take all traffic back', () => {
  it.each([
    ['falls asleep when it has no traffic', { profile: sleepy }, /scale to zero/],
    [
      'is too small for the declared peak',
      { fraud: { peakConcurrency: 5 } },
      /works on 4 requests at once at least, and the declared peak is 5/,
    ],
  ])('refuses the plan by name when it %s, before anything is touched', async (_what, setting, says) => {
    const stage = await openStage(setting);
    const release = await stage.register(healthy);
    const view = await stage.end(release);
    expect(view).toMatchObject({
      outcome: { kind: 'rejected' },
      why: expect.stringMatching(/RollbackNotReady/),
    });
    expect(view.why).toMatch(says);
    expect(await needed(stage, release)).toEqual([expect.stringMatching(says)]);
    expect(stage.calls.servingWrites()).toEqual([]);
  });

  it('is only told where policy says so, once for each cause, and the version is released', async () => {
    const stage = await openStage({ profile: sleepy, policy: { readiness: 'tell' } });
    const release = await stage.register(healthy);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(await needed(stage, release)).toEqual([expect.stringMatching(/scale to zero/)]);
  });

  it('is large enough at exactly the declared peak', async () => {
    const stage = await openStage({ fraud: { peakConcurrency: 4 } });
    const release = await stage.register(healthy);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });

  it('gets no second step: held at its share, told once, and resumed by a person when it is mended', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    const show = await hideBaseline(stage);
    const writes = stage.calls.servingWrites().length;
    const held = await stage.until(release, 'Hold', 5);
    expect(held.why).toMatch(/RollbackNotReady.*registry does not show version 1/);

    await stage.pass(minutes(60));
    expect(stage.calls.servingWrites()).toHaveLength(writes);
    expect(await needed(stage, release)).toEqual([expect.stringMatching(/does not show version 1/)]);
    // Not yet mended: it is asked again, and held again.
    await command(stage, release, 'resume');
    await stage.pass(minutes(5));
    expect((await stage.view(release)).phase).toBe('held');
    expect(stage.calls.servingWrites()).toHaveLength(writes);

    await show();
    await command(stage, release, 'resume');
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(await stage.shares(release.version)).toEqual([0, 5, 50, 100, 100]);
  });

  it('keeps the candidate from its promotion as well', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 50);
    await hideBaseline(stage);
    await stage.until(release, 'Hold', 50);
    await stage.pass(minutes(30));
    expect(await stage.serving()).toEqual({ 1: 50, [release.version]: 50 });
    expect(await stage.alias()).toBe('1');
    // The way back asks nothing of it.
    await command(stage, release, 'abort');
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('is told to a person in the soak, once, and holds nothing there', async () => {
    const stage = await openStage({ policy: { soak: { span: '20m' } } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 100);
    await stage.pass(minutes(2));
    expect(await needed(stage, release)).toEqual([]);
    await hideBaseline(stage);
    await stage.pass(minutes(10));
    expect((await stage.view(release)).state).toBe('Bake');
    expect(await needed(stage, release)).toEqual([expect.stringMatching(/a rollback would not be ready/)]);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(await needed(stage, release)).toHaveLength(1);
  });

  it('is told while somebody’s update of the endpoint would refuse a rollback', async () => {
    const stage = await openStage({ policy: { soak: { span: '20m' } } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 100);
    await stage.workspace.installFault({
      name: 'updateTakes',
      parameters: { endpoint, durationMs: minutes(10) },
    });
    await stage.workspace.installFault({ name: 'foreignChange', parameters: { endpoint, instant: false } });
    await stage.pass(minutes(3));
    expect(await needed(stage, release)).toEqual([expect.stringMatching(/update is in progress/)]);
  });

  it('is not found wanting because the registry is out of order for a while', async () => {
    const stage = await openStage({ policy: { soak: { span: '20m' } } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 100);
    const show = await hideBaseline(stage, { name: 'internalError', parameters: {} });
    await stage.pass(minutes(5));
    await show();
    const seen = await stage.view(release);
    expect(seen.state).toBe('Bake');
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(await needed(stage, release)).toEqual([]);
  });
});

describe('a release that nothing disturbs', () => {
  it('asks the registry for its baseline once for the plan, for each increase and for each look that decides nothing', async () => {
    const stage = await openStage({ policy: { evidence: quickPolicy.evidence } });
    const release = await stage.register(healthy);
    await stage.end(release);
    const asked = stage.calls.all().filter((call) => /versions\/1(\?|$)/.test(call)).length;
    const looks = stage.calls.all().filter((call) => call === 'POST /api/2.0/sql/statements').length;
    expect(looks).toBeGreaterThan(3);
    // The plan, two steps and the promotion, and each look but the three that decided.
    expect(asked).toBe(4 + looks - 3);
  });
});
