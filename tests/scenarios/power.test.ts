import { describe, expect, it } from 'vitest';
import { hours } from '../../src/domain/units.ts';
import { healthy, openStage, type Running, type Stage } from './stage.ts';

/** As the configuration holds it once it is read: 10 requests a minute. */
const quiet = { rate: 1 / 6, errors: 0.005 };

const told = async (stage: Stage, release: Running) =>
  (await stage.trail(release)).filter(({ action }) => /^(PowerReport|TrafficUnknown)$/.test(action));

describe('what a release could decide', () => {
  it('is refused by name before anything is touched, where policy refuses what is undecidable', async () => {
    const gates = [{ name: 'errors', kind: 'errors' } as const];
    const stage = await openStage({ fraud: { traffic: quiet }, policy: { gates, power: 'refuse' } });
    const release = await stage.register(healthy);
    const view = await stage.end(release);
    expect(view).toMatchObject({
      outcome: { kind: 'rejected' },
      why: expect.stringMatching(/PolicyInvalid/),
    });
    expect(view.why).toMatch(/power: refuse.*errors at 5 %: a deadline of/);
    expect(view.files.map(({ ref }) => ref)).toContainEqual(expect.stringMatching(/\/power\.json$/));
    expect(stage.calls.servingWrites()).toEqual([]);
  });

  it('is measured by a question to the log, told once and kept, and the version is released', async () => {
    const stage = await openStage({ fraud: { measureTraffic: true } });
    await stage.pass(hours(2));
    const release = await stage.register(healthy);
    const view = await stage.end(release);
    expect(view.outcome?.kind).toBe('promoted');
    expect(await told(stage, release)).toMatchObject([
      {
        action: 'PowerReport',
        says: expect.stringMatching(/^a healthy release is through by its deadlines with 100 %/),
        evidence: { ref: expect.stringMatching(/\/power\.json$/) },
      },
    ]);
  });

  it('is not asked of a release on an endpoint of which nothing is said', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.end(release);
    expect(await told(stage, release)).toEqual([]);
  });
});
