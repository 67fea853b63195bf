import { describe, expect, it } from 'vitest';
import { canary, minute, rig, serving, start } from './harness.ts';

describe('an invocation over HTTP', () => {
  const at = (path: string) => `/serving-endpoints/fraud-prod${path}/invocations`;
  const records = { dataframe_records: [{ amount: 950 }, { amount: 3 }] };

  it('goes to a random side of the split and says which', async () => {
    const one = await rig();
    await canary(one, 50);
    const seen = new Map<string, number>();
    for (let i = 0; i < 200; i++) {
      const name = (await one.call('POST', at(''), records)).headers.get('served-model-name') ?? '';
      seen.set(name, (seen.get(name) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(['fraud-1', 'fraud-2']);
    expect(Math.abs((seen.get('fraud-2') ?? 0) - 100)).toBeLessThan(36);
  });

  it('reaches an entity at 0 % by name, answers as its version does, and says how long the model took', async () => {
    const one = await rig();
    await canary(one, 0, { quality: 1, latencyMs: { median: 400, sigma: 0 } });
    const answer = await one.call('POST', at('/served-models/fraud-2'), records);
    expect(answer.json).toEqual({ predictions: [1, 0] });
    expect(answer.headers.get('served-model-name')).toBe('fraud-2');
    expect(answer.headers.get('server-timing')).toBe('request_ttfb_msec;dur=400');
    expect((await one.call('POST', at('/served-models/nobody'), records)).code).toBe(404);
  });

  it('is in the payload table with its client_request_id, and not in the callers’ own log', async () => {
    const one = await rig();
    await one.call('POST', at(''), { ...records, client_request_id: 'probe-1' });
    await one.pass(5 * minute);
    const rows = await one.sql(
      `SELECT get_json_object(request, '$.dataframe_records[0].amount'), requester
       FROM prod.serving.fraud_prod_payload WHERE client_request_id = 'probe-1'`,
    );
    expect(rows).toEqual([['950', 'api']]);
    const { served } = await one.workspace.truth('fraud-prod');
    const [[callers] = []] = await one.sql(
      `SELECT count(*) FROM prod.serving.caller_requests WHERE request_time < timestamp_millis(${one.clock.now()})`,
    );
    expect(Number(callers)).toBe(served[0]?.requests);
  });

  it('fails at the version’s rate with the version’s code, and refuses an input without a known form', async () => {
    const one = await rig();
    await one.workspace.setBehaviour('prod.ml.fraud', 1, { errorRate: 1, errorStatus: 400 });
    expect(await one.call('POST', at(''), records)).toMatchObject({
      code: 400,
      json: { error_code: 'BAD_REQUEST' },
    });
    await one.workspace.setBehaviour('prod.ml.fraud', 1, { errorRate: 0 });
    expect((await one.call('POST', at(''), { rows: 1 })).code).toBe(400);
    expect((await one.call('POST', '/serving-endpoints/nobody/invocations', records)).code).toBe(404);
  });

  it('meets the same fate in whatever order requests of one moment arrive', async () => {
    const fates = async (ids: readonly number[]) => {
      const one = await rig();
      await canary(one, 50, { errorRate: 0.5, latencyMs: { median: 50, sigma: 2 } });
      const fate = new Map<string, unknown>();
      for (const id of ids) {
        for (const path of ['', '/served-models/fraud-1', '/served-models/fraud-2']) {
          const { code, headers } = await one.call('POST', at(path), {
            ...records,
            client_request_id: `${id}`,
          });
          fate.set(`${path} ${id}`, [code, headers.get('served-model-name'), headers.get('server-timing')]);
        }
      }
      await one.pass(5 * minute);
      return fate;
    };
    const ids = Array.from({ length: 20 }, (_, id) => id);
    expect(await fates(ids.toReversed())).toEqual(await fates(ids));
  });

  it('meets another fate when it is asked again, and on the other side', async () => {
    const one = await rig();
    await canary(one, 50, { errorRate: 0.5 });
    await one.workspace.setBehaviour('prod.ml.fraud', 1, { errorRate: 0.5 });
    const codes = async (path: string) => {
      const found: number[] = [];
      for (let i = 0; i < 40; i++) found.push((await one.call('POST', at(path), records)).code);
      return found;
    };
    const [baseline, candidate] = [
      await codes('/served-models/fraud-1'),
      await codes('/served-models/fraud-2'),
    ];
    expect(new Set(baseline)).toEqual(new Set([200, 500]));
    expect(new Set(candidate)).toEqual(new Set([200, 500]));
    expect(candidate).not.toEqual(baseline);
  });

  it('is answered 503 by an endpoint that has never been ready', async () => {
    const one = await rig();
    await one.call('POST', serving, { name: 'young', config: await one.configOf('fraud-prod') });
    expect((await one.call('POST', '/serving-endpoints/young/invocations', records)).code).toBe(503);
  });
});

describe('workspaces', () => {
  it('live side by side, each with its own endpoints and credentials', async () => {
    const one = await rig();
    const two = await rig({}, 8);
    await one.call('DELETE', `${serving}/fraud-staging`);
    expect((await two.call('GET', `${serving}/fraud-staging`)).code).toBe(200);
    expect(two.workspace.token).not.toBe(one.workspace.token);
    expect(start).toBe(two.clock.now());
  });
});
