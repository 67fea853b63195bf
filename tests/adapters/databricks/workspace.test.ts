import { describe, expect, it } from 'vitest';
import { databricksWorkspace } from '../../../src/adapters/databricks/workspace.ts';
import type { RequestEvidence, RequestQuestion } from '../../../src/app/ports/workspace.ts';
import type { WindowCounts } from '../../../src/domain/evidence.ts';
import { instant, millis } from '../../../src/domain/units.ts';
import { bench, errorOf, pat } from './scripted-workspace.ts';

/** The port in front of a scripted workspace. */
async function port() {
  const { workspace: script, clock } = await bench();
  const workspace = databricksWorkspace({ host: script.host, clock, credentials: async () => pat });
  return { script, workspace };
}

const get = 'GET /api/2.0/serving-endpoints/fraud';
const query = 'POST /serving-endpoints/fraud/served-models/fraud-2/invocations';
const entity = (name: string, deployment?: string) => ({
  name,
  entity_name: 'prod.ml.fraud',
  entity_version: '1',
  ...(deployment && { state: { deployment } }),
});
const endpoint = (state: unknown, entities: unknown[], rest = {}) => ({
  body: { name: 'fraud', state, config: { served_entities: entities }, ...rest },
});

describe('an observed endpoint', () => {
  it.each([
    ['NOT_UPDATING', 'none'],
    ['IN_PROGRESS', 'inProgress'],
    ['UPDATE_FAILED', 'failed'],
    ['UPDATE_CANCELED', 'cancelled'],
    ['A_WORD_OF_NEXT_YEAR', 'inProgress'],
    [undefined, 'inProgress'],
  ])('whose update says %s is %s', async (config_update, update) => {
    const { script, workspace } = await port();
    script.answer(get, endpoint({ ready: 'READY', config_update }, [entity('fraud-1')]));
    expect(await workspace.serving.observe('fraud')).toMatchObject({ update });
  });

  it.each([
    ['all are stopped', 'NOT_READY', [entity('a', 'DEPLOYMENT_STOPPED')], true],
    ['there is none', 'NOT_READY', [], true],
    [
      'one is being made',
      'NOT_READY',
      [entity('a', 'DEPLOYMENT_STOPPED'), entity('b', 'DEPLOYMENT_CREATING')],
      false,
    ],
    ['it is ready', 'READY', [entity('a', 'DEPLOYMENT_STOPPED')], false],
  ])('counts as stopped or not when %s', async (_case, ready, entities, stopped) => {
    const { script, workspace } = await port();
    script.answer(get, endpoint({ ready, config_update: 'NOT_UPDATING' }, entities));
    expect(await workspace.serving.observe('fraud')).toMatchObject({ stopped, ready: ready === 'READY' });
  });

  it('shows entities without a route at 0 %, and a pending configuration only while one is on its way', async () => {
    const { script, workspace } = await port();
    const answer = (config_update: string) => ({
      body: {
        name: 'fraud',
        state: { ready: 'READY', config_update },
        config: {
          config_version: 3,
          served_entities: [entity('a', 'DEPLOYMENT_READY'), entity('b')],
          traffic_config: { routes: [{ served_model_name: 'a', traffic_percentage: '100' }] },
        },
        pending_config: {
          config_version: 4,
          start_time: 1,
          served_entities: [entity('c', 'DEPLOYMENT_CREATING')],
        },
      },
    });
    script.answer(get, answer('IN_PROGRESS'), answer('UPDATE_FAILED'));
    const during = await workspace.serving.observe('fraud');
    expect(during).toMatchObject({
      configVersion: 3,
      traffic: { a: 100, b: 0 },
      entities: [{ ready: true }, { ready: false }],
      pending: { served_entities: [entity('c')] },
    });
    expect(during.pending).toEqual({ served_entities: [entity('c')] });
    expect((await workspace.serving.observe('fraud')).pending).toBeNull();
  });
});

describe('a probe', () => {
  const request = { body: { inputs: [1] }, clientRequestId: 'headgate-r-1' };

  it('carries its id, and its time is the workspace’s own where that is told', async () => {
    const { script, workspace } = await port();
    const timing = { 'server-timing': 'request_ttfb_msec;dur=42' };
    script.answer(query, { code: 500, headers: timing, body: { message: 'no' } });
    expect(await workspace.serving.probe('fraud', 'fraud-2', request)).toEqual({ code: 500, took: 42 });
    expect(script.calls(query).map(({ body }) => body)).toEqual([
      { inputs: [1], client_request_id: 'headgate-r-1' },
    ]);
  });

  it('that nobody answers is an observation with code 0', async () => {
    const { script, workspace } = await port();
    script.answer(query, { fate: 'reset' });
    expect(await workspace.serving.probe('fraud', 'fraud-2', request)).toEqual({ code: 0, took: 0 });
  });

  it('that we may not send is an error of ours', async () => {
    const { script, workspace } = await port();
    script.answer(query, { code: 403, body: { error_code: 'PERMISSION_DENIED', message: 'no' } });
    const error = await errorOf(workspace.serving.probe('fraud', 'fraud-2', request));
    expect(error).toMatchObject({ name: 'DatabricksForbidden' });
  });
});

describe('a job run', () => {
  const run = 'GET /api/2.2/jobs/runs/get';
  const output = 'GET /api/2.2/jobs/runs/get-output';
  const tasks = [
    { task_key: 'report', run_id: 14, attempt_number: 1, start_time: 400 },
    { task_key: 'report', run_id: 13, attempt_number: 0, start_time: 400 },
    { task_key: 'prepare', run_id: 12, attempt_number: 0, start_time: 200 },
    { task_key: 'on-failure', run_id: 15, attempt_number: 0, start_time: 0 },
  ];
  const body = { status: { state: 'TERMINATED', termination_details: { code: 'SUCCESS' } }, tasks };

  it('speaks through the latest attempt of the task that started last', async () => {
    const { script, workspace } = await port();
    script.answer(run, { body });
    script.answer(output, { body: { notebook_output: { result: 'the report', truncated: false } } });
    expect(await workspace.jobs.output('7')).toBe('the report');
    expect(script.calls(output).map((call) => call.query['run_id'])).toEqual(['14']);
  });

  it('whose report was cut off is no evidence', async () => {
    const { script, workspace } = await port();
    script.answer(run, { body });
    script.answer(output, { body: { notebook_output: { result: '{"half":', truncated: true } } });
    expect(await errorOf(workspace.jobs.output('7'))).toMatchObject({ name: 'EvidenceInvalid' });
  });

  it('that returned nothing says so', async () => {
    const { script, workspace } = await port();
    script.answer(run, { body }, { body: { ...body, tasks: [] } });
    script.answer(output, { body: {} });
    expect(await workspace.jobs.output('7')).toBeUndefined();
    expect(await workspace.jobs.output('7')).toBeUndefined();
  });

  it.each(['', 'fraud-tests', '12.5', '-1', '99999999999999999'])('is not started for job %j', async (id) => {
    const { script, workspace } = await port();
    const error = await errorOf(workspace.jobs.start(id, {}, 'token'));
    expect(error).toMatchObject({ name: 'PolicyInvalid' });
    expect(error.message).toContain(JSON.stringify(id));
    expect(script.heard).toEqual([]);
  });
});

describe('a tag of a model version', () => {
  it('is written onto the version itself', async () => {
    const { script, workspace } = await port();
    const setTag = 'POST /api/2.0/mlflow/unity-catalog/model-versions/set-tag';
    script.answer(setTag, { body: {} });
    await workspace.registry.tag('prod.ml.fraud', '7', 'release', 'r-1');
    const body = { name: 'prod.ml.fraud', version: '7', key: 'release', value: 'r-1' };
    expect(script.calls(setTag).map((call) => call.body)).toEqual([body]);
  });
});

describe('an answer about live requests', () => {
  const question: RequestQuestion = {
    source: 'callers',
    table: 'a.b.c',
    warehouseId: 'w',
    baseline: 'x',
    candidate: 'y',
    endpoint: 'fraud',
    from: instant(0),
    until: instant(60_000),
    span: millis(60_000),
    latency: { widthMs: 10, buckets: 30 },
    stickyClient: null,
    pairs: null,
    readings: null,
  };
  const columns = ['window_at', 'side', 'requests', 'errors', 'client_errors', 'throttled', 'latency'];
  const succeeded = (rows: (string | null)[][], truncated = false) => ({
    body: {
      statement_id: 's1',
      status: { state: 'SUCCEEDED' },
      manifest: { schema: { columns: columns.map((name, position) => ({ name, position })) }, truncated },
      result: { data_array: rows },
    },
  });
  const statement = 'GET /api/2.0/sql/statements/s1';

  it('is asked for with values as parameters, and waited for no longer than 5 s', async () => {
    const { script, workspace } = await port();
    const submit = 'POST /api/2.0/sql/statements';
    script.answer(submit, { body: { statement_id: 's1', status: { state: 'PENDING' } } });
    expect(await workspace.requests.ask({ ...question, baseline: "x' OR 1=1 --" })).toBe('s1');
    const [sent] = script.calls(submit).map(({ body }) => body as Record<string, unknown>);
    expect(sent).toMatchObject({ warehouse_id: 'w', wait_timeout: '5s' });
    expect(sent?.['statement']).not.toContain('1=1');
    expect(sent?.['parameters']).toContainEqual({ name: 'baseline', value: "x' OR 1=1 --", type: 'STRING' });
  });

  const row = (text: string) => text.split(' ').map((cell) => (cell === '-' ? null : cell));
  const side = { requests: 0, errors: 0, clientErrors: 0, throttled: 0 };

  it('is in order of time, a side without a row had no requests, and a window without any is not there', async () => {
    const { script, workspace } = await port();
    const rows = [
      '60000 baseline 3 1 1 7 30:1,4:2',
      '120000 candidate 0 0 0 0 -',
      '0 candidate 5 0 0 0 4:5',
      '180000 missing 2 2 0 0 30:2',
      '240000 candidate 0 0 0 3 -',
    ].map(row);
    script.answer(statement, succeeded(rows));
    // 40 to 50 ms and above 300 ms: no other bucket held anything.
    const le = [40, 50, 300, null];
    const none = { ...side, latencyMs: { le, n: [0, 0, 0, 0] } };
    const about = { span: 60_000, step: -1 };
    expect(await workspace.requests.answer('s1', question)).toEqual([
      {
        ...about,
        at: 0,
        baseline: none,
        candidate: { ...side, requests: 5, latencyMs: { le, n: [0, 5, 0, 0] } },
      },
      {
        ...about,
        at: 60_000,
        baseline: {
          requests: 3,
          errors: 1,
          clientErrors: 1,
          throttled: 7,
          latencyMs: { le, n: [0, 2, 0, 1] },
        },
        candidate: none,
      },
      { ...about, at: 180_000, baseline: none, candidate: none, missing: 2 },
      { ...about, at: 240_000, baseline: none, candidate: { ...none, throttled: 3 } },
    ]);
  });

  it('has no durations where nobody asked for them', async () => {
    const { script, workspace } = await port();
    script.answer(statement, succeeded([row('0 candidate 5 0 0 0 0:5')]));
    const [window] = await answerOf(workspace.requests, { ...question, latency: null });
    expect(window?.candidate).toEqual({ ...side, requests: 5 });
  });

  it('is no evidence when it was cut off', async () => {
    const { script, workspace } = await port();
    script.answer(statement, succeeded([], true));
    const error = await errorOf(workspace.requests.answer('s1', question));
    expect(error).toMatchObject({ name: 'EvidenceInvalid' });
  });

  it.each([
    ['a count that is none', ['0 baseline - 0 0 0 -']],
    ['a side that is none', ['0 shadow 1 0 0 0 -']],
    ['more errors than requests', ['0 baseline 1 2 0 0 -']],
    ['more errors of the client than requests', ['0 baseline 1 0 2 0 -']],
    ['buckets that are none', ['0 baseline 1 0 0 0 1:x']],
    ['a bucket beyond the grid', ['0 baseline 1 0 0 0 31:1']],
    ['a bucket that comes twice', ['0 baseline 2 0 0 0 3:1,3:1']],
    ['more durations than requests', ['0 baseline 2 0 0 0 3:2,4:1']],
    ['a side that comes twice', ['0 baseline 1 0 0 0 -', '0 baseline 1 0 0 0 -']],
  ])('is unreadable with %s', async (_what, rows) => {
    const { script, workspace } = await port();
    script.answer(statement, succeeded(rows.map(row)));
    const error = await errorOf(workspace.requests.answer('s1', question));
    expect(error).toMatchObject({ name: 'DatabricksAnswerUnreadable' });
  });
});

async function answerOf(
  requests: RequestEvidence,
  question: RequestQuestion,
): Promise<readonly WindowCounts[]> {
  const windows = await requests.answer('s1', question);
  if (windows === 'running') throw new Error('still running');
  return windows;
}
