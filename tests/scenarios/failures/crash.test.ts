import { describe, expect, it } from 'vitest';
import { ReleaseError } from '../../../src/contracts/errors.ts';
import { type Behaviour, endpoint, harmful, healthy, openStage } from '../stage.ts';
import { at, inWords, type Moment } from './moments.ts';
import { configurationOf, endRightly, short } from './short-release.ts';

/** The process ends at the moment; what it had in flight runs on for a while, unheard. */
const forth: readonly Moment[] = [
  ...(['warm', 'shift', 'promote', 'retire'] as const).flatMap((about): Moment[] => [
    { side: 'before', method: 'recordIntent', about },
    { side: 'after', method: 'recordIntent', about },
  ]),
  // Between the write and its verification.
  { side: 'before', method: 'audit', about: 'ShiftTraffic' },
  { side: 'before', method: 'audit', about: 'TrafficObserved' },
  { side: 'before', method: 'audit', about: 'AliasMoved' },
  ...['WarmCandidate', 'Bake', 'RetireBaseline'].flatMap((about): Moment[] => [
    { side: 'after', method: 'registerWait', about },
    { side: 'after', method: 'decideWait', about },
    { side: 'before', method: 'closeWait', about },
  ]),
  { side: 'before', method: 'audit', about: 'JudgeHealth' },
  { side: 'before', method: 'audit', about: 'Conclude' },
];

const back: readonly Moment[] = [
  { side: 'before', method: 'audit', about: 'RestoreBegan' },
  { side: 'before', method: 'recordIntent', about: 'traffic' },
  { side: 'after', method: 'recordIntent', about: 'traffic' },
  { side: 'before', method: 'audit', about: 'BaselineObserved' },
  { side: 'before', method: 'recordIntent', about: 'configuration' },
  { side: 'after', method: 'recordIntent', about: 'configuration' },
  { side: 'before', method: 'audit', about: 'RecordIncident' },
  { side: 'before', method: 'audit', about: 'Conclude' },
];

const table: readonly (readonly [string, string, Moment, Behaviour])[] = [
  ...forth.map((moment) => [inWords(moment), 'promoted', moment, healthy] as const),
  ...back.map((moment) => [inWords(moment), 'rolledBack', moment, harmful] as const),
];

describe('a controller that ends abruptly and is started again', () => {
  it.each(table)('%s: the release goes on and ends %s', async (_words, outcome, moment, behaviour) => {
    const stage = await openStage(short());
    const good = await configurationOf(stage);
    const release = await stage.register(behaviour);
    let restarts = 0;
    let restarted: Promise<void> | undefined;
    at(stage, moment, async () => {
      restarts++;
      // Whoever made the call is part of what ends: it is not waited for, and hears nothing more from the ledger.
      restarted = stage.restart();
      await new Promise((resolve) => setImmediate(resolve));
    });
    while (restarted === undefined) await stage.pass(500);
    await restarted;

    const { view, faults } = await endRightly(stage, release, good);

    expect(restarts).toBe(1);
    expect(faults).toEqual([]);
    expect(view.outcome?.kind).toBe(outcome);
  });

  it.each(['Approve', 'Bake', 'Hold'])('goes on from %s', async (state) => {
    const stage = await openStage(short({ stages: { approve: { enabled: true } } }));
    const good = await configurationOf(stage);
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    if (state !== 'Approve') await stage.approve(release);
    if (state === 'Hold') {
      await stage.until(release, 'Bake');
      await stage.workspace.installFault({ name: 'foreignChange', parameters: { endpoint } });
    }
    await stage.until(release, state);
    await stage.restart();
    expect((await stage.view(release)).state).toBe(state);
    if (state === 'Approve') await stage.approve(release);
    if (state === 'Hold') {
      await stage.abort(release);
      expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
      expect(await stage.serving()).toEqual({ 1: 100 });
      return;
    }
    const { view, faults } = await endRightly(stage, release, good);
    expect(faults).toEqual([]);
    expect(view.outcome?.kind).toBe('promoted');
  });
});

describe('a handler that runs on after its execution was stopped', () => {
  it.each(['warm', 'shift', 'promote', 'retire'] as const)(
    'does not %s once the endpoint belongs to nobody or to somebody else',
    async (about) => {
      const stage = await openStage(short());
      const release = await stage.register(healthy);
      let writes = Number.NaN;
      at(stage, { side: 'before', method: 'recordIntent', about }, async () => {
        const { engine, ports } = stage.controller;
        const row = await ports.ledger.endpoint(endpoint);
        if (!row?.owner) throw new ReleaseError('LeaseLost', 'nobody owns the endpoint');
        await engine.stopExecution(row.owner.executionArn);
        const outcome = { kind: 'rejected', says: 'its execution was stopped' } as const;
        await ports.ledger.close(row, release.releaseId, outcome, stage.clock.now());
        writes = stage.calls.servingWrites().length;
      });

      await stage.end(release);
      await stage.pass(600_000);

      expect(stage.calls.servingWrites()).toHaveLength(writes);
    },
  );
});
