import { describe, expect, it } from 'vitest';
import { chunked, rawly } from '../../support/raw-http.ts';
import { rig } from './harness.ts';

const model = '/api/2.1/unity-catalog/models/prod.ml.fraud';

async function asking() {
  const { call, clock, workspace } = await rig();
  const headers = { authorization: `Bearer ${workspace.token}` };
  const raw = (method: string, path: string, more = {}, pieces = chunked()) =>
    clock.busy(() => rawly(workspace.host, { method, path, headers: { ...headers, ...more }, pieces }));
  return { call, raw };
}

const streamed = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };

describe('a request to the workspace that does not tell its length', () => {
  it('deletes an alias without a body', async () => {
    const { call, raw } = await asking();
    expect((await raw('DELETE', `${model}/aliases/champion`, {}, [])).http).toBe(200);
    expect((await call('GET', `${model}/aliases/champion`)).code).toBe(404);
  });

  it('changes what its pieces say', async () => {
    const { call, raw } = await asking();
    const answer = await raw('PATCH', `${model}/versions/1`, streamed, chunked('{"comme', 'nt":"new"}'));
    expect(answer.http).toBe(200);
    expect((await call('GET', `${model}/versions/1`)).json.comment).toBe('new');
  });

  it('answers a call without a body that needs none, and 404 where nothing is', async () => {
    const { raw } = await asking();
    expect((await raw('POST', '/api/2.0/nothing', {}, [])).http).toBe(404);
    expect((await raw('PUT', `${model}/aliases/champion`, {}, [])).http).toBe(400);
  });
});
