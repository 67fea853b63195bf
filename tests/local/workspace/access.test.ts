import { describe, expect, it } from 'vitest';
import { hour, rig, serving } from './harness.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const grant = 'grant_type=client_credentials&scope=all-apis';

describe('access to the workspace', () => {
  it('leads from discovery to a token that works for an hour of virtual time', async () => {
    const { call, pass, workspace } = await rig();
    const config = (await call('GET', '/.well-known/databricks-config')).json;
    const oidc = new URL(config.oidc_endpoint);
    const server = (await call('GET', `${oidc.pathname}/.well-known/oauth-authorization-server`)).json;
    expect(server.token_endpoint).toBe(`${workspace.host}/oidc/v1/token`);

    const basic = Buffer.from(`${workspace.clientId}:${workspace.clientSecret}`).toString('base64');
    const minted = await call('POST', '/oidc/v1/token', grant, { ...form, authorization: `Basic ${basic}` });
    expect(minted.json).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'all-apis' });
    const authorization = `Bearer ${minted.json.access_token}`;
    await pass(hour - 1000);
    expect((await call('GET', serving, undefined, { authorization })).code).toBe(200);
    await pass(1000);
    expect((await call('GET', serving, undefined, { authorization })).code).toBe(403);
  });

  it('mints with credentials in the form as well, and refuses a wrong secret with 401 invalid_client', async () => {
    const { call, workspace } = await rig();
    const mint = (secret: string) =>
      call('POST', '/oidc/v1/token', `${grant}&client_id=${workspace.clientId}&client_secret=${secret}`, {
        ...form,
        authorization: '',
      });
    expect((await mint(workspace.clientSecret)).code).toBe(200);
    expect(await mint('wrong')).toMatchObject({ code: 401, json: { error: 'invalid_client' } });
  });

  it('answers a wrong token with 403 and a missing one with 401, both with a number as error code', async () => {
    const { call } = await rig();
    const wrong = await call('GET', serving, undefined, { authorization: 'Bearer dapi0' });
    expect(wrong.code).toBe(403);
    expect(wrong.json.error_code).toBe(403);
    expect(wrong.json.message).toMatch(/^Invalid access token\. \[ReqId: /);
    expect(wrong.headers.get('x-databricks-reason-phrase')).toBe('Invalid access token.');
    const none = await call('GET', serving, undefined, { authorization: '' });
    expect(none).toMatchObject({ code: 401, json: { error_code: 401 } });
  });

  it('puts the usual headers on every answer, errors included', async () => {
    const { call } = await rig();
    for (const path of [serving, '/api/2.0/nothing', `${serving}/nobody`]) {
      const { headers, json } = await call('GET', path);
      expect(headers.get('server')).toBe('databricks');
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('x-databricks-org-id')).toBeTruthy();
      expect(headers.get('server-timing')).toContain('request_ttfb_msec');
      if (json.details) expect(json.details[0].request_id).toBe(headers.get('x-request-id'));
    }
  });

  it('answers an unknown path with ENDPOINT_NOT_FOUND', async () => {
    const { call } = await rig();
    expect(await call('PUT', '/sql/statements', {})).toMatchObject({
      code: 404,
      json: { error_code: 'ENDPOINT_NOT_FOUND', message: "No API found for 'PUT /sql/statements'" },
    });
  });

  it('guards the operator’s routes with the same bearer', async () => {
    const { call } = await rig();
    expect((await call('GET', '/_simulator/faults', undefined, { authorization: '' })).code).toBe(401);
    expect((await call('GET', '/_simulator/faults')).code).toBe(200);
  });
});
