import { describe, expect, it } from 'vitest';
import { minute, type Rig, rig } from './harness.ts';

const jobs = '/api/2.2/jobs';
const parameters = { model_name: 'prod.ml.fraud', model_version: '1' };

const run = async ({ call }: Rig, body: object): Promise<number> =>
  (await call('POST', `${jobs}/run-now`, { job_id: 1002, job_parameters: parameters, ...body })).json.run_id;

const describeRun = async ({ call }: Rig, id: number) =>
  (await call('GET', `${jobs}/runs/get?run_id=${id}`)).json;

describe('a job run', () => {
  it('is PENDING, RUNNING, then TERMINATED, and its last task returns a result document', async () => {
    const one = await rig();
    const id = await run(one, {});
    expect((await describeRun(one, id)).status).toEqual({ state: 'PENDING' });
    await one.pass(10_000);
    expect((await describeRun(one, id)).state.life_cycle_state).toBe('RUNNING');
    await one.pass(7 * minute);
    const ended = await describeRun(one, id);
    expect(ended.status).toEqual({
      state: 'TERMINATED',
      termination_details: { code: 'SUCCESS', type: 'SUCCESS', message: '' },
    });
    expect(ended.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' });
    expect(ended.job_parameters).toContainEqual({ name: 'model_version', default: '', value: '1' });

    const task = ended.tasks.at(-1);
    const { json } = await one.call('GET', `${jobs}/runs/get-output?run_id=${task.run_id}`);
    const document = JSON.parse(json.notebook_output.result);
    expect(document).toMatchObject({
      schema: 'headgate.result/v1',
      model: { name: 'prod.ml.fraud', version: '1' },
      metrics: [{ name: 'auc', value: 0.941, n: 20_000, interval: [0.936, 0.946] }],
    });
    expect(document.runId).toMatch(/^[0-9a-f]{32}$/);
    expect(document.artifactPath).toContain(document.runId);
    const whole = await one.call('GET', `${jobs}/runs/get-output?run_id=${id}`);
    expect(whole.json.message).toContain('multiple tasks');
  });

  it('is found again by its idempotency token, and another token starts another', async () => {
    const one = await rig();
    const first = await run(one, { idempotency_token: 'release-1/Evaluate/1' });
    expect(await run(one, { idempotency_token: 'release-1/Evaluate/1' })).toBe(first);
    expect(await run(one, { idempotency_token: 'release-1/Evaluate/2' })).not.toBe(first);
    const long = await one.call('POST', `${jobs}/run-now`, {
      job_id: 1002,
      idempotency_token: 'x'.repeat(65),
    });
    expect(long.code).toBe(400);
  });

  it('that fails says INTERNAL_ERROR in the old member and TERMINATED in the new one', async () => {
    const one = await rig();
    await one.workspace.registerVersion('prod.ml.fraud', {
      behaviour: { jobs: { evaluate: { kind: 'fails', message: 'assert auc > 0.9' } } },
    });
    const id = await run(one, { job_parameters: { ...parameters, model_version: '2' } });
    await one.pass(8 * minute);
    const ended = await describeRun(one, id);
    expect(ended.state).toMatchObject({ life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED' });
    expect(ended.status).toMatchObject({
      state: 'TERMINATED',
      termination_details: { code: 'RUN_EXECUTION_ERROR' },
    });
    const { json } = await one.call('GET', `${jobs}/runs/get-output?run_id=${ended.tasks.at(-1).run_id}`);
    expect(json.error).toBe('assert auc > 0.9');
    expect(json.notebook_output).toBeUndefined();
  });

  it('returns what the version’s behaviour says, even a text that is no document', async () => {
    const one = await rig();
    await one.workspace.registerVersion('prod.ml.fraud', {
      behaviour: { jobs: { evaluate: { kind: 'returns', text: 'all good!' } } },
    });
    const id = await run(one, { job_parameters: { ...parameters, model_version: '2' } });
    await one.pass(8 * minute);
    const task = (await describeRun(one, id)).tasks.at(-1).run_id;
    const { json } = await one.call('GET', `${jobs}/runs/get-output?run_id=${task}`);
    expect(json.notebook_output.result).toBe('all good!');
  });

  it('can be cancelled while it runs, and not after', async () => {
    const one = await rig();
    const id = await run(one, {});
    await one.pass(minute);
    await one.call('POST', `${jobs}/runs/cancel`, { run_id: id });
    expect((await describeRun(one, id)).state.result_state).toBe('CANCELED');
    const other = await run(one, {});
    await one.pass(10 * minute);
    await one.call('POST', `${jobs}/runs/cancel`, { run_id: other });
    expect((await describeRun(one, other)).state.result_state).toBe('SUCCESS');
  });

  it('that nobody knows is a 400, as the real API answers', async () => {
    const { call } = await rig();
    expect(await call('GET', `${jobs}/runs/get?run_id=7`)).toMatchObject({
      code: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Run 7 does not exist.' },
    });
    expect((await call('POST', `${jobs}/run-now`, { job_id: 7 })).json.message).toBe('Job 7 does not exist.');
  });

  it('meets the limits per second with a 429 that does not say how long to wait', async () => {
    const one = await rig();
    for (let i = 0; i < 20; i++) expect(await run(one, {})).toBeGreaterThan(0);
    const answer = await one.call('POST', `${jobs}/run-now`, { job_id: 1002 });
    expect(answer).toMatchObject({ code: 429, json: { error_code: 'REQUEST_LIMIT_EXCEEDED' } });
    expect(answer.headers.get('retry-after')).toBeNull();
    await one.pass(1000);
    expect(await run(one, {})).toBeGreaterThan(0);
  });
});
