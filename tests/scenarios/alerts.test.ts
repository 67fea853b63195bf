import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Incident } from './certificates.ts';
import { alertDelivery, signedByMonteCarlo } from './deliveries.ts';
import { endpoint, healthy, openStage, type Setting } from './stage.ts';

const published = new URL('../fixtures/monte-carlo/custom-rule.json', import.meta.url);
const approving: Setting = { policy: { stages: { approve: { enabled: true } } } };

describe('a Monte Carlo alert', () => {
  it('on the data of a release rolls it back, and the same one again is no second command', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    expect(await stage.alert()).toMatchObject({ http: 202, body: { outcome: 'accepted' } });
    expect(await stage.alert()).toMatchObject({ http: 200, body: { outcome: 'duplicate' } });
    // The same incident once more, with news in it.
    const update = alertDelivery(
      { incident: 'f83867b6-8f25-428b-807c-08518f63384c', table: 'features.transactions' },
      stage.clock.now(),
      stage.senders.monteCarlo,
    );
    expect(await stage.controller.receive('monte-carlo', update)).toMatchObject({ http: 202 });
    const view = await stage.end(release);
    expect(view.outcome?.kind).toBe('rolledBack');
    expect(view.why).toContain('f83867b6-8f25-428b-807c-08518f63384c');
    expect(await stage.ledger((ledger) => ledger.commands(release.releaseId))).toMatchObject([
      { kind: 'alert', actor: 'monte-carlo', phase: 'applied' },
    ]);
    const [incident] = await stage.files<Incident>(release, '/incident.json');
    expect(incident?.trigger).toMatchObject({ kind: 'alert', actor: 'monte-carlo' });
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('on an endpoint that is not in release is kept for people', async () => {
    const stage = await openStage();
    expect(await stage.alert('i-7')).toMatchObject({ http: 202 });
    expect(await stage.ledger((ledger) => ledger.quarantined())).toMatchObject([
      { source: 'monte-carlo', why: 'fraud-prod is not in release' },
    ]);
    expect(await stage.ledger((ledger) => ledger.releases())).toEqual([]);
    expect(stage.calls.servingWrites()).toEqual([]);
  });

  it('on other data is kept for people, and the release goes on', async () => {
    const stage = await openStage(approving);
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    expect(await stage.alert('i-8', 'weather')).toMatchObject({ http: 202 });
    expect(await stage.ledger((ledger) => ledger.quarantined())).toMatchObject([
      { why: expect.stringContaining('no table or rule') },
    ]);
    expect(await stage.ledger((ledger) => ledger.commands(release.releaseId))).toEqual([]);
    expect((await stage.view(release)).state).toBe('Approve');
  });

  it('that people closed since undoes no later release', async () => {
    const stage = await openStage(approving);
    await stage.alert('i-10');
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    for (const feedback of ['fixed', 'expected', 'no_action_needed', 'false_positive']) {
      const about = { incident: 'i-10', table: 'transactions', feedback };
      const delivery = alertDelivery(about, stage.clock.now(), stage.senders.monteCarlo);
      expect(await stage.controller.receive('monte-carlo', delivery)).toMatchObject({
        http: 202,
        body: { outcome: 'ignored' },
      });
    }
    expect(await stage.ledger((ledger) => ledger.commands(release.releaseId))).toEqual([]);
    expect((await stage.view(release)).state).toBe('Approve');
  });

  it('of a type that nobody knows is kept for people', async () => {
    const stage = await openStage(approving);
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    const body = JSON.stringify({ type: 'open_freshness_incident_v9', payload: { incident_id: 'i-9' } });
    const delivery = signedByMonteCarlo(body, stage.clock.now(), stage.senders.monteCarlo);
    expect(await stage.controller.receive('monte-carlo', delivery)).toMatchObject({
      http: 202,
      body: { outcome: 'quarantined' },
    });
    await stage.controller.receive('monte-carlo', delivery);
    const kept = await stage.ledger((ledger) => ledger.quarantined());
    expect(kept).toMatchObject([{ why: expect.stringContaining('open_freshness_incident_v9') }]);
    expect((await stage.view(release)).state).toBe('Approve');
  });

  it('as published, on a rule that the configuration names, ends the release on that endpoint', async () => {
    const stage = await openStage({
      ...approving,
      fraud: { alerts: { tables: [], rules: ['0c8e06aa-...'] } },
    });
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    const body = readFileSync(published, 'utf8');
    const delivery = signedByMonteCarlo(body, stage.clock.now(), stage.senders.monteCarlo);
    expect(await stage.controller.receive('monte-carlo', delivery)).toMatchObject({ http: 202 });
    expect((await stage.end(release)).outcome).toMatchObject({ kind: 'rejected' });
    expect(await stage.serving(endpoint)).toEqual({ 1: 100 });
  });
});
