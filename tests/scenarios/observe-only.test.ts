import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/app/ports/workspace.ts';
import { minutes } from '../../src/domain/units.ts';
import type { Certificate, Incident } from './certificates.ts';
import {
  type Behaviour,
  endpoint,
  harmful,
  healthy,
  model,
  openStage,
  quickPolicy,
  type Running,
  type Setting,
  type Stage,
} from './stage.ts';

const observing = (more: Setting = {}): Setting => ({
  ...more,
  fraud: { mode: 'observe', ...more.fraud },
});

/** Everything that asks the workspace to change something; a statement and a token only read. */
const writes = (stage: Stage): string[] =>
  stage.calls
    .all()
    .filter((call) => !call.startsWith('GET '))
    .filter((call) => !/^POST \/(api\/2\.0\/sql\/statements|oidc\/v1\/token)/.test(call));

const wouldWrite = async (stage: Stage, release: Pick<Running, 'releaseId'>) =>
  (await stage.trail(release)).filter(({ action }) => action === 'WouldWrite');

/** A person does by hand what the newest line says would have been written. */
async function obey(stage: Stage, release: Pick<Running, 'releaseId'>): Promise<void> {
  const line = (await wouldWrite(stage, release)).at(-1);
  if (!line?.evidence) throw new RangeError('Nothing would have been written.');
  const { evidence } = line;
  const text = await stage.clock.busy(() => stage.controller.ports.evidence.get(evidence));
  await send(stage, JSON.parse(text));
}

async function send(stage: Stage, config: Configuration): Promise<void> {
  await stage.workspace.installFault({ name: 'foreignChange', parameters: { endpoint, config } });
  await stage.pass(1_000);
}

/** Lets time pass until so many lines say what would have been written. */
async function untilSaid(stage: Stage, release: Pick<Running, 'releaseId'>, count: number): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const lines = await wouldWrite(stage, release);
    if (lines.length >= count) return lines.at(-1)?.says ?? '';
    await stage.pass(20_000);
  }
  throw new RangeError(
    `Only ${(await wouldWrite(stage, release)).length} lines: ${(await stage.view(release)).why}`,
  );
}

/** Until the candidate has half of the traffic, by a person's hand. */
async function toHalf(behaviour: Behaviour): Promise<{ stage: Stage; release: Running; before: number }> {
  const steps = [{ candidate: 50, minBake: '2m', deadline: '3h' }];
  const stage = await openStage(observing({ policy: { strategy: { kind: 'canary', steps } } }));
  const before = writes(stage).length;
  const release = await stage.register(behaviour);
  await untilSaid(stage, release, 1);
  await obey(stage, release);
  await untilSaid(stage, release, 2);
  await obey(stage, release);
  expect(await stage.serving()).toEqual({ 1: 50, [release.version]: 50 });
  return { stage, release, before };
}

describe('observe-only', () => {
  it('judges a whole release at the shares that people set, writes nothing, and claims nothing', async () => {
    const stage = await openStage(
      observing({
        policy: {
          stages: { ...quickPolicy.stages, stage: { enabled: true }, verifyStaging: { enabled: true } },
        },
      }),
    );
    const before = writes(stage).length;
    const release = await stage.register(healthy);
    await untilSaid(stage, release, 2);
    expect((await wouldWrite(stage, release)).map(({ says }) => says)).toEqual([
      expect.stringMatching(/^observe-only: fraud-staging: .*served_entities\[fraud-2\]: absent -> present/),
      expect.stringMatching(/^observe-only: warm: .*served_entities\[fraud-2\]: absent -> present/),
    ]);
    await stage.pass(minutes(20));
    expect((await stage.view(release)).state).toBe('WarmCandidate');
    await obey(stage, release);
    for (const [said, share] of [
      [3, 5],
      [4, 50],
      [5, 100],
    ] as const) {
      expect(await untilSaid(stage, release, said)).toMatch(share === 100 ? /promote: / : /shift: /);
      await stage.pass(minutes(2));
      await obey(stage, release);
      expect(await stage.serving()).toMatchObject({ [release.version]: share });
    }
    const end = await stage.end(release);

    expect(end.outcome?.kind).toBe('observed');
    expect(end.why).toMatch(/^observe-only, nothing was written; it would have been promoted/);
    expect(writes(stage).slice(before)).toEqual([]);
    expect(await stage.alias()).toBe('1');
    expect((await stage.workspace.truth('fraud-staging')).activations).toHaveLength(1);
    const row = await stage.ledger((ledger) => ledger.endpoint(endpoint));
    expect(row).toMatchObject({ phase: 'closed', owner: null, lastGood: { version: '1' } });
    expect(row?.intent).toBeNull();
    const record = await stage.ledger((ledger) => ledger.release(release.releaseId));
    const execution = await stage.clock.busy(() =>
      stage.controller.engine.describeExecution(record?.executionArn ?? ''),
    );
    expect(execution.status).toBe('SUCCEEDED');
    expect((await stage.journey(release)).entered.at(-1)).toBe('Observed');
    const certificates = await stage.files<Certificate>(release, '/certificates/');
    expect(certificates.map((one) => one.decision.kind)).toEqual(['advance', 'promote', 'retire']);
    // What was seen at a share stays evidence in all later steps.
    const steps = certificates.at(-1)?.observation.windows.map(({ step }) => step);
    expect([...new Set(steps)]).toEqual([0, 1, 2]);
    const retired = (await stage.trail(release)).filter(({ action }) => action === 'RetireBaseline');
    expect(retired.map(({ says }) => says)).toEqual([
      expect.stringMatching(/observe-only: fraud-1 would leave/),
    ]);
  });

  it('counts no window in which people changed the share, and each under the step that it was looked at in', async () => {
    const { stage, release } = await toHalf(healthy);
    const end = await stage.end(release);
    expect(end.outcome?.kind).toBe('observed');
    const [first] = await stage.files<Certificate>(release, '/certificates/');
    const { activations } = await stage.workspace.truth(endpoint);
    const shifted =
      activations.find(({ routes }) => routes.some(({ percentage }) => percentage === 50))?.at ?? 0;
    const windows = first?.observation.windows ?? [];
    expect(windows.length).toBeGreaterThan(0);
    expect(windows.every(({ at }) => at >= shifted)).toBe(true);
  });

  it('says what it would put back when harm is proven, and leaves the traffic where people put it', async () => {
    const { stage, release, before } = await toHalf(harmful);
    const end = await stage.end(release);
    expect(end.outcome).toEqual({
      kind: 'observed',
      says: expect.stringMatching(/would have been (rolled back|ended).*harm is proven/),
    });
    expect((await wouldWrite(stage, release)).at(-1)?.says).toMatch(/^observe-only: restore: /);
    expect(writes(stage).slice(before)).toEqual([]);
    expect(await stage.serving()).toEqual({ 1: 50, [release.version]: 50 });
    const [ending] = await stage.files<Incident>(release, '/ending.json');
    expect(ending?.outcome.kind).toBe('observed');
  });

  it.each(['alert', 'abort'] as const)('obeys an %s by ending, and writes nothing', async (what) => {
    const { stage, release, before } = await toHalf(healthy);
    if (what === 'alert') await stage.alert();
    else await stage.abort(release);
    expect((await stage.end(release)).outcome?.kind).toBe('observed');
    expect(writes(stage).slice(before)).toEqual([]);
    expect(await stage.serving()).toEqual({ 1: 50, [release.version]: 50 });
  });

  it('says what a rollback would write, and writes nothing', async () => {
    const stage = await openStage(observing());
    const before = writes(stage).length;
    await stage.workspace.installFault({ name: 'foreignChange', parameters: { endpoint } });
    await stage.pass(1_000);
    const { release } = await stage.start(undefined, { intent: 'rollback' });
    const end = await stage.end(release);
    expect(end.outcome?.kind).toBe('observed');
    expect((await wouldWrite(stage, release)).map(({ says }) => says)).toEqual([
      expect.stringMatching(/^observe-only: restore: .*CHANGED_BY/),
    ]);
    expect(writes(stage).slice(before)).toEqual([]);
  });

  it('leaves the alias where people put it, and says where it would be', async () => {
    const { stage, release } = await toHalf(healthy);
    await stage.clock.busy(async () => {
      const headers = {
        authorization: `Bearer ${stage.workspace.token}`,
        'content-type': 'application/json',
      };
      const to = `${stage.workspace.host}/api/2.1/unity-catalog/models/${model}/aliases/champion`;
      const body = JSON.stringify({ version_num: Number(release.version) });
      expect((await fetch(to, { method: 'PUT', headers, body })).status).toBe(200);
    });
    const before = writes(stage).length;
    await stage.abort(release);
    await stage.end(release);
    expect((await wouldWrite(stage, release)).map(({ says }) => says)).toContain(
      'observe-only: champion names version 1 again',
    );
    expect(await stage.alias()).toBe(release.version);
    expect(writes(stage).slice(before)).toEqual([]);
  });

  it('ends without a claim when nobody deploys the version in time', async () => {
    const warm = { deadline: '30m' };
    const stage = await openStage(observing({ policy: { stages: { ...quickPolicy.stages, warm } } }));
    const before = writes(stage).length;
    const release = await stage.register(healthy);
    const end = await stage.end(release);
    expect(end.outcome).toEqual({
      kind: 'observed',
      says: expect.stringMatching(/would have been ended: DeadlinePassed/),
    });
    expect(writes(stage).slice(before)).toEqual([]);
  });

  it('stays so for a release that began so, although the configuration says otherwise by now', async () => {
    const { stage, release, before } = await toHalf(healthy);
    const { fraud } = stage.environment.endpoints;
    if (fraud) Object.assign(fraud, { mode: 'act' });
    await stage.restart();
    await stage.abort(release);
    expect((await stage.end(release)).outcome?.kind).toBe('observed');
    expect(writes(stage).slice(before)).toEqual([]);
  });
});

describe('a release that began to write', () => {
  it('is put back, although the configuration says observe by now', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 50);
    const { fraud } = stage.environment.endpoints;
    if (fraud) Object.assign(fraud, { mode: 'observe' });
    await stage.restart();
    await stage.abort(release);
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    expect(await stage.serving()).toEqual({ 1: 100 });
  });
});
