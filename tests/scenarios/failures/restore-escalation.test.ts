import { describe, expect, it } from 'vitest';
import { type IncidentRecord, incidentRecord } from '../../../src/contracts/incident.ts';
import { minutes } from '../../../src/domain/units.ts';
import { endpoint, healthy, openStage, type Running, type Stage } from '../stage.ts';
import { configurationOf, endRightly, share, short } from './short-release.ts';

const serving = `/api/2.0/serving-endpoints/${endpoint}**`;

/** What the platform may answer to every look and every write, for as long as it likes. */
const refusals = [
  ['429', 'throttled', { retryAfter: 15 }, 'DatabricksThrottled'],
  ['503', 'unavailable', { retryAfter: 15 }, 'DatabricksUnavailable'],
  ['401', 'emptyBody', { code: 401 }, 'DatabricksUnauthenticated'],
] as const;

const needsOf = async (stage: Stage, release: Running) =>
  (await stage.trail(release)).filter(({ action }) => action === 'PersonNeeded');

async function underTraffic(escalateAfter = '5m') {
  const stage = await openStage(short({ escalateAfter }));
  const good = await configurationOf(stage);
  const release = await stage.register(healthy);
  await stage.until(release, 'Bake', share);
  return { stage, good, release };
}

async function incidentOf(stage: Stage, release: Running): Promise<IncidentRecord> {
  return incidentRecord.parse((await stage.files<unknown>(release, '/incident.json'))[0]);
}

describe('a restore that the platform refuses for longer than policy bears', () => {
  it.each(refusals)(
    'with %s is told to a person in time, again at each doubling, tried on, and measured apart',
    async (_code, name, parameters, error) => {
      const { stage, good, release } = await underTraffic();
      const fault = await stage.workspace.installFault({
        name,
        parameters,
        match: { path: serving },
        times: 'always',
      });
      const began = stage.clock.now();
      await stage.abort(release);
      await stage.pass(minutes(4));
      expect(await needsOf(stage, release)).toEqual([]);
      await stage.pass(minutes(46));
      const told = await needsOf(stage, release);

      // After 5, 10, 20 and 40 minutes; a look that meets the refusal comes within a minute of each.
      const after = told.map(({ at }) => (at - began) / minutes(1));
      expect(after).toHaveLength(4);
      for (const [index, due] of [5, 10, 20, 40].entries()) {
        expect(after[index]).toBeGreaterThanOrEqual(due);
        expect(after[index]).toBeLessThanOrEqual(due + 1);
      }
      const first = new Date(began).toISOString().slice(0, 16);
      expect(told[0]?.says).toContain(error);
      expect(told[0]?.says).toContain(`refuses since ${first}`);
      expect(told[0]?.says).toContain(`headgate breakglass ${endpoint}`);

      await stage.workspace.removeFault(fault);
      const { view, faults } = await endRightly(stage, release, good);
      expect(faults).toEqual([]);
      expect(view.outcome?.kind).toBe('rolledBack');
      const record = await incidentOf(stage, release);
      expect(record.refusals).toHaveLength(1);
      expect(record.refusals[0]?.says).toContain(error);
      // Counted from when the client gave up for the first time, which it does after 20 s at most.
      const [patience, untilSeen] = [20, 61];
      expect(record.platformRefusedSeconds).toBeGreaterThanOrEqual(50 * 60 - patience);
      // What is left is ours and the update of routes: 20 s, and at most a tick of 20 s at each end.
      const ours = (record.rollbackSeconds ?? 0) - record.platformRefusedSeconds;
      expect(ours).toBeLessThanOrEqual(untilSeen + patience);
    },
  );

  it('is told also where each write is accepted and none takes', async () => {
    const { stage, good, release } = await underTraffic();
    const fault = await stage.workspace.installFault({
      name: 'updateFails',
      parameters: { endpoint },
      times: 'always',
    });
    await stage.abort(release);
    await stage.pass(minutes(11));
    const told = await needsOf(stage, release);
    expect(told).toHaveLength(2);
    expect(told[0]?.says).toContain('the baseline was not seen to serve all traffic');
    await stage.workspace.removeFault(fault);
    expect((await endRightly(stage, release, good)).faults).toEqual([]);
    expect((await incidentOf(stage, release)).platformRefusedSeconds).toBe(0);
  });

  it('is told also where only the alias cannot be moved back', async () => {
    const stage = await openStage(short());
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 100);
    const fault = await stage.workspace.installFault({
      name: 'emptyBody',
      parameters: { code: 403 },
      match: { method: 'PUT', path: '/api/2.1/unity-catalog/models/*/aliases/*' },
      times: 'always',
    });
    await stage.abort(release);
    // First all older writes run dry, then it is the alias's turn.
    await stage.pass(minutes(21));
    const told = await needsOf(stage, release);
    expect(told).toHaveLength(2);
    expect(told[0]?.says).toMatch(
      /serves all traffic, but not everything is back.*the alias: DatabricksForbidden/,
    );
    await stage.workspace.removeFault(fault);
    await stage.end(release);
    expect(await stage.alias()).toBe('1');
  });

  it('is not told while the baseline only waits for older writes to run dry', async () => {
    const { stage, release } = await underTraffic();
    await stage.abort(release);
    await stage.end(release);
    expect(await needsOf(stage, release)).toEqual([]);
    const record = await incidentOf(stage, release);
    expect(record).toMatchObject({ refusals: [], platformRefusedSeconds: 0, acceptedSeconds: 0 });
  });

  it('counts what was refused and nothing of what was not', async () => {
    const { stage, good, release } = await underTraffic();
    const refuse = (method: string, times: number) =>
      stage.workspace.installFault({
        name: 'throttled',
        parameters: { retryAfter: 25 },
        match: { method, path: serving },
        times,
      });
    await refuse('PUT', 1);
    await stage.abort(release);
    await stage.pass(minutes(1));
    const { faults } = await endRightly(stage, release, good);
    expect(faults).toEqual([]);
    const record = await incidentOf(stage, release);
    expect(record.refusals).toHaveLength(1);
    const [{ from, until } = { from: 0, until: 0 }] = record.refusals;
    expect(record.platformRefusedSeconds).toBe(((until ?? 0) - from) / 1000);
    expect(record.platformRefusedSeconds).toBeLessThanOrEqual(60);
  });
});

describe('a restore that is refused', () => {
  it('lets no version begin on the endpoint before it is observed', async () => {
    const { stage, release } = await underTraffic();
    const fault = await stage.workspace.installFault({
      name: 'unavailable',
      parameters: { retryAfter: 15 },
      match: { path: serving },
      times: 'always',
    });
    await stage.abort(release);
    await stage.pass(minutes(2));
    const next = await stage.register(healthy);
    await stage.pass(minutes(20));
    expect((await stage.view(next)).phase).toBe('queued');
    await stage.workspace.removeFault(fault);
    await stage.end(release);
    expect((await stage.end(next)).outcome?.kind).toBe('promoted');
  });

  it('settles every command that comes meanwhile, and blames none of them', async () => {
    const { stage, release } = await underTraffic();
    const fault = await stage.workspace.installFault({
      name: 'unavailable',
      parameters: { retryAfter: 15 },
      match: { path: serving },
      times: 'always',
    });
    await stage.abort(release, 'ada');
    await stage.pass(minutes(2));
    await stage.command(release, 'rollback', 'grace');
    await stage.workspace.removeFault(fault);
    await stage.end(release);
    const commands = await stage.ledger((ledger) => ledger.commands(release.releaseId));
    expect(commands.map(({ kind, phase }) => [kind, phase])).toEqual([
      ['abort', 'applied'],
      ['rollback', 'applied'],
    ]);
    expect((await incidentOf(stage, release)).trigger).toMatchObject({ kind: 'abort', actor: 'ada' });
  });
});
