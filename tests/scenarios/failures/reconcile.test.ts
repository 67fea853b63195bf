import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../../src/domain/units.ts';
import { endpoint, healthy, openStage, type Running, type Stage } from '../stage.ts';
import { configurationOf, share, short } from './short-release.ts';

const arnOf = async (stage: Stage, { releaseId }: Running) => {
  const arn = (await stage.ledger((ledger) => ledger.release(releaseId)))?.executionArn;
  if (!arn) throw new RangeError(`${releaseId} has no execution.`);
  return arn;
};

/** Somebody stops the execution on the Step Functions page, which catches nothing and undoes nothing. */
async function stopExecution(stage: Stage, release: Running): Promise<void> {
  const arn = await arnOf(stage, release);
  await stage.clock.busy(() => stage.controller.engine.stopExecution(arn, 'Stopped', 'by hand'));
}

const rowOf = (stage: Stage) => stage.ledger((ledger) => ledger.endpoint(endpoint));
const actions = async (stage: Stage, release?: Running) =>
  (await stage.trail(release)).map((one) => one.action);

describe('an execution that is stopped from outside', () => {
  it.each([['WarmCandidate'], ['Bake']])(
    'in %s leaves nothing behind: the baseline is restored',
    async (state) => {
      const stage = await openStage(short());
      const release = await stage.register(healthy);
      await stage.until(release, state);
      const { epoch: before = 0 } = (await rowOf(stage)) ?? {};

      await stopExecution(stage, release);
      const end = await stage.end(release);

      expect(end.outcome?.kind).toBe(state === 'Bake' ? 'rolledBack' : 'rejected');
      expect(end.why).toContain('its execution was stopped');
      expect(await stage.serving()).toEqual({ 1: 100 });
      expect(await rowOf(stage)).toMatchObject({ owner: null, phase: 'closed', epoch: before + 1 });
      expect((await actions(stage, release)).filter((one) => one === 'TakenOver')).toHaveLength(1);
      // An update that is under way cannot be recalled, and is told as long as it blocks the restore.
      expect(stage.troubles.filter((says) => !says.includes('DatabricksConflict'))).toEqual([]);
    },
  );

  it('gives all traffic back within two minutes of the stop', async () => {
    const stage = await openStage(short());
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', share);
    const stoppedAt = stage.clock.now();
    await stopExecution(stage, release);
    await stage.end(release);
    const observed = (await stage.trail(release)).find(({ action }) => action === 'BaselineObserved');
    expect((observed?.at ?? Number.NaN) - stoppedAt).toBeLessThanOrEqual(minutes(2));
  });

  it('is taken over also by a controller that is started after it', async () => {
    const stage = await openStage(short());
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', share);
    const arn = await arnOf(stage, release);
    // The event of the stop is lost with the process.
    await stage.clock.busy(async () => {
      await stage.controller.engine.stopExecution(arn);
      await stage.restart();
    });
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('moves nothing any more when somebody redrives it', async () => {
    const stage = await openStage(short());
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', share);
    await stopExecution(stage, release);
    await stage.end(release);
    const writes = stage.calls.servingWrites().length;

    const arn = await arnOf(stage, release);
    await stage.clock.busy(() => stage.controller.engine.redriveExecution(arn));
    await stage.pass(minutes(30));

    expect(stage.calls.servingWrites()).toHaveLength(writes);
    expect((await stage.controller.engine.describeExecution(arn)).error).toBe('ReleaseSuperseded');
    expect((await stage.view(release)).outcome?.kind).toBe('rolledBack');
  });

  it('is not undone when it had proven itself and only tidied up', async () => {
    const stage = await openStage(short());
    const release = await stage.register(healthy);
    await stage.until(release, 'RetireBaseline');
    await stage.pass(seconds(25));
    await stopExecution(stage, release);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(await stage.serving()).toEqual({ [release.version]: 100 });
    expect((await rowOf(stage))?.lastGood?.version).toBe(release.version);
  });

  it('lets the next version begin', async () => {
    const stage = await openStage(short());
    const first = await stage.register(healthy);
    const second = await stage.register(healthy);
    await stage.until(first, 'Bake', share);
    await stopExecution(stage, first);
    await stage.end(first);
    expect((await stage.end(second)).outcome?.kind).toBe('promoted');
  });
});

describe('an execution that runs', () => {
  it('is left alone by the reconciler, however often it looks', async () => {
    const stage = await openStage(short());
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', share);
    const row = await rowOf(stage);
    for (let look = 0; look < 5; look++) await stage.controller.tick();
    expect(await rowOf(stage)).toEqual(row);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(await actions(stage)).not.toContain('TakenOver');
  });
});

describe('an endpoint that somebody changed while no release has it', () => {
  const change = (stage: Stage) =>
    stage.workspace.installFault({ name: 'foreignChange', parameters: { endpoint } });

  it('is told once and left as it is, and no release starts on it', async () => {
    const stage = await openStage(short());
    await stage.pass(minutes(5));
    await change(stage);
    await stage.pass(minutes(10));
    const writes = stage.calls.servingWrites().length;
    expect((await actions(stage)).filter((one) => one === 'DriftFound')).toHaveLength(1);
    expect((await actions(stage)).filter((one) => one === 'PersonNeeded')).toHaveLength(1);

    const release = await stage.register(healthy);
    await stage.pass(minutes(60));
    expect((await stage.view(release)).phase).toBe('queued');
    expect(stage.calls.servingWrites()).toHaveLength(writes);
  });

  it('is a good configuration once a person adopts it: what waited begins', async () => {
    const stage = await openStage(short());
    await stage.pass(minutes(5));
    await change(stage);
    await stage.pass(minutes(5));
    const release = await stage.register(healthy);
    await stage.adopt();
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });

  it('is put back where the policy says so', async () => {
    const stage = await openStage(short({ onDrift: 'restore' }));
    await stage.pass(minutes(5));
    const good = await configurationOf(stage);
    await change(stage);
    await stage.pass(minutes(15));
    expect(await configurationOf(stage)).toEqual(good);
    expect((await rowOf(stage))?.drift).toBeNull();
  });
});

describe('a frozen endpoint', () => {
  const freeze = async (stage: Stage, on: boolean) => {
    const at = stage.clock.now();
    const seen = (await rowOf(stage))?.freeze;
    const wanted =
      seen && !on ? { lifts: seen } : ({ kind: 'freeze', by: 'ada', reason: 'holidays', at } as const);
    return stage.ledger((ledger) => ledger.freeze(endpoint, wanted));
  };

  it('starts no release until that is lifted', async () => {
    const stage = await openStage(short());
    await freeze(stage, true);
    const release = await stage.register(healthy);
    await stage.pass(minutes(30));
    expect((await stage.view(release)).phase).toBe('queued');
    await freeze(stage, false);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });

  it('holds the release that runs before it gets more traffic, and lets it be undone', async () => {
    const stage = await openStage(short());
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', share);
    await freeze(stage, true);
    const held = await stage.until(release, 'Hold');
    expect(held.why).toContain('holidays');
    await stage.abort(release);
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    expect(await stage.serving()).toEqual({ 1: 100 });
  });
});
