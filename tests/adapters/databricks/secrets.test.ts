import { describe, expect, it } from 'vitest';
import type { Credentials } from '../../../src/adapters/databricks/auth.ts';
import { bench, errorOf, type Heard, type Reply } from './scripted-workspace.ts';

const clientSecret = 'taint-client-secret-6f1d';
const accessToken = 'taint-access-token-90ab';
const patToken = 'taint-pat-token-77c2';
const basic = Buffer.from(`client-1:${clientSecret}`).toString('base64');
const oauth: Credentials = { kind: 'oauth', clientId: 'client-1', clientSecret };
const pat: Credentials = { kind: 'pat', token: patToken };

const mint = 'POST /oidc/v1/token';
const get = 'GET /api/2.0/serving-endpoints/fraud';
const minted = { body: { access_token: accessToken, expires_in: 3600 } };

/** Everything that a logger could print of an error: own properties, message, stack, and so on down the causes. */
function everythingIn(error: unknown): string {
  const parts: string[] = [];
  for (let link = error; link !== undefined && link !== null; ) {
    parts.push(JSON.stringify(link), String(link));
    if (!(link instanceof Error)) break;
    parts.push(link.message, link.stack ?? '', JSON.stringify(Object.getOwnPropertyDescriptors(link)));
    link = link.cause;
  }
  return parts.join('\n');
}

/** A server that repeats the credentials it was sent, in each kind of body. */
const echoes: [string, (heard: Heard) => Reply][] = [
  [
    'JSON',
    ({ headers, text }) => ({
      code: 400,
      body: { error_code: headers.authorization, message: `${headers.authorization} ${text}` },
    }),
  ],
  ['HTML', ({ headers }) => ({ code: 502, body: `<html><pre>${headers.authorization}</pre></html>` })],
  ['plain text', ({ headers }) => ({ code: 500, body: `${headers.authorization}` })],
  [
    'a refused credential',
    ({ headers }) => ({
      code: 401,
      body: { error: 'invalid_client', error_description: headers.authorization },
    }),
  ],
  [
    'a missing grant',
    ({ headers }) => ({
      code: 403,
      body: { error_code: 'PERMISSION_DENIED', message: headers.authorization },
    }),
  ],
  [
    'throttling',
    ({ headers }) => ({
      code: 429,
      headers: { 'retry-after': '60' },
      body: { error_code: 'X', message: headers.authorization },
    }),
  ],
  ['JSON that is cut off', ({ headers }) => ({ body: `{"name":"${headers.authorization}` })],
  [
    'an answer of another shape',
    ({ headers }) => ({ body: { name: [headers.authorization], access_token: [headers.authorization] } }),
  ],
  ['a cut connection', ({ headers }) => ({ fate: 'cut', body: { name: headers.authorization } })],
];

describe('no secret in an error', () => {
  it.each(echoes)('when the API echoes what it was sent as %s', async (_, echo) => {
    for (const credentials of [oauth, pat]) {
      const { workspace, client } = await bench({ credentials: async () => credentials });
      workspace.answer(mint, minted);
      workspace.answer(get, echo);
      const shown = everythingIn(await errorOf(client.serving.getEndpoint('fraud')));
      for (const secret of [clientSecret, accessToken, patToken, basic, 'taint'])
        expect(shown).not.toContain(secret);
      expect(workspace.calls(get).length).toBeGreaterThan(0);
    }
  });

  it.each(echoes)('when the token endpoint echoes what it was sent as %s', async (_, echo) => {
    const { workspace, client } = await bench({ credentials: async () => oauth });
    workspace.answer(mint, echo);
    const shown = everythingIn(await errorOf(client.serving.getEndpoint('fraud')));
    for (const secret of [clientSecret, basic, 'taint']) expect(shown).not.toContain(secret);
    expect(workspace.calls(mint).length).toBeGreaterThan(0);
  });

  it.each(['\n', '\u0000', ' ', 'ü'])('when a token cannot be a header (%j)', async (odd) => {
    const { client } = await bench({ credentials: async () => ({ kind: 'pat', token: `taint${odd}token` }) });
    const error = await errorOf(client.serving.getEndpoint('fraud'));
    expect(error.name).toBe('DatabricksUnauthenticated');
    expect(everythingIn(error)).not.toContain('taint');
  });

  it('when the credentials cannot be parsed', async () => {
    const { client } = await bench({
      credentials: async () => JSON.parse(`taint-${clientSecret}`) as Credentials,
    });
    const error = await errorOf(client.serving.getEndpoint('fraud'));
    expect(error.message).toContain('the credentials could not be read (SyntaxError)');
    expect(everythingIn(error)).not.toContain('taint');
  });

  it('when a statement’s failure quotes the token', async () => {
    const { workspace, client } = await bench({ credentials: async () => pat });
    workspace.answer('GET /api/2.0/sql/statements/s-1', ({ headers }) => ({
      body: { statement_id: 's-1', status: { state: 'FAILED', error: { message: headers.authorization } } },
    }));
    const error = await errorOf(client.statements.fetchRows('s-1'));
    expect(error.message).toContain('Bearer [redacted]');
    expect(everythingIn(error)).not.toContain('taint');
  });

  it('when fetch itself quotes the request', async () => {
    const { client } = await bench({
      credentials: async () => pat,
      fetch: async (_, init) => {
        throw new TypeError('fetch failed', { cause: new Error(`sent ${JSON.stringify(init?.headers)}`) });
      },
    });
    const error = await errorOf(
      client.statements.submit({ warehouseId: 'w', statement: 'x', parameters: [] }),
    );
    expect(error.message).toContain('fetch failed: sent');
    expect(everythingIn(error)).not.toContain('taint');
  });

  it('in the error body of a model query, which may end up as evidence', async () => {
    const { workspace, client } = await bench({ credentials: async () => pat });
    workspace.answer('POST /serving-endpoints/fraud/invocations', ({ headers }) => ({
      code: 500,
      body: { message: headers.authorization },
    }));
    expect((await client.serving.query('fraud', {})).body).toEqual({ message: 'Bearer [redacted]' });
  });
});
