import { describe, expect, it } from 'vitest';
import type { Credentials } from '../../../src/adapters/databricks/auth.ts';
import { minutes, seconds } from '../../../src/domain/units.ts';
import { bench, errorOf, type Heard, type Reply } from './scripted-workspace.ts';

const get = 'GET /api/2.0/serving-endpoints/fraud';
const mint = 'POST /oidc/v1/token';
const fraud = { body: { name: 'fraud' } };
const oauth: Credentials = { kind: 'oauth', clientId: 'client-1', clientSecret: 'secret-number-1' };
const wrongToken = { code: 403, body: { error_code: 403, message: 'Invalid access token. [ReqId: 1]' } };
const wrongClient = {
  code: 401,
  body: { error: 'invalid_client', error_description: 'Client authentication failed' },
};

const token = (value: string, life = 3600): Reply => ({
  body: { access_token: value, token_type: 'Bearer', expires_in: life, scope: 'all-apis' },
});

/** Mints `token-1`, `token-2`, … with a life of an hour. */
function countingMint(): (heard: Heard) => Reply {
  let count = 0;
  return () => token(`token-${++count}`);
}

function bearers(heard: Heard[]): (string | undefined)[] {
  return heard.map(({ headers }) => headers.authorization);
}

describe('OAuth client credentials', () => {
  it('are exchanged for one token as the official clients do, and the token is kept', async () => {
    const { workspace, client } = await bench({ credentials: async () => oauth });
    workspace.answer(mint, countingMint());
    workspace.answer(get, fraud);
    await Promise.all([1, 2, 3].map(() => client.serving.getEndpoint('fraud')));
    await client.serving.getEndpoint('fraud');
    expect(workspace.calls(mint)).toHaveLength(1);
    expect(workspace.calls(mint)[0]).toMatchObject({
      text: 'grant_type=client_credentials&scope=all-apis',
      headers: {
        authorization: `Basic ${Buffer.from('client-1:secret-number-1').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    });
    expect(new Set(bearers(workspace.calls(get)))).toEqual(new Set(['Bearer token-1']));
  });

  it('give a new token in the last 20 minutes of an hour, not before', async () => {
    const { workspace, clock, client } = await bench({ credentials: async () => oauth });
    workspace.answer(mint, countingMint());
    workspace.answer(get, fraud);
    await client.serving.getEndpoint('fraud');
    await clock.sleep(seconds(40 * 60 - 1));
    await client.serving.getEndpoint('fraud');
    await clock.sleep(seconds(1));
    await client.serving.getEndpoint('fraud');
    expect(bearers(workspace.calls(get))).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  });

  it('leave a stale token in use while no new one is to be had, until 40 s before it expires', async () => {
    const { workspace, clock, client } = await bench({ credentials: async () => oauth });
    workspace.answer(mint, token('token-1'), { code: 500 });
    workspace.answer(get, fraud);
    await client.serving.getEndpoint('fraud');
    await clock.sleep(minutes(50));
    await client.serving.getEndpoint('fraud');
    await client.serving.getEndpoint('fraud');
    expect(workspace.calls(mint)).toHaveLength(2);
    await clock.sleep(seconds(9 * 60 + 20));
    const error = await errorOf(client.serving.getEndpoint('fraud'));
    expect(error).toMatchObject({ name: 'DatabricksUnavailable', facts: { path: '/oidc/v1/token' } });
    expect(workspace.calls(get)).toHaveLength(3);
  });

  it('wait for a throttled token endpoint within the same 20 s', async () => {
    const { workspace, clock, client } = await bench({ credentials: async () => oauth });
    workspace.answer(mint, { code: 429, headers: { 'retry-after': '4' } }, { code: 503 }, token('token-1'));
    workspace.answer('PUT /api/2.0/serving-endpoints/fraud/config', { body: {} });
    const start = clock.now();
    await client.serving.updateConfig('fraud', {});
    expect(clock.now() - start).toBe(5000);
  });

  it('that the token endpoint gives something unreadable for are an unreadable answer', async () => {
    const { workspace, client } = await bench({ credentials: async () => oauth });
    workspace.answer(mint, { body: { token: 'x' } });
    expect((await errorOf(client.serving.getEndpoint('fraud'))).name).toBe('DatabricksAnswerUnreadable');
  });

  it.each([400, 401, 403])('that the token endpoint answers %i for are refused credentials', async (code) => {
    const { workspace, client } = await bench({ credentials: async () => oauth });
    workspace.answer(mint, { code, body: { error: 'unauthorized_client' } });
    expect(await errorOf(client.serving.getEndpoint('fraud'))).toMatchObject({
      name: 'DatabricksUnauthenticated',
      facts: { path: '/oidc/v1/token', code },
    });
  });

  it('that were rotated are read again and work at once', async () => {
    let secret = 'secret-number-1';
    let reads = 0;
    const { workspace, clock, client } = await bench({
      credentials: async () => {
        reads++;
        return { ...oauth, clientSecret: secret };
      },
    });
    let accepted = secret;
    let count = 0;
    workspace.answer(mint, ({ headers }) => {
      const given = Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString();
      return given.endsWith(`:${accepted}`) ? token(`token-${++count}`) : wrongClient;
    });
    workspace.answer(get, fraud);
    await client.serving.getEndpoint('fraud');
    secret = accepted = 'secret-number-2';
    await clock.sleep(minutes(60));
    await client.serving.getEndpoint('fraud');
    expect(bearers(workspace.calls(get))).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(reads).toBe(2);
  });

  it('that are refused are read anew at the next call', async () => {
    const secrets = ['old-secret', 'new-secret'];
    const { workspace, client } = await bench({
      credentials: async () => ({ ...oauth, clientSecret: secrets.shift() ?? 'none' }),
    });
    workspace.answer(mint, wrongClient, token('token-1'));
    workspace.answer(get, fraud);
    const error = await errorOf(client.serving.getEndpoint('fraud'));
    expect(error.name).toBe('DatabricksUnauthenticated');
    expect(error.message).toContain('401 invalid_client: Client authentication failed');
    await client.serving.getEndpoint('fraud');
    expect(workspace.calls(mint)).toHaveLength(2);
  });
});

describe('a refused token', () => {
  it.each([wrongToken, { code: 401, body: { error_code: 401, message: 'expired' } }])(
    'is replaced once and the call repeated ($code)',
    async (refused) => {
      const { workspace, client } = await bench({ credentials: async () => oauth });
      workspace.answer(mint, countingMint());
      const put = 'PUT /api/2.0/serving-endpoints/fraud/config';
      workspace.answer(put, refused, { body: {} });
      await client.serving.updateConfig('fraud', { a: 1 });
      expect(bearers(workspace.calls(put))).toEqual(['Bearer token-1', 'Bearer token-2']);
      expect(workspace.calls(put).map(({ body }) => body)).toEqual([{ a: 1 }, { a: 1 }]);
    },
  );

  it('that is refused again is DatabricksUnauthenticated, after exactly two tries', async () => {
    const { workspace, client } = await bench({ credentials: async () => oauth });
    workspace.answer(mint, countingMint());
    workspace.answer(get, wrongToken);
    expect((await errorOf(client.serving.getEndpoint('fraud'))).name).toBe('DatabricksUnauthenticated');
    expect(bearers(workspace.calls(get))).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(workspace.calls(mint)).toHaveLength(2);
  });

  it('of many concurrent calls is replaced once for all', async () => {
    const { workspace, client } = await bench({ credentials: async () => oauth });
    workspace.answer(mint, countingMint());
    workspace.answer(get, ({ headers }) => (headers.authorization === 'Bearer token-1' ? wrongToken : fraud));
    await Promise.all([1, 2, 3, 4].map(() => client.serving.getEndpoint('fraud')));
    expect(workspace.calls(mint)).toHaveLength(2);
  });

  it('of a PAT makes the PAT be read again', async () => {
    const tokens = ['dapi-old-token', 'dapi-new-token'];
    const { workspace, client } = await bench({
      credentials: async () => ({ kind: 'pat', token: tokens.shift() ?? 'none' }),
    });
    workspace.answer(get, wrongToken, fraud);
    await client.serving.getEndpoint('fraud');
    await client.serving.getEndpoint('fraud');
    expect(bearers(workspace.calls(get))).toEqual([
      'Bearer dapi-old-token',
      'Bearer dapi-new-token',
      'Bearer dapi-new-token',
    ]);
  });

  it('is not what a missing grant is: PERMISSION_DENIED mints nothing', async () => {
    const { workspace, client } = await bench({ credentials: async () => oauth });
    workspace.answer(mint, countingMint());
    workspace.answer(get, { code: 403, body: { error_code: 'PERMISSION_DENIED', message: 'no' } });
    expect((await errorOf(client.serving.getEndpoint('fraud'))).name).toBe('DatabricksForbidden');
    expect([workspace.calls(get).length, workspace.calls(mint).length]).toEqual([1, 1]);
  });
});
