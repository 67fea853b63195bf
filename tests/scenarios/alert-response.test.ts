import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { minutes } from '../../src/domain/units.ts';
import { alerted, commandsOf, lines, needs, upstreamTable, watching } from './alerted.ts';
import { signedByMonteCarlo } from './deliveries.ts';
import { endpoint, healthy, openStage, type Setting } from './stage.ts';

const published = (name: string) =>
  readFileSync(new URL(`../fixtures/monte-carlo/${name}.json`, import.meta.url), 'utf8');
const approving: Setting = { policy: { stages: { approve: { enabled: true } } }, fraud: watching };
const running: Setting = { fraud: watching };

describe('an incident on what the candidate makes', () => {
  it.each([
    { where: 'Approve', state: 'Approve', share: 0, outcome: 'rejected', setting: approving },
    { where: 'WarmCandidate', state: 'WarmCandidate', share: 0, outcome: 'rejected', setting: running },
    { where: 'Bake at 5 %', state: 'Bake', share: 5, outcome: 'rolledBack', setting: running },
    { where: 'Bake at 50 %', state: 'Bake', share: 50, outcome: 'rolledBack', setting: running },
    { where: 'the soak', state: 'Bake', share: 100, outcome: 'rolledBack', setting: running },
  ])('ends a release in $where', async ({ state, share, outcome, setting }) => {
    const stage = await openStage(setting);
    const release = await stage.register(healthy);
    await stage.until(release, state, share);
    expect(await alerted(stage)).toMatchObject({ http: 202 });
    expect(await commandsOf(stage, release)).toMatchObject([{ kind: 'alert', actor: 'monte-carlo' }]);
    expect((await stage.end(release)).outcome?.kind).toBe(outcome);
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect(await commandsOf(stage, release)).toMatchObject([{ phase: 'applied' }]);
    expect(await needs(stage)).toEqual([]);
  });

  it('undoes what was promoted within the rollback window, and is no second rollback when it comes again', async () => {
    const stage = await openStage(running);
    const release = await stage.register(healthy);
    await stage.end(release);
    expect(await stage.serving()).toEqual({ 2: 100 });
    await stage.pass(minutes(60));
    await alerted(stage);
    expect(await alerted(stage)).toMatchObject({ body: { outcome: 'duplicate' } });
    await stage.pass(minutes(20));
    expect(await stage.serving()).toEqual({ 1: 100 });
    const releases = await stage.ledger((ledger) => ledger.releases({ endpoint }));
    expect(releases.map(({ intent, requestedBy, outcome }) => [intent, requestedBy, outcome?.kind])).toEqual([
      ['release', 'mlflow', 'promoted'],
      ['rollback', 'monte-carlo', 'restored'],
    ]);
    // The same incident with news in it: what it was about does not serve any more.
    await alerted(stage, { severity: 'SEV-1' });
    await alerted(stage, { incident: 'i-2' });
    await stage.pass(minutes(20));
    expect(await stage.ledger((ledger) => ledger.releases({ endpoint }))).toHaveLength(2);
    expect((await needs(stage)).at(-1)).toContain('nothing was done: no release runs');
  });

  it('undoes nothing after the rollback window, and a person is told', async () => {
    const stage = await openStage({ ...running, policy: { rollbackWindow: '2h' } });
    await stage.end(await stage.register(healthy));
    await stage.pass(minutes(150));
    await alerted(stage);
    await stage.pass(minutes(20));
    expect(await stage.serving()).toEqual({ 2: 100 });
    expect(await needs(stage)).toEqual([expect.stringContaining('older than the rollback window')]);
  });

  it('undoes nothing of a version that was promoted when a newer one has been since', async () => {
    const stage = await openStage(running);
    const first = await stage.register(healthy);
    await stage.end(first);
    const second = await stage.register(healthy);
    await stage.until(second, 'Bake', 5);
    await alerted(stage);
    await stage.end(second);
    await stage.pass(minutes(20));
    // The candidate of the running release is blamed; the version before it stays.
    expect(await stage.serving()).toEqual({ 2: 100 });
    expect((await stage.view(first)).outcome?.kind).toBe('promoted');
  });

  it('where nothing was ever released touches nothing, and a person is told', async () => {
    const stage = await openStage(running);
    await alerted(stage);
    expect(await stage.ledger((ledger) => ledger.releases())).toEqual([]);
    expect(stage.calls.servingWrites()).toEqual([]);
    expect(await needs(stage)).toEqual([expect.stringContaining('nothing was done')]);
  });

  it('that is an update of one of unknown age pauses the release, and a person is told', async () => {
    const stage = await openStage(running);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await alerted(stage, { feedback: 'investigating' });
    await stage.until(release, 'Hold');
    expect(await needs(stage)).toEqual([expect.stringContaining('nothing says when it was raised')]);
    expect(await stage.serving()).toEqual({ 1: 95, 2: 5 });
  });
});

describe('an incident upstream of every version', () => {
  it.each([
    { where: 'Approve', state: 'Approve', share: 0, setting: approving },
    { where: 'Bake', state: 'Bake', share: 5, setting: running },
    { where: 'the soak', state: 'Bake', share: 100, setting: running },
  ])('pauses a release in $where, and no version is blamed', async ({ state, share, setting }) => {
    const stage = await openStage(setting);
    const release = await stage.register(healthy);
    await stage.until(release, state, share);
    const before = await stage.serving();
    await alerted(stage, { table: upstreamTable });
    expect((await stage.until(release, 'Hold')).why).toContain('Monte Carlo incident i-1');
    expect(await stage.serving()).toEqual(before);
    expect(await commandsOf(stage, release)).toMatchObject([{ kind: 'hold', phase: 'applied' }]);
    expect(await needs(stage)).toEqual([]);
  });

  it('holds no longer than the policy lets anybody hold', async () => {
    const stage = await openStage({ ...running, policy: { holdDeadline: '30m' } });
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await alerted(stage, { table: upstreamTable });
    await stage.until(release, 'Hold');
    await stage.pass(minutes(25));
    expect((await stage.view(release)).state).toBe('Hold');
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
  });

  it('pauses also when it hits what the candidate makes', async () => {
    const stage = await openStage(running);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    const body = published('custom-rule').replace('"table_name":null', `"table_name":"${upstreamTable}"`);
    expect(body).toContain('0c8e06aa-...');
    await stage.controller.receive(
      'monte-carlo',
      signedByMonteCarlo(body, stage.clock.now(), stage.senders.monteCarlo),
    );
    await stage.until(release, 'Hold');
  });

  it('pauses, and an incident on what the candidate makes still rolls the paused release back', async () => {
    const stage = await openStage(running);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    await alerted(stage, { table: upstreamTable });
    await stage.until(release, 'Hold');
    await alerted(stage, { incident: 'i-2' });
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('after a promotion undoes nothing, and asks for nobody', async () => {
    const stage = await openStage(running);
    await stage.end(await stage.register(healthy));
    await alerted(stage, { table: upstreamTable });
    await stage.pass(minutes(20));
    expect(await stage.serving()).toEqual({ 2: 100 });
    expect(await needs(stage)).toEqual([]);
    expect(await lines(stage, 'AlertAttributed')).toEqual([expect.stringContaining('it hits every version')]);
  });
});

describe('an alert that nobody can answer', () => {
  it('because it concerns no endpoint is in quarantine, a person is told once, and the release goes on', async () => {
    const stage = await openStage(approving);
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    await alerted(stage, { table: 'weather' });
    expect(await stage.ledger((ledger) => ledger.quarantined())).toMatchObject([
      { why: expect.stringContaining('concerns no table or rule of a configured endpoint') },
    ]);
    expect(await needs(stage)).toEqual([expect.stringContaining('i-1')]);
    expect((await stage.view(release)).state).toBe('Approve');
  });

  it.each([
    { what: 'more tables', count: 2_001, group: 'prod:features' },
    { what: 'longer names', count: 1, group: `prod:${'g'.repeat(500)}` },
  ])(
    'because it has $what than we carry is in quarantine, and a person is told once',
    async ({ count, group }) => {
      const stage = await openStage(running);
      const tables = Array.from({ length: count }, (_, index) => ({ table_name: `table-${index}-of-many` }));
      const body = JSON.stringify({
        type: 'open_anomaly_incident',
        payload: { incident_id: 'i-1', group_id: group, event_list: tables },
      });
      const delivery = signedByMonteCarlo(body, stage.clock.now(), stage.senders.monteCarlo);
      expect(await stage.controller.receive('monte-carlo', delivery)).toMatchObject({ http: 202 });
      await stage.controller.receive('monte-carlo', delivery);
      expect(await stage.ledger((ledger) => ledger.quarantined())).toHaveLength(1);
      expect(await needs(stage)).toEqual([expect.stringContaining('incident i-1: data.tables')]);
    },
  );

  it('of a type that is not published is in quarantine, and a person is told once', async () => {
    const stage = await openStage(running);
    const body = JSON.stringify({ type: 'open_freshness_incident_v9', payload: { incident_id: 'i-9' } });
    const delivery = signedByMonteCarlo(body, stage.clock.now(), stage.senders.monteCarlo);
    await stage.controller.receive('monte-carlo', delivery);
    await stage.controller.receive('monte-carlo', delivery);
    expect(await needs(stage)).toEqual([expect.stringContaining('open_freshness_incident_v9')]);
  });
});

describe('the published payloads', () => {
  it.each([
    ['anomaly', { tables: ['zeus:ares.artemis'], rules: [] }],
    ['custom-rule', { tables: [], rules: ['0c8e06aa-...'] }],
  ] as const)(
    '%s ends the release on the endpoint that names it, also after the process died',
    async (name, own) => {
      const alerts = { tables: [...own.tables], rules: [...own.rules], upstream: { tables: [], rules: [] } };
      const stage = await openStage({ fraud: { alerts } });
      const release = await stage.register(healthy);
      await stage.until(release, 'Bake', 5);
      const delivery = signedByMonteCarlo(published(name), stage.clock.now(), stage.senders.monteCarlo);
      expect(await stage.controller.receive('monte-carlo', delivery)).toMatchObject({ http: 202 });
      await stage.restart();
      expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
      expect(await stage.serving()).toEqual({ 1: 100 });
      expect(await stage.controller.receive('monte-carlo', delivery)).toMatchObject({
        body: { outcome: 'duplicate' },
      });
    },
  );
});
