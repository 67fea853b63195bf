import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type ApiOptions, type Listening, serveApi } from '../../local/api-server.ts';
import type { Operations } from '../../src/app/operations.ts';
import { type ErrorName, ReleaseError } from '../../src/contracts/errors.ts';
import {
  aBreakglass,
  anEndpoint,
  anEntry,
  aRelease,
  scriptedOperations,
} from '../support/scripted-operations.ts';

const token = '0123456789abcdef0123456789abcdef';
const open: Listening[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function started(answers: Partial<Operations> = {}, onFault?: ApiOptions['onFault']) {
  const { operations, asked } = scriptedOperations(answers);
  const server = await serveApi(operations, {
    port: 0,
    token,
    host: '127.0.0.1',
    ...(onFault === undefined ? {} : { onFault }),
  });
  open.push(server);
  return { asked, server };
}

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** `fetch` forbids the headers that matter here (Host). */
function send(server: Listening, path: string, sent: Sent = {}): Promise<{ http: number; json: unknown }> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(sent.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...sent.headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${server.url}${path}`,
      { method: sent.method ?? 'GET', headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ http: response.statusCode ?? 0, json: JSON.parse(Buffer.concat(chunks).toString()) }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(sent.body);
  });
}

const post = (server: Listening, path: string, body: object) =>
  send(server, path, { method: 'POST', body: JSON.stringify(body) });

describe('the API', () => {
  it('starts a release', async () => {
    const { asked, server } = await started();
    const answer = await post(server, '/v1/releases', { endpoint: 'fraud', version: '2', actor: 'ada' });
    expect(answer).toEqual({ http: 201, json: { release: aRelease, began: 'started' } });
    expect(asked).toEqual([['start', { endpoint: 'fraud', version: '2', intent: 'release', actor: 'ada' }]]);
  });

  it('says 200 for a start that was asked for before', async () => {
    const { server } = await started({ start: async () => ({ release: aRelease, began: 'duplicate' }) });
    const answer = await post(server, '/v1/releases', { endpoint: 'fraud', version: '2', actor: 'ada' });
    expect(answer.http).toBe(200);
  });

  it.each([
    ['/v1/endpoints', [anEndpoint], ['endpoints']],
    ['/v1/releases', [aRelease], ['releases', {}]],
    ['/v1/releases?phase=held&endpoint=e', [aRelease], ['releases', { endpoint: 'e', phase: 'held' }]],
    ['/v1/audit', [], ['audit', 0]],
    ['/v1/audit?after=1000', [], ['audit', 1000]],
    ['/v1/needs', [], ['needs']],
    ['/v1/releases/fraud%2Fprod', aRelease, ['release', 'fraud/prod']],
    ['/v1/why?version=2', [aRelease], ['why', '2', undefined]],
    ['/v1/why?version=2&endpoint=fraud-prod', [aRelease], ['why', '2', 'fraud-prod']],
    ['/v1/timeline', [anEntry(1, 'x')], ['timeline', 0, undefined]],
    ['/v1/timeline?after=17&releaseId=r', [anEntry(1, 'x')], ['timeline', 17, 'r']],
  ])('answers GET %s', async (path, json, call) => {
    const { asked, server } = await started({ timeline: async () => [anEntry(1, 'x')] });
    expect(await send(server, path)).toEqual({ http: 200, json });
    expect(asked).toEqual([call]);
  });

  it('takes a command and an adoption', async () => {
    const { asked, server } = await started();
    const commanded = await post(server, '/v1/releases/r1/commands', { kind: 'abort', actor: 'ada' });
    const adopted = await post(server, '/v1/endpoints/fraud-prod/adopt', { actor: 'ada' });
    expect([commanded.http, adopted.http]).toEqual([202, 200]);
    expect(asked).toEqual([
      ['command', 'r1', { kind: 'abort', reason: '', actor: 'ada' }],
      ['adopt', 'fraud-prod', 'ada'],
    ]);
  });

  it('takes a freeze of one endpoint or of all, and the glass that a person breaks', async () => {
    const { asked, server } = await started();
    await post(server, '/v1/freeze', { endpoint: 'fraud', reason: 'quarter end', actor: 'ada' });
    await post(server, '/v1/freeze', { off: true, actor: 'ada' });
    const taken = await post(server, '/v1/endpoints/fraud-prod/breakglass', { actor: 'ada' });
    expect(taken).toEqual({ http: 200, json: aBreakglass });
    expect(asked).toEqual([
      ['freeze', { endpoint: 'fraud', off: false, reason: 'quarter end', actor: 'ada' }],
      ['freeze', { off: true, reason: '', actor: 'ada' }],
      ['breakglass', 'fraud-prod', { take: true, reason: '', actor: 'ada' }],
    ]);
  });

  it.each<[ErrorName, number]>([
    ['UnknownEndpoint', 404],
    ['UnknownModelVersion', 404],
    ['CommandRejected', 409],
    ['LeaseHeldByOther', 409],
    ['AlreadyServing', 409],
    ['NoLastGood', 409],
    ['ConfigurationInvalid', 400],
    ['PolicyInvalid', 400],
    ['DatabricksUnavailable', 503],
    ['LedgerUnavailable', 503],
  ])('says no to %s with %i, its message and its facts', async (name, http) => {
    const { server } = await started({
      start: async () => {
        throw new ReleaseError(name, 'because', { facts: { releaseId: 'r0' } });
      },
    });
    const answer = await post(server, '/v1/releases', { endpoint: 'e', version: '1', actor: 'ada' });
    expect(answer).toEqual({
      http,
      json: { error: { name, message: 'because', facts: { releaseId: 'r0' } } },
    });
  });

  it('tells its owner of an error of its own, and the caller nothing', async () => {
    const faults: unknown[] = [];
    const bug = new TypeError('secret thing is not a function');
    const { server } = await started({ endpoints: () => Promise.reject(bug) }, (fault) => faults.push(fault));
    const answer = await send(server, '/v1/endpoints');
    expect(answer.http).toBe(500);
    expect(JSON.stringify(answer.json)).not.toContain('secret');
    expect(faults).toEqual([bug]);
  });
});

describe('what the API refuses before anything is asked', () => {
  const body = JSON.stringify({ endpoint: 'e', version: '1', actor: 'ada' });
  const refusals: [string, string, Sent, number, string][] = [
    ['no token', '/v1/endpoints', { headers: { authorization: '' } }, 401, 'Unauthenticated'],
    [
      'a wrong token',
      '/v1/endpoints',
      { headers: { authorization: `Bearer ${token}0` } },
      401,
      'Unauthenticated',
    ],
    [
      'a wrong token of the right length',
      '/v1/endpoints',
      { headers: { authorization: `Bearer ${token.replace('0', '1')}` } },
      401,
      'Unauthenticated',
    ],
    [
      'a token of another scheme',
      '/v1/endpoints',
      { headers: { authorization: `Basic ${token}` } },
      401,
      'Unauthenticated',
    ],
    ['another host', '/v1/endpoints', { headers: { host: 'evil.example.com' } }, 403, 'ForeignHost'],
    ['our host on another port', '/v1/endpoints', { headers: { host: '127.0.0.1:1' } }, 403, 'ForeignHost'],
    [
      'another origin',
      '/v1/endpoints',
      { headers: { origin: 'https://evil.example.com' } },
      403,
      'ForeignOrigin',
    ],
    ['a page without origin', '/v1/endpoints', { headers: { origin: 'null' } }, 403, 'ForeignOrigin'],
    ['an unknown route', '/v2/endpoints', {}, 404, 'UnknownRoute'],
    ['an unknown route without token', '/v2', { headers: { authorization: '' } }, 401, 'Unauthenticated'],
    [
      'a form',
      '/v1/releases',
      { method: 'POST', body, headers: { 'content-type': 'text/plain' } },
      415,
      'BodyNotJson',
    ],
    ['what is no JSON', '/v1/releases', { method: 'POST', body: '{' }, 400, 'RequestUnreadable'],
    [
      'a request that lacks its actor',
      '/v1/releases',
      { method: 'POST', body: '{"endpoint":"e"}' },
      400,
      'RequestUnreadable',
    ],
    [
      'a key that nobody knows',
      '/v1/releases',
      { method: 'POST', body: body.replace('{', '{"force":true,') },
      400,
      'RequestUnreadable',
    ],
    [
      'a command that nobody knows',
      '/v1/releases/r/commands',
      { method: 'POST', body: '{"kind":"promote","actor":"a"}' },
      400,
      'RequestUnreadable',
    ],
    ['a why without version', '/v1/why', {}, 400, 'RequestUnreadable'],
    ['a timeline after nonsense', '/v1/timeline?after=x', {}, 400, 'RequestUnreadable'],
    [
      'a body above 64 KiB',
      '/v1/releases',
      { method: 'POST', body: `{"a":"${'x'.repeat(65_536)}"}` },
      413,
      'BodyTooLarge',
    ],
  ];

  it.each(refusals)('%s', async (_, path, sent, http, name) => {
    const { asked, server } = await started();
    const answer = await send(server, path, sent);
    expect(answer).toMatchObject({ http, json: { error: { name, facts: {} } } });
    expect(asked).toEqual([]);
  });

  it('a long body that does not tell its length', async () => {
    const { asked, server } = await started();
    const answer = await send(server, '/v1/releases', {
      method: 'POST',
      body: `{"a":"${'x'.repeat(65_536)}"}`,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect([answer.http, asked]).toEqual([413, []]);
  });

  it('takes its own page as origin', async () => {
    const { server } = await started();
    const answer = await send(server, '/v1/endpoints', { headers: { origin: server.url } });
    expect(answer.http).toBe(200);
  });
});

describe('where the API listens', () => {
  const { operations } = scriptedOperations();

  it.each(['0.0.0.0', '::', '10.0.0.1', 'example.com'])('is never %s', async (host) => {
    // What a caller without types could do.
    const options = JSON.parse(JSON.stringify({ port: 0, token, host }));
    await expect(serveApi(operations, options)).rejects.toThrow('the API listens on loopback only');
  });

  it('needs a token that cannot be guessed', async () => {
    await expect(serveApi(operations, { port: 0, token: 'short', host: '127.0.0.1' })).rejects.toThrow(
      'fewer than 16',
    );
  });

  it('says so when the port is taken', async () => {
    const { server } = await started();
    await expect(serveApi(operations, { port: server.port, token, host: '127.0.0.1' })).rejects.toMatchObject(
      {
        name: 'ConfigurationInvalid',
        message: `port ${server.port} is taken; is another controller running?`,
      },
    );
  });
});
