import { describe, expect, it } from 'vitest';
import { fraudProfile } from '../../local/workspace/profiles/fraud.ts';
import { healthy, openStage, type Setting } from './stage.ts';

describe('a second version for a busy endpoint', () => {
  it('waits, says so, and starts when the first has ended', async () => {
    const stage = await openStage();
    const first = await stage.register(healthy);
    await stage.until(first, 'Bake', 5);
    const second = await stage.register(healthy);
    const third = await stage.register(healthy);
    const waiting = await stage.view(second);
    expect(waiting).toMatchObject({
      phase: 'queued',
      why: 'version 2 is in release on fraud-prod',
      next: 'starts when that release ends',
    });
    const [seen] = await stage.clock.busy(() => stage.controller.operations.endpoints());
    expect(seen).toMatchObject({
      queued: ['3', '4'],
      release: { version: '2' },
      servingVersion: '1 (95 %), 2 (5 %)',
    });

    const ends = [await stage.end(first), await stage.end(second), await stage.end(third)];
    expect(ends.map((view) => view.outcome?.kind)).toEqual(['promoted', 'promoted', 'promoted']);
    expect(await stage.serving()).toEqual({ 4: 100 });
    // One after the other: no split ever had three versions in it.
    const { activations } = await stage.workspace.truth('fraud-prod');
    expect(Math.max(...activations.map(({ routes }) => routes.length))).toBe(2);
    const row = await stage.ledger((ledger) => ledger.endpoint('fraud-prod'));
    expect(row).toMatchObject({ lastGood: { version: '4' }, previousGood: { version: '3' }, epoch: 3 });
  });

  it('starts also when the first is undone, against the old baseline', async () => {
    const stage = await openStage();
    const first = await stage.register(healthy);
    await stage.until(first, 'Bake', 5);
    const second = await stage.register(healthy);
    await stage.abort(first);
    expect((await stage.end(first)).outcome?.kind).toBe('rolledBack');
    expect((await stage.end(second)).outcome?.kind).toBe('promoted');
    expect(await stage.serving()).toEqual({ 3: 100 });
  });

  it('starts also when the first is refused at its claim', async () => {
    const stage = await openStage({ policy: { stages: { approve: { enabled: true } } } });
    const first = await stage.register(healthy);
    await stage.until(first, 'Approve');
    const refused = await stage.hear('99');
    const last = await stage.register(healthy);
    await stage.abort(first);
    await stage.end(first);
    expect((await stage.end(refused)).outcome?.kind).toBe('rejected');
    await stage.until(last, 'Approve');
  });
});

describe('a release whose claim gave up because the registry did not answer', () => {
  it('ends rejected and frees the endpoint', async () => {
    const stage = await openStage({ policy: { stages: { approve: { enabled: true } } } });
    const version = await stage.version();
    const fault = await stage.workspace.installFault({
      name: 'unavailable',
      match: { path: '/api/2.1/unity-catalog/**' },
      times: 'always',
    });
    const first = await stage.announce(version);
    const second = await stage.announce(await stage.version());
    expect((await stage.view(second)).phase).toBe('queued');
    expect((await stage.end(first)).outcome?.kind).toBe('rejected');
    await stage.workspace.removeFault(fault);
    const { release } = await stage.start(version);
    const later = (await stage.view(second)).phase === 'ended' ? release : second;
    await stage.until(later, 'Approve');
    expect(stage.calls.servingWrites()).toEqual([]);
  });
});

describe('under a policy that lets a new version supersede', () => {
  const superseding: Setting = { policy: { onNewVersion: 'supersede' } };

  it('the first is undone, the ones between never begin, and the newest runs', async () => {
    const stage = await openStage(superseding);
    const first = await stage.register(healthy);
    await stage.until(first, 'Bake', 5);
    const second = await stage.register(healthy);
    const third = await stage.register(healthy);
    const fourth = await stage.register(healthy);

    expect((await stage.end(first)).outcome).toEqual({
      kind: 'superseded',
      says: 'supersede by mlflow: version 3 was registered',
    });
    expect((await stage.journey(first)).entered.at(-1)).toBe('ReleaseSuperseded');
    for (const between of [second, third]) {
      expect((await stage.view(between)).outcome?.kind).toBe('superseded');
      expect((await stage.journey(between)).entered).toEqual([]);
      expect(await stage.shares(between.version)).toEqual([]);
    }
    expect((await stage.end(fourth)).outcome?.kind).toBe('promoted');
    expect(await stage.shares(first.version)).toEqual([0, 5, 0]);
    const { activations } = await stage.workspace.truth('fraud-prod');
    // The traffic was back on the baseline before the newest was put beside it.
    const fourthCame = activations.findIndex(({ routes }) =>
      routes.some((one) => one.entityVersion === fourth.version),
    );
    expect(activations[fourthCame - 1]?.routes).toMatchObject([{ entityVersion: '1', percentage: 100 }]);
  });

  it('a version that waits for people is superseded before it touched anything', async () => {
    const stage = await openStage({
      policy: { onNewVersion: 'supersede', stages: { approve: { enabled: true } } },
    });
    const first = await stage.register(healthy);
    await stage.until(first, 'Approve');
    const second = await stage.register(healthy);
    expect((await stage.end(first)).outcome?.kind).toBe('superseded');
    await stage.until(second, 'Approve');
    expect(stage.calls.servingWrites()).toEqual([]);
  });

  it('a rollback in flight is not superseded', async () => {
    const stage = await openStage({
      policy: { onNewVersion: 'supersede', stages: { approve: { enabled: true } } },
    });
    const first = await stage.register(healthy);
    await stage.until(first, 'Approve');
    await stage.approve(first);
    await stage.end(first);
    const { release: back } = await stage.start(undefined, { intent: 'rollback' });
    const next = await stage.register(healthy);
    expect((await stage.end(back)).outcome?.kind).toBe('restored');
    await stage.until(next, 'Approve');
  });
});

describe('two endpoints', () => {
  const [production] = fraudProfile.endpoints ?? [];
  const text = JSON.stringify(production?.body)
    .replaceAll('fraud-prod', 'churn-prod')
    .replaceAll('prod.ml.fraud', 'prod.ml.churn')
    .replaceAll('fraud_prod', 'churn_prod')
    .replaceAll('fraud-1', 'churn-1');
  const churn = { body: JSON.parse(text) as Record<string, unknown>, traffic: { perSecond: 16 } };
  const two: Setting = {
    profile: {
      models: [
        ...(fraudProfile.models ?? []),
        { name: 'prod.ml.churn', aliases: { champion: 1 }, versions: [{}] },
      ],
      endpoints: [...(fraudProfile.endpoints ?? []), churn],
    },
    environment: (environment) => {
      const { fraud } = environment.endpoints;
      if (!fraud) return environment;
      const second = { ...fraud, model: 'prod.ml.churn', endpoint: 'churn-prod' };
      return { ...environment, endpoints: { fraud, churn: second } };
    },
  };

  it('release at the same time, and the undoing of one leaves the other alone', async () => {
    const stage = await openStage(two);
    const fraud = await stage.register(healthy);
    const churned = await stage.register(healthy, 'churn');
    await Promise.all([stage.until(fraud, 'Bake', 5), stage.until(churned, 'Bake', 5)]);
    await stage.abort(churned);
    expect((await stage.end(churned)).outcome?.kind).toBe('rolledBack');
    expect((await stage.end(fraud)).outcome?.kind).toBe('promoted');
    expect(await stage.serving('fraud-prod')).toEqual({ 2: 100 });
    expect(await stage.serving('churn-prod')).toEqual({ 1: 100 });
    expect(await stage.shares('2', 'churn-prod')).toEqual([0, 5, 0]);
  });
});
