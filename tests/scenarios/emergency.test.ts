import { describe, expect, it } from 'vitest';
import type { PlanDocument } from '../../src/app/plan-document.ts';
import { requestRelease } from '../../src/app/start.ts';
import type { StartRequest } from '../../src/contracts/api.ts';
import { minutes } from '../../src/domain/units.ts';
import { refusals } from './refusal-table.ts';
import { endpoint, harmful, healthy, model, openStage, type PolicyInput, type Stage } from './stage.ts';

const failing = { ...healthy, errorRate: 0.5 };
const reason = 'version 1 answers half of all callers with an error';
const alone = { emergency: { approvals: 0 } } satisfies Partial<PolicyInput>;

const start = (stage: Stage, version: string, more: Partial<StartRequest> = {}) =>
  stage.clock.busy(() =>
    stage.controller.operations.start({
      ...{ endpoint, version, intent: 'release', actor: 'ada', emergency: true, reason },
      ...more,
    }),
  );

describe('an emergency start', () => {
  it('brings a version to all traffic in one step past a bad baseline, judged by itself, and says who and why', async () => {
    const stage = await openStage({
      policy: { stages: { evaluate: { enabled: true }, shadow: { enabled: true, pairs: 4 } } },
    });
    await stage.workspace.setBehaviour(model, 1, failing);
    const version = await stage.version();
    const { release } = await start(stage, version);
    await stage.until(release, 'Approve');
    await stage.approve(release, 'grace');
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(await stage.shares(version)).toEqual([0, 100, 100]);
    expect(await stage.alias()).toBe(version);

    const trail = await stage.trail(release);
    const told = trail.filter(({ action }) => action === 'EmergencyStart');
    expect(told).toMatchObject([{ actor: 'ada', says: reason }]);
    const [plan] = await stage.files<PlanDocument>(release, '/plan.json');
    expect(plan?.emergency).toEqual({ by: 'ada', reason });
    const why = `emergency by ada: ${reason}`;
    expect(plan?.skipped).toEqual(
      expect.arrayContaining([
        { stage: 'evaluate', why },
        { stage: 'shadow', why },
      ]),
    );
    expect(stage.calls.all().filter((call) => call.includes('/jobs/'))).toEqual([]);
    expect(stage.calls.all().filter((call) => call.includes('/invocations'))).toEqual([]);
  });

  it('waits for as many people as policy asks for, and for none where it asks for none', async () => {
    const two = await openStage({ policy: { emergency: { approvals: 2 } } });
    const { release } = await start(two, await two.version());
    await two.until(release, 'Approve');
    await two.approve(release, 'ada');
    await two.pass(minutes(10));
    expect((await two.view(release)).state).toBe('Approve');
    await two.approve(release, 'grace');
    await two.until(release, 'WarmCandidate');

    const none = await openStage({ policy: { ...alone, stages: { approve: { enabled: true } } } });
    const other = await start(none, await none.version());
    await none.until(other.release, 'WarmCandidate');
  });

  it('goes back when the version is bad in itself', async () => {
    const stage = await openStage({ policy: alone });
    await stage.workspace.setBehaviour(model, 1, failing);
    const { release } = await start(stage, await stage.version(harmful));
    const end = await stage.end(release);
    expect(end).toMatchObject({
      outcome: { kind: 'rolledBack' },
      why: expect.stringMatching(/harm is proven/),
    });
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('brings back a version that automation may not, because it was rolled back here', async () => {
    const stage = await openStage({ policy: alone });
    const release = await stage.register(harmful);
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    await stage.announce(release.version);
    await stage.pass(minutes(10));
    expect(await stage.ledger((ledger) => ledger.releases({ phase: 'running' }))).toEqual([]);

    await stage.workspace.setBehaviour(model, Number(release.version), healthy);
    const again = await start(stage, release.version);
    expect((await stage.end(again.release)).outcome?.kind).toBe('promoted');
  });

  it('takes the place of what is in release and of what waits', async () => {
    const stage = await openStage({ policy: alone });
    const running = await stage.register(healthy);
    await stage.until(running, 'Bake', 5);
    const waiting = await stage.register(healthy);
    const version = await stage.version();
    const { release } = await start(stage, version);
    expect((await stage.end(running)).outcome).toEqual({
      kind: 'superseded',
      says: expect.stringContaining(`version ${version} was started as an emergency`),
    });
    expect((await stage.view(waiting)).outcome?.kind).toBe('superseded');
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(await stage.serving()).toEqual({ [version]: 100 });
  });

  it('makes one of a version that waits, and none of one that is in release', async () => {
    const stage = await openStage({ policy: alone });
    const running = await stage.register(healthy);
    await stage.until(running, 'Bake', 5);
    await expect(start(stage, running.version)).rejects.toMatchObject({
      name: 'CommandRejected',
      message: expect.stringContaining(`headgate abort ${running.releaseId}`),
    });
    expect((await stage.trail(running)).map(({ action }) => action)).not.toContain('EmergencyStart');
    const waiting = await stage.register(healthy);
    const { release } = await start(stage, waiting.version);
    expect(release.releaseId).toBe(waiting.releaseId);
    expect((await stage.end(waiting)).outcome?.kind).toBe('promoted');
    expect(await stage.shares(waiting.version)).toEqual([0, 100, 100]);
  });

  it('is free of freeze windows, but not of a person’s freeze', async () => {
    const why = 'the weekend';
    const once = { kind: 'once', from: '2026-01-01T00:00:00Z', until: '2026-02-01T00:00:00Z', why } as const;
    const stage = await openStage({ policy: { ...alone, freezeWindows: [once] } });
    const at = stage.clock.now();
    const freeze = { kind: 'freeze', by: 'grace', reason: 'an incident', at } as const;
    await stage.ledger((ledger) => ledger.freeze(endpoint, freeze));
    const { release, began } = await start(stage, await stage.version());
    expect(began).toBe('queued');
    await stage.pass(minutes(10));
    expect((await stage.view(release)).phase).toBe('queued');
    await stage.ledger((ledger) => ledger.freeze(endpoint, { lifts: freeze }));
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });

  it('is not held by a baseline that a rollback would find asleep: a person is told', async () => {
    const stage = await openStage({ policy: alone, fraud: { peakConcurrency: 500 } });
    const { release } = await start(stage, await stage.version());
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    const told = (await stage.trail(release)).filter(({ action }) => action === 'PersonNeeded');
    expect(told.map(({ says }) => says)).toEqual([expect.stringMatching(/declared peak is 500/)]);
  });
});

describe('an emergency never skips what identifies the artefact or the endpoint', () => {
  const never = ['GatewayFallbackOn', 'SeveralEntitiesWithTraffic', 'ForeignChange', 'EndpointStopped'];
  it.each(refusals.filter(({ error }) => never.includes(error)))(
    'refused when $because: $error',
    async ({ setting, given, error }) => {
      const stage = await openStage({ ...setting, policy: { ...setting?.policy, ...alone } });
      await given?.(stage);
      const { release } = await start(stage, await stage.version());
      const end = await stage.end(release);
      expect(end.outcome?.kind).toBe('rejected');
      expect(end.why).toContain(error);
      expect(stage.calls.servingWrites()).toEqual([]);
    },
  );

  it('refused when the version is not READY in the registry', async () => {
    const stage = await openStage({ policy: alone });
    const version = await stage.version(healthy, { status: 'FAILED_REGISTRATION' });
    await expect(start(stage, version)).rejects.toMatchObject({ name: 'UnknownModelVersion' });
  });

  it('ended when the registry no longer shows the artefact that was planned', async () => {
    const stage = await openStage({ policy: { emergency: { approvals: 1 } } });
    const { release } = await start(stage, await stage.version());
    await stage.until(release, 'Approve');
    const [plan] = await stage.files<PlanDocument>(release, '/plan.json');
    expect(plan?.artefactDigest).toMatch(/^[0-9a-f]{64}$/);
    await stage.workspace.installFault({
      ...{ name: 'emptyBody', parameters: { code: 404 }, times: 'always' },
      match: { method: 'GET', path: `/api/2.1/unity-catalog/models/*/versions/${plan?.candidate.version}` },
    });
    await stage.approve(release);
    expect((await stage.end(release)).why).toContain('UnknownModelVersion');
    expect(stage.calls.servingWrites()).toEqual([]);
  });
});

describe('nobody but a person with a reason', () => {
  it('starts an emergency: without a reason it is refused, and nothing is recorded', async () => {
    const stage = await openStage({ policy: alone });
    const version = await stage.version();
    const before = { rows: stage.dump(), lines: await stage.trail() };
    for (const empty of ['', '   ']) {
      await expect(start(stage, version, { reason: empty })).rejects.toMatchObject({
        name: 'CommandRejected',
        message: expect.stringContaining('--reason'),
      });
    }
    expect({ rows: stage.dump(), lines: await stage.trail() }).toEqual(before);
  });

  it('starts one of anything but a version', async () => {
    const stage = await openStage({ policy: alone });
    const release = await stage.register(healthy);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    const asked = stage.clock.busy(() =>
      stage.controller.operations.start({
        ...{ endpoint, intent: 'rollback', actor: 'ada', emergency: true, reason },
      }),
    );
    await expect(asked).rejects.toMatchObject({ name: 'CommandRejected' });
  });

  it.each([
    ['the registry', { from: 'registry', actor: 'mlflow' }],
    ['automation in a person’s place', { from: 'person', actor: 'headgate' }],
  ] as const)('%s cannot declare one', async (_who, by) => {
    const stage = await openStage({ policy: alone });
    const version = await stage.version();
    const wish = { named: endpoint, version, intent: 'release', emergency: true, reason, ...by } as const;
    const asked = stage.clock.busy(() => requestRelease(stage.controller.ports, wish));
    await expect(asked).rejects.toMatchObject({ name: 'CommandRejected' });
    expect(await stage.ledger((ledger) => ledger.releases())).toEqual([]);
  });

  it('an event that claims to be one is refused as malformed', async () => {
    const stage = await openStage({ policy: alone });
    const data = { model: 'fraud', version: await stage.version(), emergency: true };
    const metadata = { eventId: 'e-1', at: '2026-01-05T09:00:00Z', source: 'mlflow' };
    const event = { type: 'ModelVersionRegistered', metadata, data } as const;
    await expect(stage.clock.busy(() => stage.controller.ports.bus.publish(event))).rejects.toMatchObject({
      name: 'ContractBroken',
    });
    expect(await stage.ledger((ledger) => ledger.releases())).toEqual([]);
  });
});
