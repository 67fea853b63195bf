import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { serveIntake } from '../../local/intake-server.ts';
import type { Delivery } from '../../src/app/ports/webhooks.ts';
import type { BusEvent } from '../../src/contracts/events.ts';
import { instant } from '../../src/domain/units.ts';
import { alertDelivery, registryBody, signedByRegistry } from './deliveries.ts';
import { healthy, openStage, type Setting, type Stage } from './stage.ts';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));
const bytes = (text: string) => new TextEncoder().encode(text);

/** One delivery as an MLflow server sent it, byte for byte: version 1 of `fraud`. */
const captured: Delivery = {
  headers: JSON.parse(
    new TextDecoder().decode(fixture('mlflow/model-version-created.headers.json')),
  ) as Record<string, string>,
  body: fixture('mlflow/model-version-created.body.json'),
  receivedAt: instant(1795250983_400),
};

const approving: Setting = { policy: { stages: { approve: { enabled: true } } } };
/** The captured version is news here: version 2 serves. */
const expecting: Setting = { ...approving, senders: { mlflow: 'topsecret' }, serving: '2' };

const releases = (stage: Stage) => stage.ledger((ledger) => ledger.releases());

describe('a registry delivery', () => {
  it('as captured from a real server starts one release, however often it comes', async () => {
    const stage = await openStage(expecting);
    expect(await stage.controller.receive('mlflow', captured)).toMatchObject({
      http: 202,
      body: { outcome: 'accepted' },
    });
    const [record, ...others] = await releases(stage);
    expect(others).toEqual([]);
    expect(record).toMatchObject({ version: '1', requestedBy: 'mlflow', generation: 1, phase: 'running' });
    const started = stage.dump();

    const again = await stage.controller.receive('mlflow', captured);
    expect(again).toMatchObject({ http: 200, body: { outcome: 'duplicate' } });
    expect(stage.dump()).toEqual(started);

    // MLflow's own retry has the same id; a resend by a person has another one.
    const body = new TextDecoder().decode(captured.body);
    const resent = signedByRegistry(body, captured.receivedAt, 'topsecret', 'another-delivery');
    expect(await stage.controller.receive('mlflow', resent)).toMatchObject({ http: 200 });
    expect(await releases(stage)).toHaveLength(1);
    if (!record) throw new RangeError('Nothing was started.');
    await stage.until(record, 'Approve');
  });

  it('whose event reaches the bus twice starts one release', async () => {
    const stage = await openStage(approving);
    const event: BusEvent = {
      type: 'ModelVersionRegistered',
      metadata: { eventId: 'mlflow-1', at: '2026-01-05T09:00:00.000Z', source: 'mlflow' },
      data: { model: 'fraud', version: await stage.version() },
    };
    const { bus } = stage.controller.ports;
    await stage.clock.busy(() => Promise.all([bus.publish(event), bus.publish(event)]));
    await stage.clock.busy(() => bus.publish(event));
    const [record, ...others] = await releases(stage);
    expect(others).toEqual([]);
    if (!record) throw new RangeError('Nothing was started.');
    await stage.until(record, 'Approve');
    await stage.abort(record);
    await stage.end(record);
    // The registry's word again, after the end, is still the same word.
    await stage.clock.busy(() => bus.publish(event));
    await stage.pass(60_000);
    expect(await releases(stage)).toHaveLength(1);
  });

  it('that was committed but not published before the process ended is published by the next one', async () => {
    const stage = await openStage(approving);
    const version = await stage.version();
    Object.assign(stage.controller.ports.bus, {
      publish: () => Promise.reject(new Error('the process is going down')),
    });
    const news = registryBody({ name: 'fraud', version });
    const delivery = signedByRegistry(news, stage.clock.now(), stage.senders.mlflow);
    expect(await stage.controller.receive('mlflow', delivery)).toMatchObject({ http: 202 });
    expect(await releases(stage)).toEqual([]);
    await stage.restart();
    await stage.pass(60_000);
    const [record] = await releases(stage);
    expect(record).toMatchObject({ version, phase: 'running' });
  });

  it('whose event cannot be handled keeps no later one back', async () => {
    const stage = await openStage(approving);
    const { bus } = stage.controller.ports;
    const publish = bus.publish.bind(bus);
    Object.assign(bus, {
      publish: (event: BusEvent) =>
        event.type === 'ModelVersionRegistered' && event.data.version === '2'
          ? Promise.reject(new Error('this one breaks its handler'))
          : publish(event),
    });
    for (const version of [await stage.version(), await stage.version()]) {
      const news = registryBody({ name: 'fraud', version });
      const delivery = signedByRegistry(news, stage.clock.now(), stage.senders.mlflow);
      expect(await stage.controller.receive('mlflow', delivery)).toMatchObject({ http: 202 });
    }
    expect((await releases(stage)).map((one) => one.version)).toEqual(['3']);
  });

  it('of a model that no endpoint is configured for is told in the trail, and starts nothing', async () => {
    const stage = await openStage();
    const news = registryBody({ name: 'churn', version: '7' });
    const delivery = signedByRegistry(news, stage.clock.now(), stage.senders.mlflow);
    expect(await stage.controller.receive('mlflow', delivery)).toMatchObject({ http: 202 });
    expect(await releases(stage)).toEqual([]);
    const [line] = (await stage.trail()).filter((one) => one.action === 'VersionIgnored');
    expect(line?.says).toContain('"churn"');
    await expect(stage.clock.busy(() => stage.controller.operations.why('7'))).rejects.toMatchObject({
      message: expect.stringContaining('Map the model under `endpoints:`'),
    });
  });
});

describe('a delivery that is refused leaves no trace but a line in the trail', () => {
  const at = captured.receivedAt;
  const good = registryBody({ name: 'fraud', version: '2' });
  const sign = (body: string, secret = 'topsecret') => signedByRegistry(body, at, secret);
  const registry: readonly (readonly [string, number, Delivery])[] = [
    ['unsigned', 401, { ...sign(good), headers: { 'content-type': 'application/json' } }],
    ['signed with another secret', 403, sign(good, 'guessed')],
    ['changed after it was signed', 403, { ...sign(good), body: bytes(good.replace('"2"', '"9"')) }],
    ['six minutes old', 403, { ...captured, receivedAt: instant(at + 360_000) }],
    ['of the future', 403, { ...captured, receivedAt: instant(at - 360_000) }],
    ['no JSON', 400, sign('{"entity":')],
    ['JSON of another shape', 400, sign('{"entity":"model_version","action":"created"}')],
    ['a version that is no number', 400, sign(registryBody({ name: 'fraud', version: '1; DROP' }))],
    ['too large', 413, sign(registryBody({ name: 'x'.repeat(300_000), version: '2' }))],
  ];

  it.each(registry)('from the registry: %s is answered %i', async (_why, http, delivery) => {
    const stage = await openStage(expecting);
    await expectNoTrace(stage, () => stage.controller.receive('mlflow', delivery), http);
  });

  const now = instant(Date.parse('2026-01-05T09:00:00Z'));
  const alert = alertDelivery({ incident: 'i-1', table: 'transactions' }, now, 'monte-carlo-scenario-secret');
  const alerts: readonly (readonly [string, number, Delivery])[] = [
    ['unsigned', 401, { ...alert, headers: {} }],
    [
      'signed with another secret',
      403,
      alertDelivery({ incident: 'i-1', table: 'transactions' }, now, 'guessed'),
    ],
    ['no JSON', 400, { ...alert, body: bytes('{') }],
    ['too large', 413, { ...alert, body: new Uint8Array(3_000_000) }],
  ];

  it.each(alerts)('from Monte Carlo: %s is answered %i', async (_why, http, delivery) => {
    const stage = await openStage(approving);
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    await expectNoTrace(stage, () => stage.controller.receive('monte-carlo', delivery), http);
    expect((await stage.view(release)).state).toBe('Approve');
  });

  async function expectNoTrace(
    stage: Stage,
    send: () => Promise<{ http: number; body: object }>,
    http: number,
  ): Promise<void> {
    const before = stage.dump();
    const lines = (await stage.trail()).length;
    const said = await send();
    expect(said).toMatchObject({ http, body: { outcome: 'refused' } });
    expect(stage.dump()).toEqual(before);
    const added = (await stage.trail()).slice(lines);
    expect(added.map((one) => one.action)).toEqual(['DeliveryRefused']);
    expect(JSON.stringify([said, added])).not.toContain('topsecret');
  }

  it('also over the listener, which reads no more than it must', async () => {
    const stage = await openStage(expecting);
    const intake = await serveIntake(stage.controller.receive, { port: 0, host: '127.0.0.1', now: () => at });
    try {
      const post = async (body: Uint8Array | string, headers: Record<string, string>) => {
        const json = { 'content-type': 'application/json', ...headers };
        const payload = typeof body === 'string' ? body : Buffer.from(body);
        const url = `${intake.url}/intake/mlflow`;
        const answer = await fetch(url, { method: 'POST', body: payload, headers: json });
        await answer.arrayBuffer();
        return answer.status;
      };
      const before = stage.dump();
      expect(await post('x'.repeat(300_000), sign('{}').headers)).toBe(413);
      expect(await post(good, {})).toBe(401);
      expect(await post(good, sign(good, 'guessed').headers)).toBe(403);
      expect(stage.dump()).toEqual(before);
      const { 'content-length': _length, 'user-agent': _agent, ...headers } = captured.headers;
      expect(await post(captured.body, headers)).toBe(202);
      expect(await post(captured.body, headers)).toBe(200);
      expect(await releases(stage)).toHaveLength(1);
    } finally {
      await intake.close();
    }
  });
});
