import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { minute, rig, serving, start } from './harness.ts';

interface Received {
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A receiver that answers the given codes in turn, the last one for ever. */
async function receiver(...codes: number[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    received.push({ headers: request.headers, body });
    response.writeHead(codes[Math.min(received.length, codes.length) - 1] ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mlflow`, received };
}

describe('the operator', () => {
  it('registers a version and announces it in MLflow’s signed envelope', async () => {
    const { workspace } = await rig();
    const { url, received } = await receiver(200);
    const registration = await workspace.announceVersion('prod.ml.fraud', {
      tags: { a: 'b' },
      source: 's3://b/k',
      webhook: { url, secret: 'topsecret', name: 'fraud' },
    });
    expect(registration).toMatchObject({ version: 2, delivery: { attempts: 1, httpCode: 200 } });
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    const stamp = String(headers['x-mlflow-timestamp']);
    // A receiver compares it with its own clock, which is the machine's whatever time it is in the simulator.
    expect(Math.abs(Number(stamp) - Date.now() / 1000)).toBeLessThan(60);
    const signed = `${headers['x-mlflow-delivery-id']}.${stamp}.${body}`;
    const signature = createHmac('sha256', 'topsecret').update(signed).digest('base64');
    expect(headers['x-mlflow-signature']).toBe(`v1,${signature}`);
    expect(JSON.parse(body)).toMatchObject({
      entity: 'model_version',
      action: 'created',
      timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}\+00:00$/),
      data: { name: 'fraud', version: '2', source: 's3://b/k', tags: { a: 'b' }, description: null },
    });
  });

  it('repeats a delivery that met 500 with the same id and signature, four times at most', async () => {
    const { workspace } = await rig();
    const flaky = await receiver(500, 429, 204);
    const webhook = { url: flaky.url, secret: 's' };
    expect((await workspace.announceVersion('prod.ml.fraud', { webhook })).delivery?.attempts).toBe(3);
    const ids = flaky.received.map(({ headers }) => headers['x-mlflow-delivery-id']);
    expect(new Set(ids).size).toBe(1);
    const dead = await receiver(500);
    const lost = await workspace.announceVersion('prod.ml.fraud', {
      webhook: { url: dead.url, secret: 's' },
    });
    expect(lost.delivery).toMatchObject({ attempts: 4, httpCode: 500 });
    const refusing = await receiver(404);
    const refused = await workspace.announceVersion('prod.ml.fraud', {
      webhook: { url: refusing.url, secret: 's' },
    });
    expect(refused.delivery).toMatchObject({ attempts: 1, httpCode: 404 });
  });

  it('does over HTTP what it does in process', async () => {
    const { call, pass } = await rig();
    const models = '/_simulator/models/prod.ml.fraud/versions';
    expect((await call('POST', models, { behaviour: { errorRate: 0.2 } })).json).toEqual({ version: 2 });
    expect((await call('PUT', `${models}/1/behaviour`, { errorRate: 1 })).code).toBe(200);
    await pass(minute);
    const truth = (await call('GET', '/_simulator/endpoints/fraud-prod/truth')).json;
    expect(truth.served[0].errors).toBe(truth.served[0].requests);
    const since = await call('GET', `/_simulator/endpoints/fraud-prod/truth?since=${start + minute}`);
    expect(since.json.served).toEqual([]);
    const traffic = (await call('GET', '/_simulator/endpoints/fraud-prod/traffic')).json;
    expect(traffic.arms).toMatchObject([{ served_entity_name: 'fraud-1', percentage: 100 }]);
    expect((await call('GET', '/_simulator/clock')).json.now).toBe(start + minute);
  });

  it('refuses bad input and leaves everything as it was', async () => {
    const { call } = await rig();
    const models = '/_simulator/models/prod.ml.fraud/versions';
    expect((await call('POST', models, { behaviour: { errorRate: 2 } })).code).toBe(400);
    expect((await call('POST', models, { surprise: 1 })).code).toBe(400);
    expect((await call('POST', '/_simulator/models/prod.ml.nothing/versions', {})).code).toBe(404);
    expect((await call('PUT', `${models}/9/behaviour`, {})).code).toBe(404);
    expect((await call('GET', '/_simulator/endpoints/nobody/truth')).code).toBe(404);
    const versions = await call('GET', '/api/2.1/unity-catalog/models/prod.ml.fraud/versions');
    expect(versions.json.model_versions).toHaveLength(1);
    expect((await call('GET', `${serving}/fraud-prod`)).json.config.config_version).toBe(1);
  });
});
