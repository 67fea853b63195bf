import { describe, expect, it } from 'vitest';
import { dueDrills } from '../../src/app/drill.ts';
import { hours, minutes } from '../../src/domain/units.ts';
import { endpoint, healthy, openStage, type Setting, type Stage } from './stage.ts';

describe('drills by schedule', () => {
  const due = (stage: Stage) => stage.clock.busy(() => dueDrills(stage.controller.ports));
  /** Looked at seldom, so that hours pass quickly. */
  const scheduled: Setting = {
    fraud: { drill: { every: hours(1), inProduction: false } },
    environment: (environment) => ({ ...environment, environment: 'staging' }),
    tick: minutes(5),
  };

  it('begin when their time has come, once, and again an interval later', async () => {
    const stage = await openStage(scheduled);
    await stage.pass(minutes(50));
    expect(await due(stage)).toEqual({ started: [], troubles: [] });
    await stage.pass(minutes(10));
    const two = await stage.clock.busy(() =>
      Promise.all([dueDrills(stage.controller.ports), dueDrills(stage.controller.ports)]),
    );
    expect(two.flatMap(({ troubles }) => troubles)).toEqual([]);
    const drills = () => stage.ledger((ledger) => ledger.releases({ endpoint }));
    const [first, ...others] = await drills();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ intent: 'drill', requestedBy: 'headgate' });
    await stage.end({ releaseId: first?.releaseId ?? '' });
    await due(stage);
    expect(await drills()).toHaveLength(1);
    await stage.pass(hours(1));
    await due(stage);
    expect(await drills()).toHaveLength(2);
  });

  it('wait for a release that has the endpoint, and never begin in production by themselves', async () => {
    const stage = await openStage(scheduled);
    await stage.pass(minutes(70));
    const release = await stage.register(healthy);
    await stage.until(release, 'WarmCandidate');
    expect(await due(stage)).toEqual({ started: [], troubles: [] });

    const production = await openStage({
      fraud: { drill: { every: hours(1), inProduction: false } },
      tick: minutes(20),
    });
    await production.pass(minutes(70));
    expect(await due(production)).toEqual({ started: [], troubles: [] });
  });
});
