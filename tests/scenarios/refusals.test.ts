import { describe, expect, it } from 'vitest';
import { foreign, refusals } from './refusal-table.ts';
import { endpoint, healthy, openStage } from './stage.ts';

/** What also speaks against taking an endpoint as it is. */
const adoption = new Set([
  'SeveralEntitiesWithTraffic',
  'EndpointUpdateInProgress',
  'EndpointStopped',
  'DatabricksNotFound',
]);

/** What can be known before the endpoint is taken. */
const heardAtOnce = new Set([
  'NoLastGood',
  'UnknownModelVersion',
  'PolicyInvalid',
  'StepWithoutGates',
  'UndeclaredHiddenFields',
]);

describe('a release is refused before anything is touched', () => {
  it.each(refusals)('when $because: $error', async ({ error, setting, given, version, says }) => {
    const stage = await openStage(setting);
    await given?.(stage);
    const before = (await stage.workspace.truth(endpoint).catch(() => undefined))?.configuration;
    const wanted = await (version?.(stage) ?? stage.version());
    const release = await stage.hear(wanted);
    const view = await stage.end(release);

    expect(view.outcome?.kind).toBe('rejected');
    const [why] = await stage.clock.busy(() => stage.controller.operations.why(wanted, endpoint));
    expect(why?.releaseId).toBe(release.releaseId);
    expect(why?.why).toMatch(says);
    expect(why?.why).toContain(error);
    expect(why?.next).toMatch(/headgate start fraud-prod/);

    expect(stage.calls.servingWrites()).toEqual([]);
    const after = (await stage.workspace.truth(endpoint).catch(() => undefined))?.configuration;
    expect(after).toEqual(before);

    // What is told as observed is what serves.
    const { 1: share = 0 } = after === undefined ? {} : await stage.serving();
    const told = (await stage.trail(release)).some((line) => line.action === 'BaselineObserved');
    if (told) expect(share).toBe(100);

    const row = await stage.ledger((ledger) => ledger.endpoint(endpoint));
    expect(row?.owner ?? null).toBeNull();
    expect(row?.phase ?? 'closed').toBe('closed');
    expect(await stage.ledger((ledger) => ledger.unclosedWaits())).toEqual([]);
    const again = await stage.hear(await stage.version());
    expect(again.phase).toBe('running');
    expect(stage.troubles).toEqual([]);
  });

  it.each(
    refusals.filter(
      ({ error, because }) => heardAtOnce.has(error) && because !== 'another model serves there',
    ),
  )(
    'and a person hears at once, with nothing recorded, when $because: $error',
    async ({ error, setting, given, version, says }) => {
      const stage = await openStage(setting);
      await given?.(stage);
      const wanted = await (version?.(stage) ?? stage.version());
      const before = stage.dump();
      const refused = await stage.start(wanted).catch((thrown: unknown) => thrown);
      expect(refused).toMatchObject({ name: error, message: expect.stringMatching(says) });
      expect(stage.dump()).toEqual(before);
    },
  );

  it('when no endpoint is configured by that name: nothing is recorded', async () => {
    const stage = await openStage();
    const before = stage.dump();
    await expect(stage.start('1', { on: 'churn' })).rejects.toMatchObject({ name: 'UnknownEndpoint' });
    await expect(stage.start(undefined)).rejects.toMatchObject({ name: 'UnknownModelVersion' });
    expect(stage.dump()).toEqual(before);
  });

  it('and what is mended by a person is released next', async () => {
    const stage = await openStage();
    await foreign(stage);
    const refused = await stage.register(healthy);
    expect((await stage.end(refused)).outcome?.kind).toBe('rejected');
    await stage.adopt();
    const { release, began } = await stage.start(refused.version);
    expect(began).toBe('started');
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    const { configuration } = await stage.workspace.truth(endpoint);
    expect(configuration['served_entities']).toMatchObject([
      { environment_vars: { CHANGED_BY: 'somebody-else' } },
    ]);
  });
});

describe('an endpoint is not adopted', () => {
  it.each(refusals.filter(({ error }) => adoption.has(error)))('when $because', async ({ error, given }) => {
    const stage = await openStage({ adopt: false });
    await given?.(stage);
    await expect(stage.adopt()).rejects.toMatchObject({ name: error });
    expect(await stage.ledger((ledger) => ledger.endpoint(endpoint))).toBeUndefined();
  });

  it('while a release of it runs', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await expect(stage.adopt()).rejects.toMatchObject({ name: 'SeveralEntitiesWithTraffic' });
    await stage.until(release, 'Bake', 100);
    await expect(stage.adopt()).rejects.toMatchObject({ name: 'LeaseHeldByOther' });
    await stage.abort(release);
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    expect(await stage.serving()).toEqual({ 1: 100 });
  });
});
