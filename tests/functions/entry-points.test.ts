import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventHandler } from '../../functions/_shell/event-handler.ts';
import { stateHandler, waitHandler } from '../../functions/_shell/state-handler.ts';
import { webhookHandler } from '../../functions/_shell/webhook-handler.ts';
import { create as receiveRegistryNews } from '../../functions/receive-registry-news.ts';
import type { Receipt } from '../../src/app/intake.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import type { Delivery } from '../../src/app/ports/webhooks.ts';
import type { BusEvent } from '../../src/contracts/events.ts';
import { functionFile, stateNames } from '../../src/contracts/states.ts';
import { instant } from '../../src/domain/units.ts';
import { portsAtHand } from '../app/ports-at-hand.ts';
import { context, written } from './lambda.ts';

let log: ReturnType<typeof written>;
beforeEach(() => {
  log = written();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const now = instant(1_700_000_000_000);
const release = {
  releaseId: 'rel-1',
  endpoint: 'fraud-prod',
  model: 'prod.ml.fraud',
  version: '2',
  intent: 'release',
};
const lease = { endpoint: 'fraud-prod', epoch: 1 };
const event: BusEvent = {
  type: 'ModelVersionRegistered',
  metadata: { eventId: 'mlflow-1', at: '2026-01-05T09:00:00.000Z', source: 'mlflow' },
  data: { model: 'fraud', version: '2' },
};

describe('the functions', () => {
  it.each(stateNames)('%s has its own file, named for it', (name) => {
    expect(existsSync(`functions/${functionFile(name)}.ts`)).toBe(true);
  });
});

describe('a handler of a state', () => {
  it('is called by the contract of its state and logs the release', async () => {
    const verify = stateHandler('VerifyBaseline', async () => ({ baseline: 100 }));
    expect(await verify({ release, lease }, context)).toEqual({ baseline: 100 });
    expect(log.lines()[0]).toMatchObject({ message: 'VerifyBaseline done', releaseId: 'rel-1' });
    await expect(verify({ release }, context)).rejects.toMatchObject({ name: 'ContractBroken' });
  });

  it('that waits answers nothing and logs no task token', async () => {
    const plan = { document: { ref: 'r', digest: 'a'.repeat(64), summary: '' }, shares: [5] };
    const run = vi.fn(async () => undefined);
    const input = { release, lease, plan, visit: 1, token: 'token-hunter2' };
    expect(await waitHandler('Approve', run)(input, context)).toBeNull();
    expect(run).toHaveBeenCalledWith(input);
    expect(log.text()).not.toContain('hunter2');
  });
});

describe('a subscriber of the bus', () => {
  it('reads our event out of the envelope of the bus, whatever else that has', async () => {
    const run = vi.fn(async () => undefined);
    const subscriber = eventHandler('StartRelease', run);
    expect(await subscriber({ version: '0', 'detail-type': 'x', detail: event }, context)).toBeNull();
    expect(run).toHaveBeenCalledWith(event);
    expect(log.lines()[0]).toMatchObject({ eventId: 'mlflow-1' });
  });

  it.each([{}, { detail: {} }, { detail: { ...event, type: 'Other' } }])('refuses %j', async (given) => {
    const run = vi.fn(async () => undefined);
    await expect(eventHandler('StartRelease', run)(given, context)).rejects.toMatchObject({
      name: 'ContractBroken',
    });
    expect(run).not.toHaveBeenCalled();
  });
});

describe('the edge that takes webhooks', () => {
  const request = { headers: {}, requestContext: { timeEpoch: 1_700_000_000_123 }, version: '2.0' };
  async function deliveryOf(given: object): Promise<Delivery | undefined> {
    const deliveries: Delivery[] = [];
    const receive = async (_: Ports, delivery: Delivery): Promise<Receipt> => {
      deliveries.push(delivery);
      return { http: 202, body: { outcome: 'accepted', says: 'fine' } };
    };
    expect(await webhookHandler('ReceiveNews', portsAtHand({ now }), receive)(given, context)).toEqual({
      statusCode: 202,
      headers: { 'content-type': 'application/json' },
      body: '{"outcome":"accepted","says":"fine"}',
    });
    return deliveries[0];
  }

  it('hands over the very bytes that were signed', async () => {
    const body = '{"a":"é"}';
    const plain = await deliveryOf({ ...request, body });
    const encoded = Buffer.from(body).toString('base64');
    const packed = await deliveryOf({ ...request, body: encoded, isBase64Encoded: true });
    expect([plain, packed].map((one) => Buffer.from(one?.body ?? []).toString('utf8'))).toEqual([body, body]);
  });

  it('knows headers by their names in lower case, and the time by the clock of the edge', async () => {
    const delivery = await deliveryOf({ ...request, headers: { 'X-Signature': 's', Empty: undefined } });
    expect(delivery?.headers).toEqual({ 'x-signature': 's', empty: '' });
    expect(delivery?.receivedAt).toBe(1_700_000_000_123);
    expect(delivery?.body).toHaveLength(0);
  });

  it('logs neither headers nor body', async () => {
    await deliveryOf({ ...request, headers: { authorization: 'hunter2' }, body: 'hunter2' });
    expect(log.text()).not.toContain('hunter2');
  });

  it('answers news that no event of ours can hold with 400, and leaves an audit line only', async () => {
    const message = { kind: 'versionRegistered', model: 'fraud', version: '2'.repeat(33), at: now } as const;
    const ports: Ports = {
      ...portsAtHand({ now }),
      mlflow: { read: async () => ({ contentDigest: 'c'.repeat(64), message }) },
    };
    expect(await receiveRegistryNews(ports)(request, context)).toMatchObject({ statusCode: 400 });
    expect((await ports.ledger.auditTrail()).map(({ action }) => action)).toEqual(['DeliveryRefused']);
    expect(await ports.ledger.unpublishedDeliveries()).toEqual([]);
  });
});
