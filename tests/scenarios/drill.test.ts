import { describe, expect, it } from 'vitest';
import type { IncidentRecord } from '../../src/contracts/incident.ts';
import { incidentRecord } from '../../src/contracts/incident.ts';
import type { EndpointConfig } from '../../src/contracts/policy.ts';
import { minutes } from '../../src/domain/units.ts';
import { configurationOf } from './failures/short-release.ts';
import { endpoint, healthy, openStage, type Running, type Setting, type Stage } from './stage.ts';

/** The shipped environment is production, where drills are refused unless somebody says otherwise. */
const inStaging = (drill: EndpointConfig['drill'] = { inProduction: false }): Setting => ({
  fraud: { drill },
  environment: (environment) => ({ ...environment, environment: 'staging' }),
});

async function drill(stage: Stage, more: { inProduction?: boolean } = {}): Promise<Running> {
  const request = { inProduction: false, reason: 'the quarter ends', actor: 'ada', ...more };
  const { release } = await stage.clock.busy(() => stage.controller.operations.drill(endpoint, request));
  return release;
}

const recordOf = async (stage: Stage, release: Running): Promise<IncidentRecord> =>
  incidentRecord.parse((await stage.files<unknown>(release, '/drill.json'))[0]);

const rowOf = (stage: Stage) => stage.ledger((ledger) => ledger.endpoint(endpoint));

/** Shares of the drill's entity, by the simulator's own word. */
async function drilled(stage: Stage): Promise<{ at: number; share: number; versions: string[] }[]> {
  const { activations } = await stage.workspace.truth(endpoint);
  return activations.flatMap(({ at, routes }) => {
    const [route] = routes.filter((one) => one.servedEntity.endsWith('-drill'));
    return route ? [{ at, share: route.percentage, versions: routes.map((one) => one.entityVersion) }] : [];
  });
}

describe('a drill', () => {
  it('is a real rollback of the version that serves, measured, and leaves everything as it was', async () => {
    const stage = await openStage(inStaging());
    const [good, row] = [await configurationOf(stage), await rowOf(stage)];

    const release = await drill(stage);
    const view = await stage.end(release);

    expect(view.outcome).toEqual({
      kind: 'restored',
      says: 'drill by ada: the share of the drill was taken back',
    });
    const { entered } = await stage.journey(release);
    expect(entered.slice(0, 4)).toEqual(['ClaimEndpoint', 'AfterClaim', 'PlanRelease', 'AfterPlan']);
    expect(entered).toEqual(
      expect.arrayContaining(['WarmCandidate', 'ShiftTraffic', 'VerifyTraffic', 'RestoreBaseline']),
    );
    expect(entered.at(-1)).toBe('BaselineRestored');
    for (const never of ['Approve', 'Bake', 'Promote']) expect(entered).not.toContain(never);

    const seen = await drilled(stage);
    expect(seen.map(({ share }) => share)).toEqual([0, 5, 0]);
    expect(new Set(seen.flatMap(({ versions }) => versions))).toEqual(new Set(['1']));
    expect(await configurationOf(stage)).toEqual(good);
    const after = await rowOf(stage);
    expect(after).toMatchObject({ phase: 'closed', lastGood: row?.lastGood, previousGood: null });
    expect(await stage.alias()).toBe('1');
  });

  it('tells how long the way back took, as the workspace saw it, and with how many calls', async () => {
    const stage = await openStage(inStaging());
    const release = await drill(stage);
    await stage.end(release);

    const record = await recordOf(stage, release);
    const [, shifted, restored] = await drilled(stage);
    expect(record).toMatchObject({
      schema: 'headgate.drill/v1',
      trigger: { kind: 'drill', actor: 'ada', reason: 'the quarter ends' },
      acceptedSeconds: 0,
      databricksCalls: 2,
      platformRefusedSeconds: 0,
      served: { badRequests: 0 },
    });
    expect(record.served?.candidateRequests).toBeGreaterThan(0);
    expect(record.triggeredAt).toBeGreaterThanOrEqual(shifted?.at ?? Number.NaN);
    expect(record.baselineObservedAt).toBeGreaterThanOrEqual(restored?.at ?? Number.NaN);
    // An update of routes takes 20 s here, and it is looked at every 3 s.
    expect(record.rollbackSeconds).toBeGreaterThanOrEqual(20);
    expect(record.rollbackSeconds).toBeLessThanOrEqual(24);

    const [view] = await stage.clock.busy(() => stage.controller.operations.endpoints());
    expect(view?.drill).toMatchObject({
      releaseId: release.releaseId,
      rtoSeconds: record.rollbackSeconds,
      observedSeconds: record.rollbackSeconds,
      databricksCalls: 2,
      badRequests: 0,
    });
    const { files } = await stage.view(release);
    const page = files.find(({ ref }) => ref.endsWith('/drill.md'));
    expect(page).toBeDefined();
  });

  it('reports apart how long the platform refused', async () => {
    const stage = await openStage(inStaging());
    // Warm, shift; then three answers to the restore's PUT.
    await stage.workspace.installFault({
      name: 'throttled',
      parameters: { retryAfter: 25 },
      match: { method: 'PUT', path: `/api/2.0/serving-endpoints/${endpoint}/config` },
      skip: 2,
      times: 3,
    });
    const release = await drill(stage);
    await stage.end(release);

    const record = await recordOf(stage, release);
    expect(record.outcome.kind).toBe('restored');
    expect(record.refusals).toHaveLength(1);
    expect(record.refusals[0]?.says).toContain('DatabricksThrottled');
    expect(record.platformRefusedSeconds).toBeGreaterThan(0);
    expect(record.platformRefusedSeconds).toBe(record.acceptedSeconds);
    expect((record.rollbackSeconds ?? 0) - record.platformRefusedSeconds).toBeLessThanOrEqual(24);
  });

  it('is ended by an abort through the same restore, and is no success then', async () => {
    const stage = await openStage(inStaging());
    const good = await configurationOf(stage);
    const release = await drill(stage);
    await stage.until(release, 'WarmCandidate');
    await stage.abort(release);
    const view = await stage.end(release);

    expect(view.outcome).toEqual({ kind: 'rejected', says: 'abort by ada: ada says so' });
    expect((await drilled(stage)).map(({ share }) => share)).toEqual([0]);
    expect(await configurationOf(stage)).toEqual(good);
  });

  it('goes before a release that is asked for meanwhile, which then begins by itself', async () => {
    const stage = await openStage(inStaging());
    const first = await drill(stage);
    await stage.until(first, 'WarmCandidate');
    const release = await stage.register(healthy);
    expect((await stage.view(release)).phase).toBe('queued');

    expect((await stage.end(first)).outcome?.kind).toBe('restored');
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(await stage.serving()).toEqual({ [release.version]: 100 });
  });

  it('makes way for a rollback that somebody needs', async () => {
    const stage = await openStage(inStaging());
    const release = await stage.register(healthy);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    const rehearsal = await drill(stage);
    await stage.until(rehearsal, 'WarmCandidate');

    const { release: back } = await stage.start(undefined, { intent: 'rollback', actor: 'grace' });

    expect((await stage.end(rehearsal)).outcome).toMatchObject({ kind: 'superseded' });
    expect((await stage.end(back)).outcome?.kind).toBe('restored');
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('has a small share where the policy has none', async () => {
    const policy = { strategy: { kind: 'blueGreen', step: { minBake: '2m' } } } as const;
    const stage = await openStage({ ...inStaging(), policy });
    const release = await drill(stage);
    expect((await stage.end(release)).outcome?.kind).toBe('restored');
    expect((await drilled(stage)).map(({ share }) => share)).toEqual([0, 5, 0]);
  });

  it('leaves an endpoint alone that somebody changed, and is no success', async () => {
    const stage = await openStage(inStaging());
    await stage.workspace.installFault({ name: 'foreignChange', parameters: { endpoint } });
    const theirs = await configurationOf(stage);
    const release = await drill(stage);
    expect(await stage.end(release)).toMatchObject({
      outcome: { kind: 'rejected' },
      why: expect.stringContaining('drill: ForeignChange'),
    });
    expect(stage.calls.servingWrites()).toEqual([]);
    expect(await configurationOf(stage)).toEqual(theirs);
  });

  it('does not forget the version before, which a later rollback goes to', async () => {
    const stage = await openStage(inStaging());
    const release = await stage.register(healthy);
    await stage.end(release);
    await stage.end(await drill(stage));
    expect((await rowOf(stage))?.previousGood?.version).toBe('1');
    const { release: back } = await stage.start(undefined, { intent: 'rollback' });
    await stage.end(back);
    expect(await stage.serving()).toEqual({ 1: 100 });
  });
});

describe('a drill is refused', () => {
  it('in production, unless the configuration or whoever asks says otherwise', async () => {
    const stage = await openStage();
    await expect(drill(stage)).rejects.toMatchObject({
      name: 'CommandRejected',
      message: expect.stringContaining('--in-production'),
    });
    expect(stage.calls.servingWrites()).toEqual([]);
    const release = await drill(stage, { inProduction: true });
    expect((await stage.end(release)).outcome?.kind).toBe('restored');

    const allowing = await openStage({ fraud: { drill: { inProduction: true } } });
    await expect(drill(allowing)).resolves.toBeDefined();
  });

  it('while a version is in release, and while the endpoint is frozen', async () => {
    const stage = await openStage(inStaging());
    const release = await stage.register(healthy);
    await stage.until(release, 'WarmCandidate');
    await expect(drill(stage)).rejects.toMatchObject({
      message: expect.stringContaining(`the release of version ${release.version} comes first`),
    });
    await stage.abort(release);
    await stage.end(release);
    const at = stage.clock.now();
    const freeze = { kind: 'freeze', by: 'grace', reason: 'Black Friday', at } as const;
    await stage.ledger((ledger) => ledger.freeze(endpoint, freeze));
    await expect(drill(stage)).rejects.toMatchObject({ message: expect.stringContaining('Black Friday') });
  });

  it('of another version than the one that serves at its claim', async () => {
    const stage = await openStage(inStaging());
    const version = await stage.version();
    const wish = { releaseId: 'drill-by-hand', endpoint, version, intent: 'drill' };
    const { executionArn } = await stage.clock.busy(() =>
      stage.controller.ports.machine.start('release', 'drill-by-hand', wish),
    );
    await stage.pass(minutes(2));
    expect((await stage.controller.engine.describeExecution(executionArn)).status).toBe('FAILED');
    expect(stage.calls.servingWrites()).toEqual([]);
  });
});
