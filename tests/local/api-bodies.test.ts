import { afterEach, describe, expect, it } from 'vitest';
import { type Listening, serveApi } from '../../local/api-server.ts';
import { chunked, type RawRequest, rawly } from '../support/raw-http.ts';
import { scriptedOperations } from '../support/scripted-operations.ts';

const token = '0123456789abcdef0123456789abcdef';
const limit = 64 * 1024;
const open: Listening[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function asking({ headers, ...request }: RawRequest) {
  const { operations, asked } = scriptedOperations();
  const faults: unknown[] = [];
  const server = await serveApi(operations, {
    port: 0,
    token,
    host: '127.0.0.1',
    onFault: (fault) => faults.push(fault),
  });
  open.push(server);
  const answer = await rawly(server.url, {
    ...request,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  expect(faults).toEqual([]);
  return { http: answer.http, text: answer.text, asked };
}

const json = { 'content-type': 'application/json' };
const streamed = { ...json, 'transfer-encoding': 'chunked' };
const start = '{"endpoint":"fraud","version":"2","actor":"ada"}';

describe('a request to the API that does not tell its length', () => {
  it('is taken when its pieces make a request', async () => {
    const { http, asked } = await asking({
      method: 'POST',
      path: '/v1/releases',
      headers: streamed,
      pieces: chunked(start.slice(0, 9), start.slice(9)),
    });
    expect([http, asked.length]).toEqual([201, 1]);
  });

  it('is taken up to 64 KiB, and not a byte further', async () => {
    const padded = (size: number) => start + ' '.repeat(size - start.length);
    const sent = (size: number) =>
      asking({ method: 'POST', path: '/v1/releases', headers: streamed, pieces: chunked(padded(size)) });
    expect((await sent(limit)).http).toBe(201);
    const over = await sent(limit + 1);
    expect([over.http, over.asked]).toEqual([413, []]);
    expect(over.text).toContain('BodyTooLarge');
  });

  it('keeps a letter whole that two pieces share', async () => {
    const bytes = Buffer.from(start.replace('ada', 'ädä'));
    const cut = bytes.indexOf(0xc3) + 1;
    const { asked } = await asking({
      method: 'POST',
      path: '/v1/releases',
      headers: streamed,
      pieces: chunked(bytes.subarray(0, cut), bytes.subarray(cut)),
    });
    expect(asked).toEqual([['start', { endpoint: 'fraud', version: '2', intent: 'release', actor: 'ädä' }]]);
  });

  it.each([
    ['a POST without a body', 'POST', '/v1/releases', {}, 415, 'BodyNotJson'],
    ['a POST of JSON without a body', 'POST', '/v1/releases', json, 400, 'RequestUnreadable'],
    ['a PUT', 'PUT', '/v1/releases', {}, 404, 'UnknownRoute'],
    ['a PUT of a body', 'PUT', '/v1/releases', streamed, 404, 'UnknownRoute'],
    ['a DELETE', 'DELETE', '/v1/releases/r1', {}, 404, 'UnknownRoute'],
    ['a POST where nothing is', 'POST', '/v2', {}, 404, 'UnknownRoute'],
  ])('is refused by name: %s', async (_, method, path, headers, http, name) => {
    const pieces = 'transfer-encoding' in headers ? chunked(start) : [];
    const answer = await asking({ method, path, headers, pieces });
    expect([answer.http, answer.asked]).toEqual([http, []]);
    expect(answer.text).toContain(name);
  });
});
