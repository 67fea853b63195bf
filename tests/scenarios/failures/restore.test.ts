import { describe, expect, it, vi } from 'vitest';
import { ReleaseError } from '../../../src/contracts/errors.ts';
import { minutes, seconds } from '../../../src/domain/units.ts';
import { endpoint, harmful, healthy, openStage, type Stage } from '../stage.ts';
import { configurationOf, endRightly, share, short, untilIntent } from './short-release.ts';

const serving = '/api/2.0/serving-endpoints/**';

/** When the baseline first had all traffic again, by the simulator's own word. */
async function restoredAt(stage: Stage, version: string): Promise<number> {
  const { activations } = await stage.workspace.truth(endpoint);
  const last = activations.findLastIndex(({ routes }) =>
    routes.some((route) => route.entityVersion === version && route.percentage > 0),
  );
  return activations[last + 1]?.at ?? Number.NaN;
}

describe('a restore that the platform refuses', () => {
  it('outlasts an update of 15 minutes that locks the endpoint, and is done soon after it', async () => {
    const stage = await openStage(short());
    const good = await configurationOf(stage);
    const locked = minutes(15);
    await stage.workspace.installFault({
      name: 'updateTakes',
      parameters: { endpoint, durationMs: locked },
      skip: 2,
    });
    const release = await stage.register(healthy);
    await untilIntent(stage, 'promote');
    await stage.abort(release);
    const writes = stage.calls.servingWrites().length;

    const { view: end, faults } = await endRightly(stage, release, good);

    expect(faults).toEqual([]);
    expect(end.outcome?.kind).toBe('rolledBack');
    const { entered } = await stage.journey(release);
    expect(entered).toContain('AwaitBaseline');
    const { activations } = await stage.workspace.truth(endpoint);
    const unlocked = activations.find(({ routes }) =>
      routes.some((route) => route.entityVersion === release.version && route.percentage === 100),
    );
    // A tick of 20 s to see it, 20 s for the update of routes.
    expect((await restoredAt(stage, release.version)) - (unlocked?.at ?? 0)).toBeLessThanOrEqual(seconds(41));
    // Traffic, then the configuration; nothing else was sent while the endpoint was locked.
    expect(stage.calls.servingWrites().length - writes).toBe(2);
  });

  it('outlasts an hour of 503, writes nothing forward meanwhile, and is done soon after it', async () => {
    const stage = await openStage(short());
    const good = await configurationOf(stage);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', share);
    const fault = await stage.workspace.installFault({
      name: 'unavailable',
      parameters: { retryAfter: 15 },
      match: { path: serving },
      times: 'always',
    });
    await stage.abort(release);
    await stage.pass(minutes(60));
    expect((await stage.view(release)).state).toBe('AwaitBaseline');
    expect((await stage.view(release)).why).toContain('503');
    const back = stage.clock.now();
    await stage.workspace.removeFault(fault);

    const { view, faults } = await endRightly(stage, release, good);

    expect(faults).toEqual([]);
    expect(view.outcome?.kind).toBe('rolledBack');
    // The look under way may still be pausing for 15 s; then a tick, and the update.
    expect((await restoredAt(stage, release.version)) - back).toBeLessThanOrEqual(seconds(76));
  });

  it('outlasts half an hour in which our credentials are refused', async () => {
    const stage = await openStage(short());
    const good = await configurationOf(stage);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', share);
    const fault = await stage.workspace.installFault({
      name: 'emptyBody',
      parameters: { code: 401 },
      match: { path: '/api/**' },
      times: 'always',
    });
    await stage.abort(release);
    await stage.pass(minutes(30));
    expect((await stage.view(release)).why).toContain('DatabricksUnauthenticated');
    const back = stage.clock.now();
    await stage.workspace.removeFault(fault);

    const { view, faults } = await endRightly(stage, release, good);

    expect(faults).toEqual([]);
    expect(view.outcome?.kind).toBe('rolledBack');
    expect((await restoredAt(stage, release.version)) - back).toBeLessThanOrEqual(seconds(61));
  });

  it('is sent again each time that its update fails', async () => {
    const stage = await openStage(short());
    const good = await configurationOf(stage);
    await stage.workspace.installFault({
      name: 'updateFails',
      parameters: { endpoint },
      skip: 2,
      times: 3,
    });
    const release = await stage.register(harmful);

    const { view, faults } = await endRightly(stage, release, good);

    expect(faults).toEqual([]);
    expect(view.outcome?.kind).toBe('rolledBack');
    // Warm, shift; traffic three times in vain and once with effect; the configuration.
    expect(stage.calls.servingWrites()).toHaveLength(7);
  });

  it('waits for the permission to move the alias back, in one wait and not in a loop of them', async () => {
    const stage = await openStage(short());
    const good = await configurationOf(stage);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 100);
    expect(String(await stage.alias())).toBe(release.version);
    const fault = await stage.workspace.installFault({
      name: 'emptyBody',
      parameters: { code: 403 },
      match: { method: 'PUT', path: '/api/2.1/unity-catalog/models/*/aliases/*' },
      times: 'always',
    });
    await stage.abort(release);
    await stage.pass(minutes(60));
    expect((await stage.view(release)).why).toContain('DatabricksForbidden');
    expect((await stage.journey(release)).entered.filter((state) => state === 'AwaitBaseline')).toHaveLength(
      1,
    );
    await stage.workspace.removeFault(fault);

    const { view, faults } = await endRightly(stage, release, good);

    expect(faults).toEqual([]);
    expect(view.outcome?.kind).toBe('rolledBack');
    expect(String(await stage.alias())).toBe('1');
  });

  it('ends although nobody can say any more what the candidate served', async () => {
    const stage = await openStage(short());
    const good = await configurationOf(stage);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', share);
    await stage.workspace.installFault({
      name: 'emptyBody',
      parameters: { code: 400 },
      match: { path: '/api/2.0/sql/**' },
      times: 'always',
    });
    await stage.abort(release);

    const { view, faults } = await endRightly(stage, release, good);

    expect(faults).toEqual([]);
    expect(view.outcome?.kind).toBe('rolledBack');
  });

  it('does not take a read for the baseline that is behind the warm-up still under way', async () => {
    const stage = await openStage(short());
    const good = await configurationOf(stage);
    await stage.workspace.installFault({ name: 'staleRead', parameters: { endpoint, forMs: 50_000 } });
    const release = await stage.register(healthy);
    await untilIntent(stage, 'warm');
    await stage.abort(release);

    const { view, faults } = await endRightly(stage, release, good);

    expect(faults).toEqual([]);
    expect(view.outcome?.kind).toBe('rejected');
  });
});

describe('what cannot be known at the end', () => {
  it('does not keep the endpoint from the next release: it was deleted after its promotion', async () => {
    const stage = await openStage(short());
    const release = await stage.register(healthy);
    await stage.until(release, 'RetireBaseline');
    await stage.workspace.installFault({ name: 'endpointDeleted', parameters: { endpoint } });

    const view = await stage.end(release);

    expect(view.outcome?.kind).toBe('promoted');
    const row = await stage.ledger((ledger) => ledger.endpoint(endpoint));
    expect(row?.phase).toBe('closed');
    // Nobody saw it serve at the end, so it is not what a later restore goes back to.
    expect(row?.lastGood?.version).toBe('1');
    const told = (await stage.trail(release)).filter((entry) => entry.action === 'ForeignChange');
    expect(told.map((entry) => entry.says).join()).toContain('DatabricksNotFound');
  });

  it('is asked anew: one failed statement does not end a step', async () => {
    const stage = await openStage(short());
    const good = await configurationOf(stage);
    const { requests } = stage.controller.ports.workspace('production');
    const real = requests.answer.bind(requests);
    const lost: string[] = [];
    vi.spyOn(requests, 'answer').mockImplementation(async (queryId, question) => {
      if (lost.length === 0) {
        lost.push(queryId);
        return 'running';
      }
      if (lost.includes(queryId)) throw new ReleaseError('StatementFailed', `statement ${queryId} CLOSED`);
      return real(queryId, question);
    });
    const release = await stage.register(healthy);

    const { view, faults } = await endRightly(stage, release, good);

    expect(lost).toHaveLength(1);
    expect(faults).toEqual([]);
    expect(view.outcome?.kind).toBe('promoted');
  });
});
