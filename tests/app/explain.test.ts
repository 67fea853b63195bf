import { describe, expect, it } from 'vitest';
import { configOf } from '../../src/app/environment.ts';
import { viewEndpoint, viewRelease } from '../../src/app/explain.ts';
import { operations } from '../../src/app/operations.ts';
import type { GoodConfiguration, Ledger, Wait, WaitKind } from '../../src/app/ports/ledger.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import type { ObservedEndpoint } from '../../src/app/ports/workspace.ts';
import { endpointView, releaseView } from '../../src/contracts/api.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import type { Lease } from '../../src/domain/lease.ts';
import type { OutcomeKind } from '../../src/domain/release.ts';
import { traffic } from '../../src/domain/traffic.ts';
import { after, hours, instant } from '../../src/domain/units.ts';
import { aLedger, portsAtHand } from './ports-at-hand.ts';

const now = instant(Date.parse('2026-01-05T09:00:00Z'));
const releaseId = 'rel-fraud-prod-2-x';
const good: GoodConfiguration = {
  configuration: { ref: 'endpoints/good-1.json', digest: 'b'.repeat(64), summary: '' },
  entity: 'fraud-1',
  version: '1',
  verifiedAt: now,
};

async function addRelease(ledger: Ledger, version: string, id = `rel-fraud-prod-${version}-x`) {
  const { record } = await ledger.addRelease({
    releaseId: id,
    endpoint: 'fraud-prod',
    model: 'prod.ml.fraud',
    version,
    intent: 'release',
    generation: 1,
    requestedBy: 'mlflow',
    requestedAt: now,
  });
  return record;
}

/** Version 2 owns the endpoint and runs. */
async function running(ports: Ports): Promise<Lease> {
  const { ledger } = ports;
  await ledger.adopt('fraud-prod', good);
  await addRelease(ledger, '2');
  await ledger.markRunning(releaseId, 'arn:2');
  return ledger.claim('fraud-prod', { releaseId, executionArn: 'arn:2' }, good);
}

async function standsIn(ports: Ports, kind: WaitKind, reference: Wait['reference'] = {}, state = 'Bake') {
  const lease = await running(ports);
  await ports.ledger.registerWait(lease, {
    releaseId,
    state,
    visit: 1,
    kind,
    token: 'token',
    reference,
    exposed: false,
    since: now,
    deadline: after(now, hours(1)),
  });
  return lease;
}

async function viewOf(ports: Ports, id = releaseId) {
  const record = await ports.ledger.release(id);
  if (!record) throw new Error(`no release ${id}`);
  const view = await viewRelease(ports, record);
  expect(releaseView.parse(view)).toEqual(view);
  return view;
}

const seen = (shares: Readonly<Record<string, number>>): ObservedEndpoint => ({
  endpoint: 'fraud-prod',
  configuration: {},
  configVersion: 1,
  entities: Object.keys(shares).map((name) => ({
    name,
    model: 'prod.ml.fraud',
    version: name.replace('fraud-', ''),
    ready: true,
    scaleToZero: false,
  })),
  traffic: traffic(shares),
  ready: true,
  update: 'none',
  pending: null,
  routeOptimised: false,
  fallbackOn: false,
  stopped: false,
});

describe('why a release is where it is', () => {
  it('says what keeps a queued one from beginning, and that it keeps no rollback', async () => {
    const ports = portsAtHand({ now });
    const { ledger } = ports;
    await ledger.adopt('fraud-prod', good);
    await addRelease(ledger, '3');
    const freeze = { kind: 'freeze', by: 'ada', reason: 'quarter end', at: now } as const;
    await ledger.freeze('fraud-prod', freeze);
    expect(await viewOf(ports, 'rel-fraud-prod-3-x')).toMatchObject({
      phase: 'queued',
      why: 'freeze by ada: quarter end',
    });
    await ledger.freeze('fraud-prod', { lifts: freeze });
    await ledger.noteDrift(
      { endpoint: 'fraud-prod', epoch: 0 },
      { since: now, says: 'traffic: fraud-1 90 %' },
    );
    const changed = 'fraud-prod was changed by hand: traffic: fraud-1 90 %';
    expect((await viewOf(ports, 'rel-fraud-prod-3-x')).why).toBe(changed);
  });

  it('tells of a release that a person took the endpoint from how it is given back', async () => {
    const ports = portsAtHand({ now });
    await running(ports);
    const freeze = { kind: 'breakglass', by: 'ada', reason: 'fire', at: now } as const;
    await ports.ledger.yieldEndpoint('fraud-prod', freeze, {
      kind: 'superseded',
      says: 'breakglass by ada: fire',
    });
    const { why, next } = await viewOf(ports);
    expect(why).toBe('breakglass by ada: fire');
    expect(next).toMatch(/headgate adopt fraud-prod.*headgate freeze fraud-prod --off/);
  });

  it('shows with a release under way what needs a person there, and with one that ended nothing', async () => {
    const ports = portsAtHand({ now });
    await running(ports);
    const need = {
      order: 1,
      at: '2026-01-05T09:00:00.000Z',
      says: 'look',
      endpoint: 'fraud-prod',
      releaseId: null,
    };
    const needs = [
      need,
      { ...need, order: 2, releaseId },
      { ...need, order: 3, releaseId: 'another' },
      { ...need, order: 4, endpoint: 'other-prod' },
      { ...need, order: 5, endpoint: null },
    ];
    const viewed = async () => {
      const record = await ports.ledger.release(releaseId);
      return record && viewRelease(ports, record, needs);
    };
    expect((await viewed())?.needs.map(({ order }) => order)).toEqual([1, 2]);
    const freeze = { kind: 'breakglass', by: 'ada', reason: '', at: now } as const;
    await ports.ledger.yieldEndpoint('fraud-prod', freeze, { kind: 'superseded', says: '' });
    expect((await viewed())?.needs).toEqual([]);
  });

  it('names the version that a queued one waits for', async () => {
    const ports = portsAtHand({ now });
    await running(ports);
    await addRelease(ports.ledger, '3');
    expect(await viewOf(ports, 'rel-fraud-prod-3-x')).toMatchObject({
      phase: 'queued',
      state: null,
      why: 'version 2 is in release on fraud-prod',
      next: 'starts when that release ends',
    });
  });

  it.each<[WaitKind, Wait['reference'], string, string]>([
    ['job', { runId: 77 }, 'job run 77', 'judged when it ends'],
    ['endpointUpdate', { endpoint: 'fraud-prod' }, 'accepts no other update', 'only in the Databricks UI'],
    ['approval', { approvals: 2 }, 'waits for 2 approval(s)', `headgate approve ${releaseId}`],
    ['probes', {}, 'paired requests', 'goes on when the pairs are sent'],
    ['traffic', {}, 'looking at live evidence', `headgate abort ${releaseId}`],
    [
      'hold',
      { why: 'ForeignChange: somebody' },
      'held: ForeignChange: somebody',
      'happens by itself at 2026-01-05T10',
    ],
    ['restore', {}, 'is being restored', 'tried at every tick'],
    ['skipped', {}, 'skipped by policy', 'goes on by itself'],
  ])('says of a wait of kind %s what it is for and what comes next', async (kind, reference, why, next) => {
    const ports = portsAtHand({ now });
    await standsIn(ports, kind, reference);
    const view = await viewOf(ports);
    expect(view).toMatchObject({ phase: kind === 'hold' ? 'held' : 'running', state: 'Bake' });
    expect(view.why).toContain(why);
    expect(view.next).toContain(next);
  });

  it('shows the last look', async () => {
    const ports = portsAtHand({ now });
    await standsIn(ports, 'traffic');
    const key = { releaseId, state: 'Bake', visit: 1 };
    await ports.ledger.noteWait(key, { lastLook: { at: now, says: '3 of 900 failed' } });
    expect((await viewOf(ports)).why).toContain('last look at 2026-01-05T09:00:00.000Z: 3 of 900 failed');
  });

  it('shows a command that is not obeyed yet before anything else, the strongest first', async () => {
    const ports = portsAtHand({ now });
    await standsIn(ports, 'traffic');
    for (const kind of ['hold', 'abort'] as const) {
      await ports.ledger.addCommand({
        commandId: kind,
        releaseId,
        kind,
        actor: 'ada',
        reason: 'smoke',
        at: now,
      });
    }
    expect((await viewOf(ports)).why).toBe('abort by ada: smoke');
  });

  it('falls back on the last line of the trail where it stands nowhere', async () => {
    const ports = portsAtHand({ now });
    await running(ports);
    expect((await viewOf(ports)).why).toBe('has just begun');
    const line = { at: now, actor: 'headgate', action: 'PlanRelease', says: 'canary', releaseId };
    await ports.ledger.audit(line);
    expect(await viewOf(ports)).toMatchObject({ state: 'PlanRelease', why: 'PlanRelease: canary' });
  });

  it.each<[OutcomeKind, string]>([
    ['promoted', 'nothing: it serves all traffic'],
    ['restored', 'nothing: the version before'],
    ['rolledBack', 'headgate start fraud-prod 2'],
    ['rejected', 'headgate start fraud-prod 2'],
    ['superseded', 'nothing: a newer version'],
  ])('tells of one that was %s what a person can do', async (kind, next) => {
    const ports = portsAtHand({ now });
    await addRelease(ports.ledger, '2');
    await ports.ledger.endRelease(releaseId, { kind, says: 'because' }, now);
    const view = await viewOf(ports);
    expect(view).toMatchObject({ phase: 'ended', why: 'because', candidateShare: null });
    expect(view.next).toContain(next);
  });

  it('fits its contract however long the reason is', async () => {
    const ports = portsAtHand({ now });
    await addRelease(ports.ledger, '2');
    await ports.ledger.endRelease(releaseId, { kind: 'rejected', says: 'x'.repeat(4_000) }, now);
    expect((await viewOf(ports)).why).toHaveLength(4_000);
  });
});

describe('an endpoint', () => {
  const view = async (ports: Ports) => {
    const shown = await viewEndpoint(ports, configOf(ports.environment, 'fraud-prod'));
    expect(endpointView.parse(shown)).toEqual(shown);
    return shown;
  };

  it('is not adopted before it has a good configuration', async () => {
    const ports = portsAtHand({ now, observe: async () => seen({ 'fraud-1': 100 }) });
    expect(await view(ports)).toMatchObject({ phase: 'notAdopted', servingVersion: '1', release: null });
  });

  it('shows every version with traffic, its release and its queue', async () => {
    const ports = portsAtHand({ now, observe: async () => seen({ 'fraud-1': 95, 'fraud-2': 5, warm: 0 }) });
    await running(ports);
    await addRelease(ports.ledger, '3');
    expect(await view(ports)).toMatchObject({
      phase: 'forward',
      servingVersion: '1 (95 %), 2 (5 %)',
      lastGoodVersion: '1',
      release: { version: '2' },
      queued: ['3'],
    });
  });

  it('is shown even when the workspace cannot be asked', async () => {
    const ledger = aLedger();
    const observe = async () => {
      throw new ReleaseError('DatabricksUnavailable', 'down');
    };
    expect(await view(portsAtHand({ now, ledger, observe }))).toMatchObject({ servingVersion: null });
  });
});

describe('why a version never became a release', () => {
  it('is found in the trail however long that is', async () => {
    const ports = portsAtHand({ now });
    const line = { at: now, actor: 'mlflow', action: 'DeliveryIgnored', says: 'noise' };
    for (let count = 0; count < 1_001; count++) await ports.ledger.audit(line);
    const says = 'no endpoint is configured for model "churn": version 9 is ignored';
    await ports.ledger.audit({ ...line, action: 'VersionIgnored', says });
    await expect(operations(ports).why('9')).rejects.toThrow(says);
  });
});
