import { describe, expect, it } from 'vitest';
import { alerted, commandsOf } from './alerted.ts';
import type { Incident } from './certificates.ts';
import { alertDelivery } from './deliveries.ts';
import { healthy, openStage, type Setting } from './stage.ts';

const incident = 'f83867b6-8f25-428b-807c-08518f63384c';
const approving: Setting = { policy: { stages: { approve: { enabled: true } } } };

describe('a Monte Carlo alert', () => {
  it('on the data of a release rolls it back, and the same one again is no second command', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    expect(await stage.alert()).toMatchObject({ http: 202, body: { outcome: 'accepted' } });
    expect(await stage.alert()).toMatchObject({ http: 200, body: { outcome: 'duplicate' } });
    // The same incident once more, with news in it.
    const about = { incident, table: 'features.transactions' };
    const update = alertDelivery(about, stage.clock.now(), stage.senders.monteCarlo);
    expect(await stage.controller.receive('monte-carlo', update)).toMatchObject({ http: 202 });
    const view = await stage.end(release);
    expect(view.outcome?.kind).toBe('rolledBack');
    expect(view.why).toContain(incident);
    expect(await commandsOf(stage, release)).toMatchObject([
      { kind: 'alert', actor: 'monte-carlo', phase: 'applied' },
    ]);
    const [file] = await stage.files<Incident>(release, '/incident.json');
    expect(file?.trigger).toMatchObject({ kind: 'alert', actor: 'monte-carlo' });
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('is a command in the ledger while no time passes', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    const at = stage.clock.now();
    await stage.alert();
    // The embedded engine needs no time between two states, so whatever passed is what our own handlers waited.
    await stage.pass(1);
    expect(await commandsOf(stage, release)).toMatchObject([{ kind: 'alert', at }]);
  });

  it('that people closed since undoes no later release', async () => {
    const stage = await openStage(approving);
    await alerted(stage, { incident: 'i-10' });
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    for (const feedback of ['fixed', 'expected', 'no_action_needed', 'false_positive'])
      await alerted(stage, { incident: 'i-10', feedback });
    expect(await commandsOf(stage, release)).toEqual([]);
    expect((await stage.view(release)).state).toBe('Approve');
  });
});
