import { describe, expect, it } from 'vitest';
import { bench, errorOf } from './scripted-workspace.ts';

const get = 'GET /api/2.2/jobs/runs/get';
const output = 'GET /api/2.2/jobs/runs/get-output';

const ended = (code: string) => ({
  status: { state: 'TERMINATED', termination_details: { code, type: 'X', message: 'why' } },
});
const older = (life_cycle_state: string, result_state?: string) => ({
  state: { life_cycle_state, result_state, state_message: 'old' },
});

describe('a job run', () => {
  it.each([
    [
      'queued',
      {
        status: { state: 'QUEUED', queue_details: { code: 'MAX_CONCURRENT_RUNS_REACHED', message: 'wait' } },
      },
      'wait',
    ],
    ['queued', { status: { state: 'PENDING' } }, ''],
    ['queued', { status: { state: 'BLOCKED' } }, ''],
    ['queued', { status: { state: 'WAITING' } }, ''],
    ['running', { status: { state: 'RUNNING' } }, ''],
    ['running', { status: { state: 'TERMINATING' } }, ''],
    ['running', { status: { state: 'MEDITATING' } }, ''],
    ['succeeded', ended('SUCCESS'), 'SUCCESS: why'],
    ['failed', ended('SUCCESS_WITH_FAILURES'), 'SUCCESS_WITH_FAILURES: why'],
    ['failed', ended('RUN_EXECUTION_ERROR'), 'RUN_EXECUTION_ERROR: why'],
    ['failed', ended('MAX_CONCURRENT_RUNS_EXCEEDED'), 'MAX_CONCURRENT_RUNS_EXCEEDED: why'],
    ['failed', ended('SOMETHING_NEW'), 'SOMETHING_NEW: why'],
    ['failed', { status: { state: 'TERMINATED' } }, ''],
    ['cancelled', ended('USER_CANCELED'), 'USER_CANCELED: why'],
    ['cancelled', ended('CANCELED'), 'CANCELED: why'],
    ['queued', older('QUEUED'), 'old'],
    ['running', older('WAITING_FOR_RETRY'), 'old'],
    ['succeeded', older('TERMINATED', 'SUCCESS'), 'SUCCESS: old'],
    ['failed', older('TERMINATED', 'TIMEDOUT'), 'TIMEDOUT: old'],
    ['failed', older('SKIPPED', 'MAXIMUM_CONCURRENT_RUNS_REACHED'), 'MAXIMUM_CONCURRENT_RUNS_REACHED: old'],
    ['failed', older('INTERNAL_ERROR', 'FAILED'), 'FAILED: old'],
    ['cancelled', older('TERMINATED', 'UPSTREAM_CANCELED'), 'UPSTREAM_CANCELED: old'],
  ])('is %s when the workspace says %j', async (phase, body, message) => {
    const { workspace, client } = await bench();
    workspace.answer(get, { body });
    expect(await client.jobs.getRun(17)).toEqual({ phase, message, tasks: [] });
    expect(workspace.heard[0]?.query).toEqual({ run_id: '17' });
  });

  it('is judged by status where the older state contradicts it', async () => {
    const { workspace, client } = await bench();
    workspace.answer(
      get,
      { body: { ...ended('SUCCESS'), ...older('INTERNAL_ERROR', 'FAILED') } },
      { body: { ...ended('RUN_EXECUTION_ERROR'), ...older('TERMINATED', 'SUCCESS') } },
    );
    expect((await client.jobs.getRun(1)).phase).toBe('succeeded');
    expect((await client.jobs.getRun(1)).phase).toBe('failed');
  });

  it('without any state is unreadable, not running', async () => {
    const { workspace, client } = await bench();
    workspace.answer(get, { body: { run_id: 17 } });
    expect((await errorOf(client.jobs.getRun(17))).name).toBe('DatabricksAnswerUnreadable');
  });

  it('lists its tasks over all pages, each with its own run id', async () => {
    const { workspace, client } = await bench();
    workspace.answer(
      get,
      {
        body: {
          ...ended('SUCCESS'),
          tasks: [{ task_key: 'prepare', run_id: 101, attempt_number: 1, start_time: 1_790_000_000_000 }],
          next_page_token: 'p2',
        },
      },
      { body: { tasks: [], next_page_token: 'p3' } },
      { body: { tasks: [{ task_key: 'report', run_id: 102, start_time: 0 }] } },
    );
    expect((await client.jobs.getRun(17)).tasks).toEqual([
      { taskKey: 'prepare', runId: 101, attempt: 1, startTime: 1_790_000_000_000 },
      { taskKey: 'report', runId: 102, attempt: 0 },
    ]);
    expect(workspace.heard.map(({ query }) => query['page_token'])).toEqual([undefined, 'p2', 'p3']);
  });

  it('whose page token never ends is unreadable', async () => {
    const { workspace, client } = await bench();
    workspace.answer(get, { body: { ...ended('SUCCESS'), next_page_token: 'again' } });
    expect((await errorOf(client.jobs.getRun(17))).message).toContain('the same page token came twice');
  });

  it('gives the output of a task, and says when it is cut or failed', async () => {
    const { workspace, client } = await bench();
    workspace.answer(
      output,
      { body: { notebook_output: { result: '{"schema":"x"}', truncated: false }, metadata: {} } },
      { body: { notebook_output: { result: '{"sche', truncated: true } } },
      { body: { notebook_output: {}, error: 'ValueError: bad', error_trace: '…' } },
      { body: { logs: 'printed' } },
    );
    const outputs = [];
    for (let n = 0; n < 4; n++) outputs.push(await client.jobs.output(102));
    expect(outputs).toEqual([
      { text: '{"schema":"x"}', truncated: false },
      { text: '{"sche', truncated: true },
      { error: 'ValueError: bad', truncated: false },
      { truncated: false },
    ]);
    expect(workspace.heard[0]?.query).toEqual({ run_id: '102' });
  });

  it('is cancelled by its id', async () => {
    const { workspace, client } = await bench();
    workspace.answer('POST /api/2.2/jobs/runs/cancel', { body: {} });
    await client.jobs.cancel(17);
    expect(workspace.heard[0]?.body).toEqual({ run_id: 17 });
  });

  it('is not started with a token that the workspace would cut', async () => {
    const { workspace, client } = await bench();
    for (const idempotencyToken of ['', 'x'.repeat(65)]) {
      const error = await errorOf(client.jobs.runNow({ jobId: 1, parameters: {}, idempotencyToken }));
      expect(error.name).toBe('DatabricksRejected');
    }
    expect(workspace.heard).toEqual([]);
  });
});
