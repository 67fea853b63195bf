import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/domain/units.ts';
import { alerted, commandsOf, lines, needs, ownTable, resume, upstreamTable, watching } from './alerted.ts';
import { endpoint, healthy, openStage, type Setting } from './stage.ts';

const running: Setting = { fraud: watching };

describe('an incident that people closed', () => {
  const paused = async () => {
    const stage = await openStage(running);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await alerted(stage, { table: upstreamTable });
    await stage.until(release, 'Hold');
    return { stage, release };
  };

  it.each(['fixed', 'expected', 'no_action_needed', 'false_positive'])(
    'as %s lifts the hold that it made, and the release goes on to its end',
    async (feedback) => {
      const { stage, release } = await paused();
      await alerted(stage, { table: upstreamTable, feedback });
      expect(await commandsOf(stage, release)).toMatchObject([
        { kind: 'hold', phase: 'applied' },
        { kind: 'resume', phase: 'applied', actor: 'monte-carlo' },
      ]);
      expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    },
  );

  it('lifts no hold of another incident, and of its own none that a second one shares', async () => {
    const { stage, release } = await paused();
    await alerted(stage, { incident: 'i-2', table: upstreamTable });
    await alerted(stage, { incident: 'i-3', table: upstreamTable, feedback: 'fixed' });
    await alerted(stage, { table: upstreamTable, feedback: 'fixed' });
    expect((await stage.view(release)).state).toBe('Hold');
    await alerted(stage, { incident: 'i-2', table: upstreamTable, feedback: 'fixed' });
    expect((await stage.view(release)).state).toBe('Hold');
    expect(await lines(stage, 'PersonNeeded')).toHaveLength(2);
  });

  it('holds nothing again that a person resumed', async () => {
    const { stage, release } = await paused();
    await resume(stage, release);
    await stage.until(release, 'Bake');
    await alerted(stage, { table: upstreamTable, feedback: 'work_in_progress' });
    expect((await stage.view(release)).state).toBe('Bake');
    await alerted(stage, { table: upstreamTable, feedback: 'fixed' });
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });

  it('and opened again holds again', async () => {
    const { stage, release } = await paused();
    await alerted(stage, { table: upstreamTable, feedback: 'fixed' });
    await stage.until(release, 'Bake');
    await alerted(stage, { table: upstreamTable, feedback: 'investigating' });
    await stage.until(release, 'Hold');
    expect(await commandsOf(stage, release)).toMatchObject([
      { kind: 'hold', phase: 'applied' },
      { kind: 'resume', phase: 'applied' },
      { kind: 'hold', phase: 'applied' },
    ]);
  });

  it('lifts both holds that two of its messages made', async () => {
    const { stage, release } = await paused();
    await alerted(stage, { table: upstreamTable, severity: 'SEV-2' });
    expect(await commandsOf(stage, release)).toHaveLength(2);
    await alerted(stage, { table: upstreamTable, feedback: 'fixed' });
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
  });

  it('holds again what a person resumed once a severity is declared', async () => {
    const { stage, release } = await paused();
    await resume(stage, release);
    await stage.until(release, 'Bake');
    await alerted(stage, { table: upstreamTable, severity: 'SEV-1' });
    await stage.until(release, 'Hold');
  });

  it.each([
    { about: 'what the candidate makes', table: ownTable },
    { about: 'what feeds every version', table: upstreamTable },
  ])(
    'is no reason to undo when its first message about $about comes late: a pause, and a person is told',
    async ({ table }) => {
      const stage = await openStage(running);
      const release = await stage.register(healthy);
      await stage.until(release, 'Bake', 5);
      await alerted(stage, { table, feedback: 'false_positive' });
      await alerted(stage, { table });
      await stage.until(release, 'Hold');
      expect(await needs(stage)).toEqual([expect.stringContaining('is paused')]);
    },
  );

  it('is not told to have paused what is on its way back', async () => {
    const stage = await openStage(running);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 50);
    await stage.abort(release);
    const restoring = async () =>
      (await stage.ledger((ledger) => ledger.endpoint(endpoint)))?.phase === 'restoring';
    while (!(await restoring())) await stage.pass(seconds(1));
    await alerted(stage, { table: upstreamTable });
    expect(await lines(stage, 'AlertAnswered')).toEqual([
      expect.stringMatching(/is not paused: .*being restored/),
    ]);
  });

  it('brings nothing back that it rolled back', async () => {
    const stage = await openStage(running);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await alerted(stage);
    await stage.end(release);
    await alerted(stage, { feedback: 'false_positive' });
    await stage.pass(minutes(60));
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect(await stage.ledger((ledger) => ledger.releases())).toHaveLength(1);
    expect(await lines(stage, 'AlertAttributed')).toContainEqual(
      expect.stringContaining('nothing starts again by itself'),
    );
  });
});
