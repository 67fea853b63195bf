import { describe, expect, it } from 'vitest';
import type { EndpointRow, Wait, WriteIntent } from '../../src/app/ports/ledger.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import type { Configuration, ObservedEndpoint } from '../../src/app/ports/workspace.ts';
import { conclude } from '../../src/app/stages/conclude.ts';
import { watchRetirement } from '../../src/app/stages/traffic.ts';
import { restoreStep } from '../../src/app/write/restore.ts';
import { type Instant, instant } from '../../src/domain/units.ts';
import { at, good, intent, newRelease, owner } from '../contracts-of-ports/ledger-fixtures.ts';
import { aLedger, portsAtHand } from './ports-at-hand.ts';

/** What a look at the endpoint is worth, when it takes long, comes early, or comes while something is under way. */

const endpoint = 'fraud-prod';
const release = {
  releaseId: 'rel-1',
  endpoint,
  model: 'prod.ml.fraud',
  version: '2',
  intent: 'release',
} as const;

/** An endpoint that serves `shares`, one entity for each, and answers a look after `slow` milliseconds. */
async function stage(about: {
  shares: Readonly<Record<string, number>>;
  now: number;
  slow?: number;
  update?: ObservedEndpoint['update'];
  intent?: Partial<WriteIntent>;
  restoring?: boolean;
}) {
  const ledger = aLedger();
  let now: Instant = at(about.now);
  const sent: Configuration[] = [];
  const files = new Map([['files/1.json', JSON.stringify({ serves: { 'fraud-1': 100 } })]]);
  const observe = async (): Promise<ObservedEndpoint> => {
    now = instant(now + (about.slow ?? 0));
    const entities = Object.keys(about.shares).map((name) => ({
      ...{ name, model: release.model, version: name.slice(-1), ready: true, scaleToZero: false },
    }));
    return {
      ...{ endpoint, configuration: { serves: about.shares }, configVersion: 1, entities, pending: null },
      ...{
        traffic: about.shares as ObservedEndpoint['traffic'],
        ready: true,
        update: about.update ?? 'none',
      },
      ...{ routeOptimised: false, fallbackOn: false, stopped: false },
    };
  };
  const bare = portsAtHand({ now, ledger, observe });
  const serving = {
    ...bare.workspace('production').serving,
    replace: async (_endpoint: string, desired: Configuration) => void sent.push(desired),
    change: (_base: Configuration, { traffic }: { traffic?: unknown }) => ({ serves: traffic }),
    differences: (a: Configuration, b: Configuration) =>
      JSON.stringify(a) === JSON.stringify(b) ? [] : ['it differs'],
  };
  const ports: Ports = {
    ...bare,
    clock: { ...bare.clock, now: () => now },
    evidence: {
      get: async ({ ref }) => files.get(ref) ?? JSON.stringify({ serves: about.shares }),
      put: async (path, text, summary) => {
        files.set(path, text);
        return { ref: path, digest: text, summary };
      },
    },
    workspace: () => ({ ...bare.workspace('production'), serving }),
  };
  await ledger.adopt(endpoint, good('1'));
  await ledger.addRelease(newRelease('rel-1', { endpoint }));
  const lease = await ledger.claim(endpoint, owner('rel-1'), good('1'));
  if (about.intent) await ledger.recordIntent(lease, intent({ at: at(0), ...about.intent }));
  if (about.restoring) await ledger.beginRestore(lease);
  const row = async (): Promise<EndpointRow> => (await ledger.endpoint(endpoint)) as EndpointRow;
  return { ports, lease, sent, row };
}

const backAgain = { 'fraud-1': 100 };
const late = 150_000;

describe('a look at the endpoint', () => {
  it('that began before late writes are over makes no restore final, however long its answer took', async () => {
    const shown = { shares: backAgain, now: late - 20_000, slow: 25_000, restoring: true, intent: {} };
    const { ports, lease } = await stage(shown);
    expect((await restoreStep(ports, lease, 'release')).kind).toBe('draining');
  });

  it('that began after them does', async () => {
    const { ports, lease } = await stage({ shares: backAgain, now: late, restoring: true, intent: {} });
    expect((await restoreStep(ports, lease, 'release')).kind).toBe('observed');
  });

  it('removes no candidate beside a baseline that serves while a forward write may still give it traffic', async () => {
    const both = { 'fraud-1': 100, 'fraud-2': 0 };
    const early = await stage({ shares: both, now: late - 1, restoring: true, intent: {} });
    expect((await restoreStep(early.ports, early.lease, 'release')).kind).toBe('draining');
    expect(early.sent).toEqual([]);
    const later = await stage({ shares: both, now: late, restoring: true, intent: {} });
    await restoreStep(later.ports, later.lease, 'release');
    expect(later.sent).toEqual([expect.objectContaining({ serves: undefined })]);
  });

  it('is not believed within a minute of a forward write, until a restoring write was accepted', async () => {
    const both = { 'fraud-1': 100, 'fraud-2': 0 };
    const { ports, lease, sent, row } = await stage({
      shares: both,
      now: 20_000,
      restoring: true,
      intent: {},
    });
    await restoreStep(ports, lease, 'release');
    expect(sent).toHaveLength(1);
    expect((await row()).intent).toMatchObject({ direction: 'restore', forwardAt: at(0), accepted: true });
    expect((await restoreStep(ports, lease, 'release')).kind).toBe('draining');
    expect(sent).toHaveLength(1);
  });

  it('that began before late writes are over promotes nothing', async () => {
    const { ports, lease } = await stage({
      shares: { 'fraud-2': 100 },
      now: late - 10,
      slow: 20,
      intent: {},
    });
    const promoted = { kind: 'promoted', says: 'proven' } as const;
    await expect(conclude(ports, { release, lease, outcome: promoted })).rejects.toThrow(/may still arrive/);
  });

  it('that meets an update in progress promotes nothing, however old that is', async () => {
    const shown = { shares: { 'fraud-2': 100 }, now: 9 * late, update: 'inProgress' as const, intent: {} };
    const { ports, lease } = await stage(shown);
    const promoted = { kind: 'promoted', says: 'proven' } as const;
    await expect(conclude(ports, { release, lease, outcome: promoted })).rejects.toThrow(/in progress/);
  });
});

describe('a retirement', () => {
  const waiting = (deadline: number, lease: object) =>
    ({
      ...{ endpoint, deadline: at(deadline), lastLook: null, releaseId: 'rel-1' },
      reference: { release, lease, endpoint, entity: 'fraud-2', retiring: 'fraud-1' },
    }) as unknown as Wait;

  it('that is looked at for the first time after its deadline is tried once', async () => {
    const both = { 'fraud-1': 0, 'fraud-2': 100 };
    const { ports, lease, sent } = await stage({ shares: both, now: 3 * late, intent: {} });
    expect(await watchRetirement(ports, waiting(late, lease))).toBeUndefined();
    expect(await watchRetirement(ports, waiting(late, lease))).toBeUndefined();
    expect(sent).toHaveLength(1);
  });
});
