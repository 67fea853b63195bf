import { describe, expect, it, vi } from 'vitest';
import { accept } from '../../src/app/command.ts';
import type { CommandRow } from '../../src/app/ports/ledger.ts';
import { alerted, upstreamTable, watching } from './alerted.ts';
import { foreign } from './refusal-table.ts';
import {
  endpoint,
  healthy,
  openStage,
  type PolicyInput,
  quickTimings,
  type Running,
  type Stage,
} from './stage.ts';

/** Every kind of command in every state: it takes effect at once, and ends applied or rejected with a reason. */

const on = { enabled: true };

interface Place {
  readonly state: string;
  readonly share?: number;
  readonly stages?: PolicyInput['stages'];
}

const waits: readonly Place[] = [
  { state: 'Test', stages: { test: on } },
  { state: 'Evaluate', stages: { evaluate: on } },
  { state: 'DeployToStaging', stages: { stage: on } },
  { state: 'VerifyStaging', stages: { verifyStaging: on } },
  { state: 'WarmCandidate' },
  { state: 'Shadow', stages: { shadow: { ...on, pairs: 2000, deadline: '3h' } } },
  { state: 'Bake', share: 5 },
  { state: 'Bake', share: 100 },
  { state: 'RetireBaseline' },
];

const setting = (stages?: PolicyInput['stages']) => ({
  policy: { ...(stages ? { stages } : {}), soak: { span: '10m' } },
  profile: { timings: { ...quickTimings, trafficUpdate: { min: 60_000, max: 60_000 } } },
});

const commandsOf = (stage: Stage, { releaseId }: Pick<Running, 'releaseId'>) =>
  stage.ledger((ledger) => ledger.commands(releaseId));

async function expectSettled(
  stage: Stage,
  release: Pick<Running, 'releaseId'>,
): Promise<readonly CommandRow[]> {
  const commands = await commandsOf(stage, release);
  for (const { kind, phase, says } of commands) {
    expect({ kind, phase, says }).toEqual({
      kind,
      phase: expect.stringMatching(/applied|rejected/),
      says: expect.any(String),
    });
    expect(says).not.toBe('');
  }
  return commands;
}

const held = async (stage: Stage, release: Running) => {
  await stage.until(release, 'Hold');
  expect((await stage.view(release)).phase).toBe('held');
};

const restoring = async (stage: Stage) => {
  for (;;) {
    const row = await stage.ledger((ledger) => ledger.endpoint(endpoint));
    if (row?.phase === 'restoring') return;
    await stage.pass(5_000);
  }
};

describe('a release that stands still', () => {
  it.each(waits)(
    'in $state ($share): is held at once, goes on where it stood, and ends by an abort',
    async (place) => {
      const { state, share, stages } = place;
      const stage = await openStage(setting(stages));
      const release = await stage.register(healthy);
      await stage.until(release, state, share);
      for (const kind of ['resume', 'approve'] as const) {
        const says = expect.stringMatching(/is not .*: it stands in /);
        expect(await stage.command(release, kind)).toMatchObject({ phase: 'rejected', says });
      }
      expect((await stage.command(release, 'hold')).phase).toBe('pending');
      await held(stage, release);
      const [, , first] = await commandsOf(stage, release);
      expect(first).toMatchObject({ kind: 'hold', phase: 'applied', says: `held in ${state}` });

      expect(await stage.command(release, 'hold', 'grace')).toMatchObject({ phase: 'applied' });
      expect(await stage.approve(release)).toMatchObject({
        phase: 'rejected',
        says: expect.stringMatching(/in Hold/),
      });
      expect(await stage.command(release, 'resume')).toEqual(
        expect.objectContaining({ phase: 'applied', says: 'resumed by ada' }),
      );
      // One resume ends every hold that was asked for: it does not stop again for the second one.
      await stage.pass(20_000);
      const { entered } = await stage.journey(release);
      expect(entered.filter((one) => one === 'Hold')).toHaveLength(1);
      expect(entered.slice(entered.indexOf('Hold') + 1, entered.indexOf('Hold') + 3)).toEqual([
        'AfterHold',
        state,
      ]);
      await stage.abort(release);
      const view = await stage.end(release);
      expect(view.outcome?.says).toBe('abort by ada: ada says so');
      expect(await stage.serving()).toEqual({ 1: 100 });
      await expectSettled(stage, release);
    },
  );

  it('in Approve keeps the approvals that it had while it was held', async () => {
    const stage = await openStage(setting({ approve: { ...on, approvals: 2 } }));
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    expect(await stage.approve(release, 'ada')).toMatchObject({ phase: 'applied', says: 'counted: 1 of 2' });
    await stage.command(release, 'hold');
    await held(stage, release);
    await stage.command(release, 'resume');
    await stage.until(release, 'Approve');
    const again = await stage.approve(release, 'ada');
    expect(again).toMatchObject({
      phase: 'rejected',
      says: expect.stringMatching(/ada has approved it already/),
    });
    expect(await stage.approve(release, 'grace')).toMatchObject({
      phase: 'applied',
      says: 'counted: 2 of 2',
    });
    await stage.until(release, 'WarmCandidate');
    await expectSettled(stage, release);
  });
});

describe('a release between two waits', () => {
  it('is held before its next one, and a resume that came before that ends the hold', async () => {
    const stage = await openStage(setting());
    const release = await stage.register(healthy);
    await stage.until(release, 'ShiftTraffic', 5);
    expect(await stage.ledger((ledger) => ledger.unclosedWaits(release.releaseId))).toEqual([]);
    expect((await stage.command(release, 'hold')).phase).toBe('pending');
    // It does not get lost, and does not come too early either.
    expect((await stage.command(release, 'resume')).phase).toBe('pending');
    await stage.until(release, 'Bake', 5);
    const journey = await stage.journey(release);
    expect(journey.entered.filter((state) => state === 'Hold')).toHaveLength(1);
    const [hold, resume] = await expectSettled(stage, release);
    expect(hold).toMatchObject({ phase: 'applied', says: 'held in Bake' });
    expect(resume).toMatchObject({ phase: 'applied', says: 'resumed by ada' });
  });

  it('stays held by a hold that came after the resume', async () => {
    const stage = await openStage(setting());
    const release = await stage.register(healthy);
    await stage.until(release, 'ShiftTraffic', 5);
    await stage.command(release, 'hold', 'ada');
    await stage.command(release, 'resume', 'ada');
    await stage.command(release, 'hold', 'grace');
    await held(stage, release);
    await stage.pass(120_000);
    expect((await stage.view(release)).phase).toBe('held');
    const [, resume] = await expectSettled(stage, release);
    expect(resume).toMatchObject({
      phase: 'applied',
      says: 'It lifts the holds before it, and the release stays held: grace asked for another since (grace says so).',
    });
    expect(await stage.command(release, 'resume', 'grace')).toMatchObject({ phase: 'applied' });
    await stage.until(release, 'Bake', 5);
  });

  it('stays held for an incident that came after the end of another', async () => {
    const stage = await openStage({ ...setting(), fraud: watching });
    const release = await stage.register(healthy);
    await stage.until(release, 'ShiftTraffic', 5);
    await alerted(stage, { incident: 'i-1', table: upstreamTable });
    await alerted(stage, { incident: 'i-1', table: upstreamTable, feedback: 'fixed' });
    await alerted(stage, { incident: 'i-2', table: upstreamTable });
    await held(stage, release);
    await stage.pass(120_000);
    expect((await stage.view(release)).phase).toBe('held');
    await expectSettled(stage, release);
    await alerted(stage, { incident: 'i-2', table: upstreamTable, feedback: 'fixed' });
    await stage.until(release, 'Bake', 5);
  });

  it('goes back before its next one when it is told to', async () => {
    const stage = await openStage(setting());
    const release = await stage.register(healthy);
    await stage.until(release, 'ShiftTraffic', 5);
    await stage.command(release, 'rollback');
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    expect(Math.max(...(await stage.shares(release.version)))).toBe(5);
    await expectSettled(stage, release);
  });
});

describe('a release that goes back', () => {
  it('refuses to be held, resumed and approved, and takes another stop as done already', async () => {
    const stage = await openStage(setting());
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 50);
    await stage.abort(release);
    await restoring(stage);
    const answers = [];
    for (const kind of ['hold', 'resume', 'approve', 'rollback', 'abort'] as const) {
      answers.push(await stage.command(release, kind, 'grace'));
    }
    expect(answers.map(({ phase }) => phase)).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'applied',
      'applied',
    ]);
    for (const { says } of answers) expect(says).toMatch(/^The baseline is being restored already/);
    expect(answers[0]?.says).toMatch(/a restore is never held/);
    // Who stopped it is still who came first.
    expect((await stage.end(release)).outcome?.says).toBe('abort by ada: ada says so');
    await expectSettled(stage, release);
  });

  it('rejects a hold that came in the same moment as the stop', async () => {
    const stage = await openStage(setting());
    const release = await stage.register(healthy);
    await stage.until(release, 'ShiftTraffic', 5);
    await stage.command(release, 'hold', 'grace');
    await stage.abort(release, 'ada');
    await stage.end(release);
    const [hold, abort] = await expectSettled(stage, release);
    expect(hold).toMatchObject({ phase: 'rejected', says: 'a restore is never held' });
    expect(abort).toMatchObject({ phase: 'applied' });
    expect((await stage.journey(release)).entered).not.toContain('Hold');
  });

  it('is not the trigger of its own incident when evidence came first', async () => {
    const stage = await openStage({ ...setting(), policy: { soak: { span: '10m' } } });
    const release = await stage.register({ ...healthy, changes: [{ fromPercent: 1, errorRate: 0.5 }] });
    await restoring(stage);
    expect(await stage.abort(release)).toMatchObject({ phase: 'applied' });
    const view = await stage.end(release);
    expect(view.outcome?.says).toMatch(/^EvidenceAgainst|fail/i);
    const [incident] = await stage.files<{ trigger: { kind: string } }>(release, '/incident.json');
    expect(incident?.trigger.kind).toBe('evidence');
  });

  it('because a person asked for a rollback of the endpoint is never held', async () => {
    const stage = await openStage(setting());
    const first = await stage.register(healthy);
    expect((await stage.end(first)).outcome?.kind).toBe('promoted');
    const { release } = await stage.start(undefined, { intent: 'rollback' });
    expect(await stage.command(release, 'hold')).toMatchObject({
      phase: 'rejected',
      says: expect.stringMatching(/never held/),
    });
    expect((await stage.end(release)).outcome?.kind).toBe('restored');
    await expectSettled(stage, release);
  });
});

describe('a release that is held', () => {
  it('goes back on an abort, and a resume that comes after it is refused', async () => {
    const stage = await openStage(setting());
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await stage.command(release, 'hold');
    await held(stage, release);
    await stage.abort(release, 'ada');
    expect(await stage.command(release, 'resume', 'grace')).toMatchObject({ phase: 'rejected' });
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    await expectSettled(stage, release);
  });

  it('by somebody who changed the endpoint is not resumed by automation', async () => {
    const stage = await openStage(setting());
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await foreign(stage);
    await held(stage, release);
    // One more reason to hold is no right to end the one that was there first.
    const by = { reason: 'incident', actor: 'monte-carlo' };
    const ask = (kind: 'hold' | 'resume') =>
      stage.clock.busy(() => stage.controller.operations.command(release.releaseId, { ...by, kind }));
    expect(await ask('hold')).toMatchObject({ phase: 'applied' });
    const told = await ask('resume');
    expect(told).toMatchObject({ phase: 'rejected', says: expect.stringMatching(/a person resumes it/) });
    expect((await stage.view(release)).phase).toBe('held');
  });

  it('is held again by a hold that comes while a resume is being decided', async () => {
    const stage = await openStage(setting());
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await stage.command(release, 'hold');
    await held(stage, release);
    const { ledger } = stage.controller.ports;
    const decide = ledger.decideWait.bind(ledger);
    const answers: CommandRow[] = [];
    const meanwhile = {
      commandId: 'grace-1',
      releaseId: release.releaseId,
      kind: 'hold',
      actor: 'grace',
    } as const;
    vi.spyOn(ledger, 'decideWait').mockImplementationOnce(async (...asked) => {
      const at = stage.clock.now();
      answers.push(await accept(stage.controller.ports, { ...meanwhile, reason: 'wait', at }));
      return decide(...asked);
    });
    expect(await stage.command(release, 'resume')).toMatchObject({ phase: 'applied' });
    expect(answers).toMatchObject([{ phase: 'pending' }]);
    await held(stage, release);
    await stage.pass(60_000);
    expect((await stage.view(release)).phase).toBe('held');
    const last = (await expectSettled(stage, release)).at(-1);
    expect(last).toMatchObject({ actor: 'grace', phase: 'applied', says: 'held in Bake' });
  });

  it('by a person is resumed by a person, whatever automation asks for', async () => {
    const stage = await openStage(setting());
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await stage.command(release, 'hold', 'ada');
    await held(stage, release);
    const resume = { kind: 'resume', reason: 'closed', actor: 'monte-carlo' } as const;
    const ask = () => stage.clock.busy(() => stage.controller.operations.command(release.releaseId, resume));
    expect(await ask()).toMatchObject({
      phase: 'rejected',
      says: expect.stringMatching(/a person resumes it/),
    });
    await stage.pass(60_000);
    expect((await stage.view(release)).phase).toBe('held');
    expect(await stage.command(release, 'resume', 'grace')).toMatchObject({ phase: 'applied' });
    await stage.until(release, 'Bake', 5);
    await expectSettled(stage, release);
  });
});

describe('a release that does not run', () => {
  it('says in the queue what else there is to do', async () => {
    const stage = await openStage(setting({ approve: on }));
    await stage.until(await stage.register(healthy), 'Approve');
    const queued = await stage.register(healthy);
    for (const kind of ['hold', 'resume', 'approve'] as const) {
      await expect(stage.command(queued, kind)).rejects.toMatchObject({
        name: 'CommandRejected',
        message: expect.stringMatching(/waits in the queue.*headgate freeze fraud-prod.*headgate abort/),
      });
    }
    expect(await stage.command(queued, 'rollback')).toMatchObject({
      phase: 'applied',
      says: 'taken out of the queue',
    });
    expect((await stage.view(queued)).outcome?.kind).toBe('rejected');
  });

  it.each(['hold', 'resume', 'approve', 'abort', 'rollback'] as const)(
    'says after its end to a %s how it ended',
    async (kind) => {
      const stage = await openStage(setting({ approve: on }));
      const release = await stage.register(healthy);
      await stage.until(release, 'Approve');
      await stage.abort(release);
      await stage.end(release);
      await expect(stage.command(release, kind)).rejects.toMatchObject({
        name: 'CommandRejected',
        message: expect.stringMatching(/it has ended \(rejected\): abort by ada/),
      });
    },
  );
});
