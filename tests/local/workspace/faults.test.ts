import { describe, expect, it } from 'vitest';
import { Faults, faultKinds } from '../../../local/workspace/faults.ts';
import { rig, serving, update } from './harness.ts';

const endpoint = `${serving}/fraud-prod`;
const put = { method: 'PUT', path: '/api/2.0/serving-endpoints/*/config' };

describe('a wire fault', () => {
  it.each([
    ['throttled', { retryAfter: 3 }, 429, '3', 'REQUEST_LIMIT_EXCEEDED'],
    ['throttled', {}, 429, null, 'REQUEST_LIMIT_EXCEEDED'],
    ['unavailable', { retryAfter: 7 }, 503, '7', 'TEMPORARILY_UNAVAILABLE'],
    ['unavailable', {}, 503, null, 'TEMPORARILY_UNAVAILABLE'],
    ['internalError', {}, 500, null, 'temporarily unavailable. Please try again later. [TraceId: -]'],
    ['conflict', {}, 409, null, 'RESOURCE_CONFLICT'],
    ['htmlError', {}, 502, null, '<html>'],
    ['htmlError', { code: 504 }, 504, null, '<html>'],
    ['emptyBody', {}, 503, null, ''],
  ])('%s %j answers %i once, without the effect', async (name, parameters, code, retryAfter, says) => {
    const one = await rig();
    await one.workspace.installFault({ name, parameters, match: put });
    const struck = await update(one);
    expect(struck.code).toBe(code);
    expect(struck.headers.get('retry-after')).toBe(retryAfter);
    expect(struck.text).toContain(says);
    if (name === 'emptyBody') expect(struck.text).toBe('');
    expect(struck.headers.get('x-request-id')).toBeTruthy();
    expect((await one.call('GET', endpoint)).json.state.config_update).toBe('NOT_UPDATING');
    expect((await update(one)).code).toBe(200);
  });

  it('can strike after the effect: the client sees 503, the update is on its way', async () => {
    const one = await rig();
    await one.workspace.installFault({ name: 'unavailable', match: put, after: true });
    const struck = await update(one);
    expect(struck.code).toBe(503);
    expect(struck.json.error_code).toBe('TEMPORARILY_UNAVAILABLE');
    expect((await one.call('GET', endpoint)).json.state.config_update).toBe('IN_PROGRESS');
  });

  it.each([
    [false, 'NOT_UPDATING'],
    [true, 'IN_PROGRESS'],
  ])('connectionReset with after=%s leaves the endpoint %s', async (after, expected) => {
    const one = await rig();
    await one.workspace.installFault({ name: 'connectionReset', match: put, after });
    await expect(update(one)).rejects.toThrow('fetch failed');
    expect((await one.call('GET', endpoint)).json.state.config_update).toBe(expected);
  });

  it('strikes as often as ordered, after the ones it lets pass, and only where method and path match', async () => {
    const { call, workspace } = await rig();
    const id = await workspace.installFault({
      name: 'throttled',
      match: { method: 'get', path: '/api/2.0/serving-endpoints/fraud-*' },
      skip: 1,
      times: 2,
    });
    const codes: number[] = [];
    for (const path of ['fraud-prod', 'fraud-prod', 'x/y', 'fraud-staging', 'fraud-prod']) {
      codes.push((await call('GET', `${serving}/${path}`)).code);
    }
    expect(codes).toEqual([200, 429, 404, 429, 200]);
    expect(await workspace.removeFault(id)).toBe(false);
  });

  it('can strike always until it is removed, and by seeded chance', async () => {
    const pattern = async (seed: number) => {
      const { call, workspace } = await rig({}, seed);
      const id = await workspace.installFault({
        name: 'unavailable',
        times: 'always',
        probability: 0.5,
      });
      let seen = '';
      for (let i = 0; i < 32; i++) seen += (await call('GET', serving)).code === 503 ? 'x' : '.';
      expect(await workspace.removeFault(id)).toBe(true);
      expect((await call('GET', serving)).code).toBe(200);
      return seen;
    };
    const first = await pattern(3);
    expect(first).toMatch(/x.*\..*x/);
    expect(await pattern(3)).toBe(first);
    expect(await pattern(4)).not.toBe(first);
  });

  it('is refused when its name or a parameter is wrong', async () => {
    const { workspace } = await rig();
    await expect(workspace.installFault({ name: 'gremlin' })).rejects.toThrow("no fault 'gremlin'");
    await expect(
      workspace.installFault({ name: 'throttled', parameters: { retryAfter: 1.5 } }),
    ).rejects.toThrow("fault 'throttled'");
    expect(new Faults(1).waiting()).toEqual([]);
  });

  it('can be installed, listed and removed over HTTP, where no fault strikes', async () => {
    const { call } = await rig();
    const { json } = await call('POST', '/_simulator/faults', { name: 'unavailable', times: 'always' });
    expect((await call('GET', serving)).code).toBe(503);
    const listed = (await call('GET', '/_simulator/faults')).json;
    expect(listed.waiting).toEqual([{ id: json.id, name: 'unavailable', left: 'always' }]);
    expect(listed.kinds.map((kind: { name: string }) => kind.name)).toEqual(Object.keys(faultKinds));
    expect((await call('DELETE', `/_simulator/faults/${json.id}`)).code).toBe(200);
    expect((await call('GET', serving)).code).toBe(200);
    expect((await call('POST', '/_simulator/faults', { name: 'unavailable', often: 3 })).code).toBe(400);
  });
});
