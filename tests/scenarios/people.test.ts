import { describe, expect, it } from 'vitest';
import type { Incident } from './certificates.ts';
import { foreign } from './refusal-table.ts';
import { endpoint, healthy, openStage, type PolicyInput, quickTimings, type Stage } from './stage.ts';

const on = { enabled: true };

async function expectFree(stage: Stage): Promise<void> {
  const row = await stage.ledger((ledger) => ledger.endpoint(endpoint));
  expect(row).toMatchObject({ phase: 'closed', owner: null, lastGood: { version: '1' } });
  expect(await stage.ledger((ledger) => ledger.unclosedWaits())).toEqual([]);
}

describe('approval', () => {
  it('takes as many different people as policy says, and the same one twice counts once', async () => {
    const stage = await openStage({ policy: { stages: { approve: { ...on, approvals: 2 } } } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    expect((await stage.approve(release, 'ada')).phase).toBe('applied');
    await stage.pass(60_000);
    expect(await stage.approve(release, 'ada')).toMatchObject({
      phase: 'rejected',
      says: "ada has approved it already: 1 of 2 are there; the next has to be somebody else's.",
    });
    await stage.pass(600_000);
    expect((await stage.view(release)).state).toBe('Approve');
    expect(stage.calls.servingWrites()).toEqual([]);
    expect((await stage.approve(release, 'grace')).phase).toBe('applied');
    await stage.until(release, 'WarmCandidate');
    const approved = (await stage.journey(release)).entered;
    expect(approved).toContain('WarmCandidate');
  });

  it('that comes too early is rejected with where the release stands, and does not count later', async () => {
    const stage = await openStage({ policy: { stages: { test: on, approve: { ...on, approvals: 1 } } } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Test');
    const early = await stage.approve(release);
    expect(early).toMatchObject({ phase: 'rejected', says: expect.stringMatching(/stands in Test/) });
    await stage.until(release, 'Approve');
    await stage.pass(600_000);
    expect((await stage.view(release)).state).toBe('Approve');
  });

  it('that comes after the end is refused', async () => {
    const stage = await openStage({ policy: { stages: { approve: { ...on, approvals: 1 } } } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    await stage.abort(release);
    await stage.end(release);
    await expect(stage.approve(release)).rejects.toMatchObject({ name: 'CommandRejected' });
  });

  it('that nobody gives in time ends the release, and nothing was touched', async () => {
    const stage = await openStage({
      policy: { stages: { approve: { ...on, approvals: 1, deadline: '1h' } } },
    });
    const release = await stage.register(healthy);
    const view = await stage.end(release);
    expect(view).toMatchObject({
      outcome: { kind: 'rejected' },
      why: expect.stringContaining('DeadlinePassed'),
    });
    expect(stage.calls.servingWrites()).toEqual([]);
    await expectFree(stage);
  });
});

interface Place {
  readonly state: string;
  readonly share?: number;
  readonly stages?: PolicyInput['stages'];
  readonly outcome: 'rejected' | 'rolledBack';
}

const places: readonly Place[] = [
  { state: 'Test', stages: { test: on }, outcome: 'rejected' },
  { state: 'Evaluate', stages: { evaluate: on }, outcome: 'rejected' },
  { state: 'DeployToStaging', stages: { stage: on }, outcome: 'rejected' },
  { state: 'VerifyStaging', stages: { verifyStaging: on }, outcome: 'rejected' },
  { state: 'Approve', stages: { approve: on }, outcome: 'rejected' },
  { state: 'WarmCandidate', outcome: 'rejected' },
  { state: 'Shadow', stages: { shadow: { ...on, pairs: 2000, deadline: '3h' } }, outcome: 'rejected' },
  ...[5, 50, 100].map((share) => ({ state: 'Bake', share, outcome: 'rolledBack' as const })),
  { state: 'RetireBaseline', outcome: 'rolledBack' },
];

describe('abort', () => {
  it.each(places)('in $state: $outcome, the baseline serves as before', async (place) => {
    const { state, share, stages, outcome } = place;
    const stage = await openStage({
      policy: { ...(stages ? { stages } : {}), soak: { span: '5m' } },
      profile: { timings: { ...quickTimings, trafficUpdate: { min: 60_000, max: 60_000 } } },
    });
    const before = (await stage.workspace.truth(endpoint)).configuration;
    const release = await stage.register(healthy);
    const standing = await stage.until(release, state, share);
    expect(standing.why).not.toBe('');
    expect(standing.next).toMatch(/until|headgate/);
    const told = await stage.abort(release);
    expect(told.phase).not.toBe('rejected');
    const view = await stage.end(release);

    expect(view.outcome).toEqual({ kind: outcome, says: 'abort by ada: ada says so' });
    expect(await stage.serving()).toEqual({ 1: 100 });
    const { traffic_config: routes, ...rest } = (await stage.workspace.truth(endpoint)).configuration;
    const { traffic_config: routesBefore, ...restBefore } = before;
    expect(rest).toEqual(restBefore);
    expect(routes).toMatchObject(routesBefore as object);
    expect(await stage.alias()).toBe('1');
    await expectFree(stage);
    const file = outcome === 'rolledBack' ? '/incident.json' : '/ending.json';
    const [ending] = await stage.files<Incident>(release, file);
    expect(ending?.trigger).toMatchObject({ kind: 'abort', actor: 'ada' });
    if (stages === undefined && state !== 'WarmCandidate') {
      expect(ending?.rollbackSeconds).toBeGreaterThan(0);
    }
  });

  it('stops the job that was running for the release', async () => {
    const stage = await openStage({ policy: { stages: { evaluate: on } } });
    const release = await stage.register(healthy);
    const { why } = await stage.until(release, 'Evaluate');
    const runId = /job run (\d+)/.exec(why)?.[1];
    await stage.abort(release);
    await stage.end(release);
    await stage.pass(60_000);
    const run = await stage.get(`/api/2.2/jobs/runs/get?run_id=${runId}`);
    expect(run).toMatchObject({ state: { result_state: 'CANCELED' } });
  });

  it('in the queue takes the version out of it', async () => {
    const stage = await openStage({ policy: { stages: { approve: on } } });
    const first = await stage.register(healthy);
    const second = await stage.register(healthy);
    await stage.until(first, 'Approve');
    await expect(stage.abort(second)).resolves.toMatchObject({ phase: 'applied' });
    expect((await stage.view(second)).outcome?.kind).toBe('rejected');
    await stage.abort(first);
    await stage.end(first);
    await stage.pass(600_000);
    expect((await stage.journey(second)).entered).toEqual([]);
  });
});

describe('rollback', () => {
  it('is a command to the release that is in flight', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await stage.command(release, 'rollback', 'grace');
    expect((await stage.end(release)).outcome).toEqual({
      kind: 'rolledBack',
      says: 'rollback by grace: grace says so',
    });
    const [incident] = await stage.files<Incident>(release, '/incident.json');
    expect(incident?.trigger).toMatchObject({ kind: 'rollback', actor: 'grace' });
    expect(await stage.serving()).toEqual({ 1: 100 });
    await expectFree(stage);
  });

  it('with none in flight brings the version before and the alias back, once', async () => {
    const stage = await openStage();
    const promoted = await stage.register(healthy);
    expect((await stage.end(promoted)).outcome?.kind).toBe('promoted');
    expect(await stage.alias()).toBe('2');

    const { release } = await stage.start(undefined, { intent: 'rollback', actor: 'grace' });
    expect((await stage.end(release)).outcome?.kind).toBe('restored');
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect(await stage.alias()).toBe('1');
    expect((await stage.journey(release)).entered.at(-1)).toBe('BaselineRestored');
    await expectFree(stage);

    const writes = stage.calls.servingWrites().length;
    const before = stage.dump();
    const again = stage.start(undefined, { intent: 'rollback', actor: 'grace' });
    await expect(again).rejects.toMatchObject({ name: 'NoLastGood' });
    expect(stage.dump()).toEqual(before);
    expect(stage.calls.servingWrites()).toHaveLength(writes);
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('is followed by the same version as another generation, when a person starts it', async () => {
    const stage = await openStage();
    const first = await stage.register(healthy);
    await stage.until(first, 'Bake', 5);
    await stage.abort(first);
    await stage.end(first);
    const second = await stage.start(first.version, { actor: 'grace' });
    expect(second.began).toBe('started');
    expect(second.release.releaseId).not.toBe(first.releaseId);
    const once = await stage.start(first.version, { actor: 'ada' });
    expect(once).toMatchObject({ began: 'duplicate', release: { releaseId: second.release.releaseId } });
    expect((await stage.end(second.release)).outcome?.kind).toBe('promoted');
    const records = await stage.ledger((ledger) => ledger.releases({ version: first.version }));
    expect(records.map((one) => one.generation)).toEqual([1, 2]);
  });

  it('brings the last good configuration back where somebody changed the endpoint by hand', async () => {
    const stage = await openStage();
    const before = (await stage.workspace.truth(endpoint)).configuration;
    await foreign(stage);
    expect((await stage.workspace.truth(endpoint)).configuration).not.toEqual(before);
    const { release } = await stage.start(undefined, { intent: 'rollback' });
    expect((await stage.end(release)).outcome?.kind).toBe('restored');
    const after = (await stage.workspace.truth(endpoint)).configuration;
    expect(after['served_entities']).toEqual(before['served_entities']);
    expect(await stage.alias()).toBe('1');
  });

  it('of the endpoint, asked for while a version is in release, does not wait behind it', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await expect(stage.start(undefined, { intent: 'rollback' })).rejects.toMatchObject({
      name: 'CommandRejected',
      message: expect.stringContaining(`headgate rollback ${release.releaseId}`),
    });
    expect(await stage.ledger((ledger) => ledger.releases({ phase: 'queued' }))).toEqual([]);
  });
});

describe('two people', () => {
  it('who start the same version at once start one release', async () => {
    const stage = await openStage({ policy: { stages: { approve: on } } });
    const version = await stage.version();
    const answers = await Promise.all([
      stage.start(version, { actor: 'ada' }),
      stage.start(version, { actor: 'grace' }),
    ]);
    expect(answers.map((one) => one.began).toSorted()).toEqual(['duplicate', 'started']);
    expect(new Set(answers.map((one) => one.release.releaseId)).size).toBe(1);
  });

  it('who abort and approve at once leave the baseline alone', async () => {
    const stage = await openStage({ policy: { stages: { approve: on } } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    await Promise.allSettled([stage.abort(release, 'ada'), stage.approve(release, 'grace')]);
    expect((await stage.end(release)).outcome?.kind).toBe('rejected');
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect((await stage.workspace.truth(endpoint)).configuration['served_entities']).toHaveLength(1);
  });
});
