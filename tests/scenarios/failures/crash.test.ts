import { describe, expect, it } from 'vitest';
import { ReleaseError } from '../../../src/contracts/errors.ts';
import { hours } from '../../../src/domain/units.ts';
import { endpoint, harmful, healthy, openStage } from '../stage.ts';
import { at, inWords, type Moment } from './moments.ts';
import { today, todays } from './rotation.ts';
import { configurationOf, endRightly, short } from './short-release.ts';

/** Moments at which the process ends. */
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

/** Dead: nothing of it happens any more. Late: what it had in flight runs on for a while, unheard. */
type Leftover = 'dead' | 'late';
const leftovers = ({ method }: Moment): readonly Leftover[] =>
  method === 'recordIntent' ? ['dead', 'late'] : ['dead'];

const table = [
  ...forth.map((moment) => ({ moment, outcome: 'promoted', behaviour: healthy })),
  ...back.map((moment) => ({ moment, outcome: 'rolledBack', behaviour: harmful })),
].flatMap((row) =>
  leftovers(row.moment).map((leftover) => ({ ...row, leftover, words: inWords(row.moment) })),
);

describe('a controller that ends abruptly and is started again', () => {
  it.each(todays(table, 3))(
    `$words ($leftover): the release goes on and ends $outcome (${today})`,
    async (row) => {
      const stage = await openStage(short());
      const good = await configurationOf(stage);
      const release = await stage.register(row.behaviour);
      let restarted: Promise<void> | undefined;
      at(stage, row.moment, async () => {
        const { engine } = stage.controller;
        // First of all nobody hears any more what becomes of this call.
        await engine.close();
        restarted = stage.restart();
        if (row.leftover === 'dead') throw new Error('the process is gone');
      });
      for (let waited = 0; restarted === undefined && waited < hours(3); waited += 500) await stage.pass(500);
      expect(restarted).toBeDefined();
      await restarted;

      const { view, faults } = await endRightly(stage, release, good);

      expect(faults).toEqual([]);
      expect(view.outcome?.kind).toBe(row.outcome);
    },
  );

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
