import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Listening } from '../../local/api-server.ts';
import { type IntakeOptions, type Receive, serveIntake } from '../../local/intake-server.ts';
import type { Delivery } from '../../src/app/ports/webhooks.ts';
import { instant, millis } from '../../src/domain/units.ts';

const open: Listening[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function started(receive?: Receive, options: Partial<IntakeOptions> = {}) {
  const got: { source: string; delivery: Delivery }[] = [];
  const usual: Receive = async (source, delivery) => {
    got.push({ source, delivery });
    return { http: 202, body: { accepted: true } };
  };
  const server = await serveIntake(receive ?? usual, { port: 0, host: '127.0.0.1', ...options });
  open.push(server);
  return { got, server };
}

const json = { 'content-type': 'application/json' };

/** Writes bytes as they are, and reads until the server closes. */
function raw(server: Listening, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('the intake', () => {
  it.each(['mlflow', 'monte-carlo'])('hands over a delivery of %s byte for byte', async (source) => {
    const { got, server } = await started(undefined, { now: () => instant(1_795_250_983_000) });
    const body = Buffer.from([0x7b, 0x20, 0xff, 0x00, 0x0a, 0x7d]);
    const response = await fetch(`${server.url}/intake/${source}?a=b`, {
      method: 'POST',
      headers: { ...json, 'X-MLflow-Delivery-Id': 'D1' },
      body,
    });
    expect([response.status, await response.json()]).toEqual([202, { accepted: true }]);
    expect(got.map((one) => one.source)).toEqual([source]);
    expect(got[0]?.delivery.headers['x-mlflow-delivery-id']).toBe('D1');
    expect(Buffer.from(got[0]?.delivery.body ?? [])).toEqual(body);
    expect(got[0]?.delivery.receivedAt).toBe(1_795_250_983_000);
  });

  it('shows every value of a header that came twice', async () => {
    const { got, server } = await started();
    await raw(
      server,
      'POST /intake/mlflow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Sig: a\r\nX-Sig: b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
    );
    expect(got[0]?.delivery.headers['x-sig']).toBe('a, b');
  });

  it('passes on what the receiver answers', async () => {
    const { server } = await started(async () => ({ http: 403, body: { reason: 'signatureWrong' } }));
    const response = await fetch(`${server.url}/intake/mlflow`, {
      method: 'POST',
      headers: json,
      body: '{}',
    });
    expect([response.status, await response.json()]).toEqual([403, { reason: 'signatureWrong' }]);
  });

  it('asks the sender to come again when the receiver breaks, and says nothing of why', async () => {
    const faults: unknown[] = [];
    const bug = new Error('the ledger is at /secret/place');
    const { server } = await started(() => Promise.reject(bug), { onFault: (fault) => faults.push(fault) });
    const response = await fetch(`${server.url}/intake/mlflow`, {
      method: 'POST',
      headers: json,
      body: '{}',
    });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(faults).toEqual([bug]);
  });

  it('is healthy', async () => {
    const { got, server } = await started();
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(got).toEqual([]);
  });

  it.each([
    ['another path', 'POST', '/intake', json, 404],
    ['a path that every object has', 'POST', '/constructor', json, 404],
    ['another sender', 'POST', '/intake/github', json, 404],
    ['a GET', 'GET', '/intake/mlflow', {}, 405],
    ['a PUT', 'PUT', '/intake/monte-carlo', json, 405],
    ['a POST for health', 'POST', '/healthz', json, 405],
    ['a form', 'POST', '/intake/mlflow', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['no content type', 'POST', '/intake/mlflow', {}, 415],
    ['a packed body', 'POST', '/intake/mlflow', { ...json, 'content-encoding': 'gzip' }, 415],
  ])('answers %s with a refusal: %s %s', async (_, method, path, headers, http) => {
    const { got, server } = await started();
    const body = method === 'GET' ? null : new Uint8Array([123, 125]);
    const response = await fetch(`${server.url}${path}`, { method, headers, body });
    expect([response.status, got]).toEqual([http, []]);
    if (http === 405) expect(response.headers.get('allow')).toBe(path === '/healthz' ? 'GET' : 'POST');
  });

  it('takes 256 KiB and not a byte more', async () => {
    const { got, server } = await started();
    const send = (size: number) =>
      fetch(`${server.url}/intake/mlflow`, { method: 'POST', headers: json, body: 'x'.repeat(size) });
    expect((await send(262_144)).status).toBe(202);
    expect((await send(262_145)).status).toBe(413);
    expect(got).toHaveLength(1);
  });

  it('says 413 by the announced length, without waiting for the body', async () => {
    const { got, server } = await started();
    const head = 'POST /intake/mlflow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const answer = await raw(server, `${head}Content-Length: 262145\r\n\r\n{`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(got).toEqual([]);
  });

  it('says 413 as soon as a body without a length has grown too long', async () => {
    const { got, server } = await started();
    const head = 'POST /intake/mlflow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    // The last chunk never comes: who would read on would wait for it.
    const answer = await raw(
      server,
      `${head}Transfer-Encoding: chunked\r\n\r\n40001\r\n${'x'.repeat(0x40001)}\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(got).toEqual([]);
  });

  it('does not wait for ever for a sender that stalls', async () => {
    const { got, server } = await started(undefined, { timeout: millis(100) });
    const head = 'POST /intake/mlflow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const answer = await raw(server, `${head}Content-Length: 10\r\n\r\n{`);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(got).toEqual([]);
  });
});
