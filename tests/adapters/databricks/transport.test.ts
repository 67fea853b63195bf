import { describe, expect, it } from 'vitest';
import { path, workspaceUrl } from '../../../src/adapters/databricks/http.ts';
import { seconds } from '../../../src/domain/units.ts';
import { bench, errorOf } from './scripted-workspace.ts';

const get = 'GET /api/2.0/serving-endpoints/fraud';
const put = 'PUT /api/2.0/serving-endpoints/fraud/config';
const fraud = { body: { name: 'fraud', state: { ready: 'READY', config_update: 'NOT_UPDATING' } } };
const throttled = { code: 429, body: { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'slow down' } };
const unavailable = { code: 503, body: { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'later' } };
const gatewayPage = { code: 503, body: '<html><h1>503</h1></html>' };

describe('retries', () => {
  it('waits as long as Retry-After says, on the clock port, and then succeeds', async () => {
    const { workspace, clock, client } = await bench();
    workspace.answer(
      get,
      { ...throttled, headers: { 'retry-after': '7' } },
      { ...unavailable, headers: { 'retry-after': '3' } },
      fraud,
    );
    const start = clock.now();
    expect((await client.serving.getEndpoint('fraud')).view.ready).toBe('READY');
    expect(clock.now() - start).toBe(10_000);
  });

  it.each(['', '0', 'soon', '1.5', '-3', 'Wed, 21 Oct 2026 07:28:00 GMT'])(
    'waits one second where Retry-After is %j',
    async (value) => {
      const { workspace, clock, client } = await bench();
      workspace.answer(get, { ...throttled, headers: { 'retry-after': value } }, fraud);
      const start = clock.now();
      await client.serving.getEndpoint('fraud');
      expect(clock.now() - start).toBe(1000);
    },
  );

  it.each([throttled, unavailable])(
    'stops after 20 s in all and throws the named error ($code)',
    async (reply) => {
      const { workspace, clock, client } = await bench();
      workspace.answer(put, reply);
      const start = clock.now();
      const error = await errorOf(client.serving.updateConfig('fraud', {}));
      expect(error.name).toBe(reply === throttled ? 'DatabricksThrottled' : 'DatabricksUnavailable');
      expect(clock.now() - start).toBe(20_000);
      expect(workspace.calls(put)).toHaveLength(21);
    },
  );

  it('does not begin a pause that it has no time for, and passes it on', async () => {
    const { workspace, clock, client } = await bench();
    workspace.answer(get, { ...throttled, headers: { 'retry-after': '21' } });
    const start = clock.now();
    const error = await errorOf(client.serving.getEndpoint('fraud'));
    expect(error.facts['retryAfterMs']).toBe(21_000);
    expect(clock.now()).toBe(start);
    expect(workspace.calls(get)).toHaveLength(1);
  });

  it('does not repeat a 500, a conflict or a rejection', async () => {
    for (const code of [500, 502, 504, 409, 400, 404]) {
      const { workspace, client } = await bench();
      workspace.answer(get, { code });
      await errorOf(client.serving.getEndpoint('fraud'));
      expect(workspace.calls(get)).toHaveLength(1);
    }
  });

  it('lets other work go on while it pauses under a busy clock', async () => {
    const { workspace, clock, client } = await bench();
    workspace.answer(get, { ...throttled, headers: { 'retry-after': '5' } }, fraud);
    const start = clock.now();
    await Promise.all([
      clock.busy(() => client.serving.getEndpoint('fraud')),
      clock.busy(() => client.serving.getEndpoint('fraud')),
    ]);
    expect(clock.now() - start).toBe(5000);
  });
});

describe('a lost answer', () => {
  it('is asked for again where the call has no effect', async () => {
    const { workspace, clock, client } = await bench();
    workspace.answer(get, { fate: 'reset' }, { fate: 'cut', ...fraud }, fraud);
    const start = clock.now();
    expect((await client.serving.getEndpoint('fraud')).view.name).toBe('fraud');
    expect(clock.now() - start).toBe(2000);
  });

  it.each([{ fate: 'reset' as const }, gatewayPage, { body: '' }])(
    'after a configuration was sent is told to the caller, who reads back; it is not sent twice (%j)',
    async (reply) => {
      const { workspace, client } = await bench();
      workspace.answer(put, reply);
      const error = await errorOf(client.serving.updateConfig('fraud', { served_entities: [] }));
      expect(error.name).toBe('DatabricksUnavailable');
      expect(workspace.calls(put)).toHaveLength(1);
    },
  );

  it('of a start with an idempotency token is repeated with the same token', async () => {
    const { workspace, client } = await bench();
    const route = 'POST /api/2.2/jobs/run-now';
    workspace.answer(route, { fate: 'reset' }, { body: { run_id: 455644833 } });
    const request = { jobId: 3, parameters: { model_version: '7' }, idempotencyToken: 'r-1.Test.1' };
    expect(await client.jobs.runNow(request)).toBe(455644833);
    expect(workspace.calls(route).map(({ body }) => body)).toEqual([
      { job_id: 3, job_parameters: { model_version: '7' }, idempotency_token: 'r-1.Test.1' },
      { job_id: 3, job_parameters: { model_version: '7' }, idempotency_token: 'r-1.Test.1' },
    ]);
  });

  it('of a SQL statement is not submitted twice', async () => {
    const { workspace, client } = await bench();
    const route = 'POST /api/2.0/sql/statements';
    workspace.answer(route, { fate: 'reset' });
    const error = await errorOf(
      client.statements.submit({ warehouseId: 'w', statement: 'SELECT 1', parameters: [] }),
    );
    expect(error).toMatchObject({ name: 'DatabricksUnavailable', facts: { lost: 'connection' } });
    expect(workspace.calls(route)).toHaveLength(1);
  });
});

describe('what is sent', () => {
  it('carries bearer, JSON and the user agent, and follows no redirect', async () => {
    const { workspace, client } = await bench({ userAgent: 'headgate/0.1' });
    workspace.answer(get, { code: 307, headers: { location: `${workspace.host}/elsewhere` } });
    workspace.answer(put, { body: {} });
    await errorOf(client.serving.getEndpoint('fraud'));
    await client.serving.updateConfig('fraud', { a: 1 });
    expect(workspace.heard.map(({ path: at }) => at)).toEqual([
      '/api/2.0/serving-endpoints/fraud',
      '/api/2.0/serving-endpoints/fraud/config',
    ]);
    expect(workspace.calls(put)[0]).toMatchObject({
      headers: {
        authorization: 'Bearer dapi-scripted-token',
        'content-type': 'application/json',
        'user-agent': 'headgate/0.1',
      },
      body: { a: 1 },
    });
  });

  it('keeps a name in its path segment, whatever characters it has', async () => {
    expect(path`/models/${'a/b?c#d %'}/versions/${7}`).toBe('/models/a%2Fb%3Fc%23d%20%25/versions/7');
    const { workspace, client } = await bench();
    for (const name of ['..', '.', '']) {
      expect((await errorOf(client.serving.updateConfig(name, {}))).name).toBe('DatabricksRejected');
      expect((await errorOf(client.serving.queryEntity('fraud', name, {}))).name).toBe('DatabricksRejected');
    }
    expect(workspace.heard).toEqual([]);
  });

  it('stops when the caller gives up, with the caller’s reason', async () => {
    const { workspace, client } = await bench();
    workspace.answer('POST /serving-endpoints/fraud/invocations', { fate: 'silence' });
    const controller = new AbortController();
    const asked = client.serving.query('fraud', {}, { timeout: seconds(60), signal: controller.signal });
    controller.abort(new RangeError('enough'));
    await expect(asked).rejects.toThrow(new RangeError('enough'));
  });

  it('asks for nothing before the first call', async () => {
    let asked = 0;
    const { workspace } = await bench({
      credentials: async () => {
        asked++;
        return { kind: 'pat', token: 'x' };
      },
    });
    expect([asked, workspace.heard.length]).toEqual([0, 0]);
  });
});

describe('the workspace host', () => {
  it.each([
    'https://dbc-1.cloud.databricks.com',
    'https://dbc-1.cloud.databricks.com/',
    'http://localhost:8080',
    'http://127.0.0.1:1',
    'http://127.9.9.9',
    'http://[::1]:80',
  ])('may be %s', (host) => {
    expect(workspaceUrl(host).href).toContain('://');
  });

  it.each([
    ['http://dbc-1.cloud.databricks.com', 'plain http'],
    ['http://127.0.0.1.example.com', 'plain http'],
    ['http://localhost.example.com', 'plain http'],
    ['http://0.0.0.0', 'plain http'],
    ['ftp://127.0.0.1', 'scheme ftp:'],
    ['dbc-1.cloud.databricks.com', 'not a URL'],
    ['https://dbc-1.cloud.databricks.com/api', 'more than'],
    ['https://dbc-1.cloud.databricks.com/?o=1', 'more than'],
    ['', 'not a URL'],
  ])('may not be %j (%s)', (host, why) => {
    expect(() => workspaceUrl(host)).toThrow(
      expect.objectContaining({ name: 'ConfigurationInvalid', message: expect.stringContaining(why) }),
    );
  });

  it('with a password in it is refused without repeating the password', () => {
    let message = '';
    try {
      workspaceUrl('https://user:hunter22@dbc-1.cloud.databricks.com');
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('a user or a password');
    expect(message).not.toContain('hunter22');
  });
});
