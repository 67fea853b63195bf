import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/app/ports/ledger.ts';
import type { Configuration } from '../../../src/app/ports/workspace.ts';
import { millis, minutes, seconds } from '../../../src/domain/units.ts';
import { endpoint, harmful, healthy, openStage, type Running, type Stage } from '../stage.ts';
import { configurationOf, short } from './short-release.ts';

/** Somebody else acts in the middle of what the controller does: when the record of a rollback was written. */
function onceAsked(stage: Stage, act: () => Promise<unknown>): void {
  const ledger: Pick<Ledger, 'addRelease'> = stage.controller.ports.ledger;
  const real = ledger.addRelease.bind(ledger);
  Object.assign(ledger, {
    addRelease: async (release: Parameters<typeof real>[0]) => {
      const answer = await real(release);
      if (release.intent === 'rollback') {
        Object.assign(ledger, { addRelease: real });
        await act();
      }
      return answer;
    },
  });
}

const change = (stage: Stage, config?: Configuration) =>
  stage.workspace.installFault({
    name: 'foreignChange',
    parameters: { endpoint, ...(config ? { config } : {}) },
  });
const told = async (stage: Stage) =>
  (await stage.trail()).filter(({ action }) => action === 'PersonNeeded').map(({ says }) => says);
const drill = (stage: Stage) =>
  stage.clock.busy(() =>
    stage.controller.operations.drill(endpoint, { inProduction: true, reason: 'practice', actor: 'ada' }),
  );

async function promoted(stage: Stage): Promise<Running> {
  const release = await stage.register(healthy);
  expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  return release;
}

describe('a drift that policy puts back', () => {
  it('is kept where a person adopts it in between', async () => {
    const stage = await openStage(short({ onDrift: 'restore' }));
    await stage.pass(minutes(5));
    const before = await configurationOf(stage);
    onceAsked(stage, () => stage.controller.operations.adopt(endpoint, 'ada'));
    await change(stage);
    await stage.pass(minutes(30));
    expect(await configurationOf(stage)).not.toEqual(before);
  });

  it('rolls nothing back where a person takes it back first, though the process died in between', async () => {
    const stage = await openStage(short({ onDrift: 'restore' }));
    const release = await promoted(stage);
    await stage.pass(minutes(5));
    const good = await configurationOf(stage);
    let died = false;
    onceAsked(stage, () => {
      died = true;
      return Promise.reject(new Error('the process ends here'));
    });
    await change(stage);
    while (!died) await stage.pass(200);
    await stage.controller.close();
    await change(stage, good);
    await stage.pass(minutes(1));
    await stage.restart();
    await stage.pass(minutes(30));
    expect(await stage.serving()).toEqual({ [release.version]: 100 });
  });
});

describe('a rollback', () => {
  it('goes before a version in the queue, which would be undone by it once it had proven itself', async () => {
    const stage = await openStage();
    await promoted(stage);
    const { release } = await drill(stage);
    await stage.until(release, 'WarmCandidate');
    const next = await stage.register(healthy);
    const back = await stage.start(undefined, { intent: 'rollback' });
    await stage.end(back.release);
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect(await stage.shares(next.version)).toEqual([]);
  });

  it('begins also while the workspace does not answer, and goes where it was asked to go', async () => {
    const stage = await openStage();
    await promoted(stage);
    await stage.pass(minutes(5));
    const down = await stage.workspace.installFault({
      name: 'emptyBody',
      parameters: { code: 503 },
      times: 'always',
    });
    const { release } = await stage.start(undefined, { intent: 'rollback' });
    await stage.pass(minutes(15));
    await stage.workspace.removeFault(down);
    expect((await stage.end(release)).outcome?.kind).toBe('restored');
    expect(await stage.serving()).toEqual({ 1: 100 });
  });
});

describe('a restore', () => {
  it('moves the traffic though the good configuration cannot be read, and tells a person that the rest is stuck', async () => {
    const stage = await openStage();
    const release = await stage.register(harmful);
    await stage.until(release, 'Bake', 5);
    const folder = join(stage.data, 'evidence', 'endpoints', endpoint, 'configurations');
    for (const file of readdirSync(folder)) if (file.startsWith('good')) rmSync(join(folder, file));
    await stage.pass(minutes(120));
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect((await told(stage)).join()).toContain('EvidenceInvalid');
  });

  it('ends though its endpoint left the configuration', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await stage.controller.close();
    Object.assign(stage.environment, { endpoints: {} });
    await stage.restart();
    await stage.abort(release);
    await stage.pass(minutes(60));
    expect(await stage.ledger((ledger) => ledger.release(release.releaseId))).toMatchObject({
      phase: 'ended',
    });
    expect(await stage.serving()).toEqual({ 1: 100 });
  });
});

describe('what is promoted', () => {
  it('is what this release wrote: a change by somebody else while the baseline retires is told, and not good', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'RetireBaseline');
    const now = structuredClone(await configurationOf(stage));
    for (const entity of now['served_entities'] as Record<string, unknown>[]) {
      if (entity['name'] === 'fraud-2') entity['environment_vars'] = { FEATURE_STORE: 'wrong' };
    }
    await change(stage, now);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    await stage.pass(minutes(10));
    const row = await stage.ledger((ledger) => ledger.endpoint(endpoint));
    const { evidence } = stage.controller.ports;
    const good = row?.lastGood?.configuration;
    if (!good) throw new RangeError('There is no good configuration.');
    expect(await stage.clock.busy(() => evidence.get(good))).not.toContain('wrong');
    expect((await told(stage)).join()).toContain('changed by hand');
  });
});

describe('an owner whose execution the machine does not show', () => {
  it('is not taken for lost because it waited long before it began', async () => {
    const stage = await openStage();
    const freeze = (off: boolean) =>
      stage.clock.busy(() =>
        stage.controller.operations.freeze({ endpoint, off, reason: 'holidays', actor: 'ada' }),
      );
    await freeze(false);
    const release = await stage.register(healthy);
    await stage.pass(minutes(15));
    await freeze(true);
    await stage.until(release, 'WarmCandidate');
    Object.assign(stage.controller.ports.machine, { phase: async () => 'unknown' });
    await stage.controller.tick();
    expect((await stage.trail(release)).map(({ action }) => action)).not.toContain('TakenOver');
  });
});

describe('a stop shortly after a step was decided', () => {
  it('is not kept waiting by the drain of the write before', async () => {
    const stage = await openStage({
      tick: seconds(5),
      policy: {
        strategy: {
          kind: 'canary',
          steps: [
            { candidate: 50, minBake: '0s', deadline: '3h' },
            { candidate: 80, minBake: '2m', deadline: '3h' },
          ],
        },
        gates: [{ name: 'errors', kind: 'errors', ceiling: 0.2 }],
        evidence: { every: '10s', window: '10s', lag: '0s' },
      },
    });
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 50);
    const judged = async () => (await stage.trail(release)).some(({ action }) => action === 'JudgeHealth');
    while (!(await judged())) await stage.pass(millis(500));
    const at = stage.clock.now();
    await stage.abort(release);
    await stage.end(release);
    const accepted = (await stage.trail(release)).find(({ action }) => action === 'RestoreAccepted');
    // An update of ours that is under way takes 20 s, and the platform takes no other meanwhile.
    expect((accepted?.at ?? Number.NaN) - at).toBeLessThan(seconds(25));
  });
});
