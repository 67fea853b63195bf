import { describe, expect, it } from 'vitest';
import { databricksWorkspace } from '../../../src/adapters/databricks/workspace.ts';
import type { RequestQuestion } from '../../../src/app/ports/workspace.ts';
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
    slowAbove: millis(1),
  };
  const columns = [
    'window_at',
    ...['baseline', 'candidate'].flatMap((s) => [`${s}_requests`, `${s}_errors`, `${s}_slow`]),
  ];
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

  it('is in order of time, without windows in which neither side was asked', async () => {
    const { script, workspace } = await port();
    const rows = ['60000 3 1 2 0 0 0', '120000 0 0 0 0 0 0', '0 5 0 0 1 0 1'].map((row) => row.split(' '));
    script.answer(statement, succeeded(rows));
    const side = (requests: number, errors: number, slow: number) => ({ requests, errors, slow });
    expect(await workspace.requests.answer('s1', question)).toEqual([
      { at: 0, span: 60_000, step: -1, baseline: side(5, 0, 0), candidate: side(1, 0, 1) },
      { at: 60_000, span: 60_000, step: -1, baseline: side(3, 1, 2), candidate: side(0, 0, 0) },
    ]);
  });

  it('is no evidence when it was cut off, and unreadable when it holds no counts', async () => {
    const { script, workspace } = await port();
    script.answer(statement, succeeded([], true), succeeded([['0', null, '0', '0', '0', '0', '0']]));
    expect(await errorOf(workspace.requests.answer('s1', question))).toMatchObject({
      name: 'EvidenceInvalid',
    });
    const unread = await errorOf(workspace.requests.answer('s1', question));
    expect(unread).toMatchObject({ name: 'DatabricksAnswerUnreadable' });
  });
});
