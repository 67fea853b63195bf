import { describe, expect, it } from 'vitest';
import type { FakeMonteCarlo } from '../../local/monte-carlo/fake-api.ts';
import { minutes, seconds } from '../../src/domain/units.ts';
import { alerted, commandsOf, lines, monteCarlo, needs, upstreamTable, watching } from './alerted.ts';
import { healthy, openStage, type Running, type Stage } from './stage.ts';

/** With Monte Carlo's API configured: an alert is read again there before anything is undone, and answered there. */

interface Play {
  readonly stage: Stage;
  readonly release: Running;
  readonly api: FakeMonteCarlo;
}

async function atFivePercent(): Promise<Play> {
  const api = await monteCarlo();
  const stage = await openStage({ fraud: watching, incidents: api });
  const release = await stage.register(healthy);
  await stage.until(release, 'Bake', 5);
  return { stage, release, api };
}

describe('an incident that Monte Carlo confirms', () => {
  it('rolls the release back, and the incident is told so', async () => {
    const { stage, release, api } = await atFivePercent();
    api.raise('i-1', stage.clock.now());
    await alerted(stage);
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    expect(api.comments).toEqual([
      { incidentId: 'i-1', text: expect.stringContaining('version 2 (rel-fraud-prod-2-') },
    ]);
    expect(api.comments[0]?.text).toContain('is rolled back');
    expect(await needs(stage)).toEqual([]);
  });

  it('and raised after the release was requested rolls back also when only an update arrives', async () => {
    const { stage, release, api } = await atFivePercent();
    api.raise('i-1', stage.clock.now());
    await alerted(stage, { severity: 'SEV-2' });
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
  });

  it('but raised before the release was requested pauses it at most, and a person is told', async () => {
    const api = await monteCarlo();
    const stage = await openStage({ fraud: watching, incidents: api });
    api.raise('i-1', stage.clock.now());
    await stage.pass(minutes(5));
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await alerted(stage);
    await stage.until(release, 'Hold');
    expect(await needs(stage)).toEqual([expect.stringContaining('before the release was requested')]);
  });
});

describe('an incident that Monte Carlo does not confirm', () => {
  it('because people closed it meanwhile changes nothing', async () => {
    const { stage, release, api } = await atFivePercent();
    api.raise('i-1', stage.clock.now());
    api.say('i-1', 'false_positive');
    await alerted(stage);
    expect(await commandsOf(stage, release)).toEqual([]);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });

  it('because it knows none by that id pauses the release, and a person is told', async () => {
    const { stage, release } = await atFivePercent();
    await alerted(stage);
    await stage.until(release, 'Hold');
    expect(await needs(stage)).toContainEqual(expect.stringContaining('knows no such incident'));
    expect(await commandsOf(stage, release)).toMatchObject([{ kind: 'hold' }]);
  });

  it.each(['unavailable', 'refusing', 'unreadable', 'redirecting'] as const)(
    'because its API is %s pauses the release within a minute, and a person is told',
    async (trouble) => {
      const { stage, release, api } = await atFivePercent();
      api.raise('i-1', stage.clock.now());
      api.trouble(trouble);
      await alerted(stage);
      await stage.pass(seconds(58));
      expect(await commandsOf(stage, release)).toMatchObject([{ kind: 'hold' }]);
      await stage.until(release, 'Hold');
      expect(await needs(stage)).toContainEqual(expect.stringContaining('could not be asked'));
      expect(api.asked()).toBeGreaterThanOrEqual(3);
      // A later message of the same incident finds the API again.
      api.trouble(undefined);
      await alerted(stage, { severity: 'SEV-1' });
      expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    },
  );
});

describe('a message that an incident is closed', () => {
  const pausedBy = async () => {
    const play = await atFivePercent();
    play.api.raise('i-1', play.stage.clock.now());
    await alerted(play.stage, { table: upstreamTable });
    await play.stage.until(play.release, 'Hold');
    return play;
  };

  it('lifts the hold when Monte Carlo says so too', async () => {
    const { stage, release, api } = await pausedBy();
    api.say('i-1', 'fixed');
    await alerted(stage, { table: upstreamTable, feedback: 'fixed' });
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(api.comments.at(-1)?.text).toContain('goes on');
  });

  it.each(['open', 'unavailable'] as const)(
    'lifts nothing while Monte Carlo says something else (%s)',
    async (what) => {
      const { stage, release, api } = await pausedBy();
      if (what === 'unavailable') api.trouble('unavailable');
      await alerted(stage, { table: upstreamTable, feedback: 'fixed' });
      await stage.pass(minutes(2));
      expect((await stage.view(release)).state).toBe('Hold');
      expect(await needs(stage)).toContainEqual(expect.stringContaining('stays held'));
    },
  );
});

describe('an answer that Monte Carlo does not take', () => {
  it('blocks nothing: the release is paused, and a person is told what was not written', async () => {
    const { stage, release, api } = await atFivePercent();
    // Unknown there, so the pause needs no confirmation, and the comment finds no incident.
    await alerted(stage, { table: upstreamTable });
    await stage.until(release, 'Hold');
    expect(api.comments).toEqual([]);
    await stage.pass(minutes(10));
    expect(await stage.ledger((ledger) => ledger.quarantined())).toMatchObject([
      { why: expect.stringMatching(/^answered \(.*is paused.*\), but not told: MonteCarloUnavailable/) },
    ]);
    expect(await needs(stage)).toContainEqual(expect.stringContaining('i-1'));
  });

  it('is given to the incident where it is known', async () => {
    const { stage, release, api } = await atFivePercent();
    api.raise('i-1', stage.clock.now());
    await alerted(stage, { table: upstreamTable });
    await stage.until(release, 'Hold');
    expect(api.comments).toEqual([{ incidentId: 'i-1', text: expect.stringContaining('is paused') }]);
    expect(await lines(stage, 'AlertAnswered')).toHaveLength(1);
  });

  it('holds no key of the API, and neither does anything else that is kept', async () => {
    const { stage, release, api } = await atFivePercent();
    api.trouble('refusing');
    await alerted(stage);
    await stage.until(release, 'Hold');
    await stage.pass(minutes(10));
    const kept = JSON.stringify([stage.dump(), await stage.trail(), stage.troubles]);
    expect(kept).not.toContain(api.token);
    expect(kept).not.toContain(api.keyId);
  });
});
