import { describe, expect, it } from 'vitest';
import { minutes } from '../../src/domain/units.ts';
import {
  type Behaviour,
  endpoint,
  healthy,
  openStage,
  type PolicyInput,
  type Running,
  type Stage,
} from './stage.ts';

/** Scenarios begin at 09:00 UTC on Monday, 2026-01-05. */
const lunch = (
  from: string,
  until: string,
  why = 'nobody is there at noon',
): PolicyInput['freezeWindows'] => [{ kind: 'weekly', days: ['mon'], from, until, timezone: 'UTC', why }];
const command = (
  stage: Stage,
  { releaseId }: Pick<Running, 'releaseId'>,
  kind: 'hold' | 'resume' | 'abort',
) =>
  stage.clock.busy(() =>
    stage.controller.operations.command(releaseId, { kind, reason: 'ada says so', actor: 'ada' }),
  );
const now = (stage: Stage) => new Date(stage.clock.now()).toISOString().slice(11, 16);

describe('in a freeze window', () => {
  it('no release begins: it stays queued, says until when and why, and begins by itself', async () => {
    const stage = await openStage({ policy: { freezeWindows: lunch('08:00', '10:30') } });
    const release = await stage.register(healthy);
    await stage.pass(minutes(60));
    const view = await stage.view(release);
    expect(view.phase).toBe('queued');
    expect(view.why).toBe('a freeze window until 2026-01-05T10:30:00Z: nobody is there at noon');
    expect(stage.calls.all().filter((call) => call.startsWith('PUT'))).toEqual([]);

    await stage.until(release, 'WarmCandidate');
    expect(now(stage)).toMatch(/^10:3[01]$/);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });

  it('nothing is deployed, and the release goes on by itself afterwards', async () => {
    const stage = await openStage({
      policy: { freezeWindows: lunch('09:02', '11:00'), stages: { test: { enabled: true } } },
    });
    const release = await stage.register(healthy);
    await stage.until(release, 'Test');
    const held = await stage.until(release, 'Hold');
    expect(held.next).toMatch(/^goes on by itself when the window is over; /);
    expect(held.why).toMatch(
      /FreezeWindow: fraud-prod: nothing moves forward until 2026-01-05T11:00:00Z: nobody/,
    );
    await stage.pass(minutes(90));
    expect(stage.calls.servingWrites()).toEqual([]);
    await stage.until(release, 'WarmCandidate');
    expect(now(stage)).toMatch(/^11:0[01]$/);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });

  it.each([
    [5, 'the next step'],
    [50, 'the promotion'],
  ])(
    'a candidate at %i percent keeps its share, and gets %s when the window is over',
    async (share, _next) => {
      // The first step is there at about 09:03, the second at about 09:08.
      const stage = await openStage({
        policy: { freezeWindows: lunch(share === 5 ? '09:04' : '09:09', '09:50') },
      });
      const release = await stage.register(healthy);
      await stage.until(release, 'Hold', share);
      const writes = stage.calls.servingWrites().length;
      await stage.pass(minutes(30));
      expect(stage.calls.servingWrites()).toHaveLength(writes);
      expect(await stage.serving()).toEqual({ 1: 100 - share, [release.version]: share });

      expect((await stage.end(release)).outcome?.kind).toBe('promoted');
      expect(await stage.shares(release.version)).toEqual([0, 5, 50, 100, 100]);
      expect((await stage.trail(release)).map(({ action }) => action)).toContain('Resumed');
    },
  );

  it('harm is still found at the share that was judged before, and rolled back at once', async () => {
    const stage = await openStage({ policy: { freezeWindows: lunch('09:03', '20:00') } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Hold', 5);
    await stage.pass(minutes(30));
    const worse: Behaviour = { ...healthy, errorRate: 0.5 };
    await stage.workspace.setBehaviour('prod.ml.fraud', Number(release.version), worse);
    const end = await stage.end(release);
    expect(end.outcome?.kind).toBe('rolledBack');
    expect(end.why).toMatch(/harm is proven/);
    expect(now(stage) < '10:30').toBe(true);
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('an abort and a rollback are free of it', async () => {
    const stage = await openStage({ policy: { freezeWindows: lunch('09:03', '20:00') } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Hold', 5);
    await command(stage, release, 'abort');
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    expect(now(stage) < '09:30').toBe(true);
  });

  it('a rollback that nobody is in release for begins at once, before what is queued', async () => {
    const stage = await openStage({ policy: { freezeWindows: lunch('09:40', '20:00') } });
    const promoted = await stage.register(healthy);
    expect((await stage.end(promoted)).outcome?.kind).toBe('promoted');
    expect(now(stage) < '09:40').toBe(true);
    await stage.pass(minutes(40));
    const queued = await stage.register(healthy);
    const { release } = await stage.start(undefined, { intent: 'rollback' });
    expect((await stage.end(release)).outcome?.kind).toBe('restored');
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect((await stage.view(queued)).phase).toBe('queued');
  });

  it('a hold of a person outlasts the window, until that person resumes it', async () => {
    const stage = await openStage({ policy: { freezeWindows: lunch('09:03', '09:20') } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Hold', 5);
    await command(stage, release, 'hold');
    await stage.pass(minutes(40));
    expect((await stage.view(release)).phase).toBe('held');
    expect(await stage.serving()).toEqual({ 1: 95, [release.version]: 5 });
    await command(stage, release, 'resume');
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });

  it('a frozen endpoint outlasts the window as well', async () => {
    const stage = await openStage({ policy: { freezeWindows: lunch('09:03', '09:20') } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Hold', 5);
    const at = stage.clock.now();
    const freeze = { kind: 'freeze', by: 'ada', reason: 'an incident', at } as const;
    await stage.ledger((ledger) => ledger.freeze(endpoint, freeze));
    await stage.pass(minutes(40));
    expect((await stage.view(release)).phase).toBe('held');
    await stage.ledger((ledger) => ledger.freeze(endpoint, { lifts: freeze }));
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });

  it('that lasts longer than a hold may, the hold lasts as long', async () => {
    const stage = await openStage({
      policy: { holdDeadline: '15m', freezeWindows: lunch('09:03', '09:40') },
    });
    const release = await stage.register(healthy);
    await stage.until(release, 'Hold', 5);
    await stage.pass(minutes(30));
    expect((await stage.view(release)).phase).toBe('held');
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });
});
