import * as z from 'zod';
import type { Instant } from '../../domain/units.ts';
import { refuseToSend, unreadable } from './errors.ts';
import { type Call, parseAs, type Transport } from './transport.ts';
import { present, wireInstant, wireInt, wireText } from './wire.ts';

export type RunPhase = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface TaskView {
  readonly taskKey: string;
  /** The task's own run id: what `output` takes. */
  readonly runId: number;
  /** 0 for the first attempt; a retried or repaired task is listed once per attempt. */
  readonly attempt: number;
  /** Absent while the task has not started. */
  readonly startTime?: Instant;
}

export interface RunView {
  readonly phase: RunPhase;
  /** For people; begins with the termination code where the workspace gives one. */
  readonly message: string;
  readonly tasks: readonly TaskView[];
}

export interface TaskOutput {
  /** What the task's notebook returned, at most 5 MB. */
  readonly text?: string;
  readonly truncated: boolean;
  readonly error?: string;
}

export interface RunRequest {
  readonly jobId: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** 1 to 64 characters. The same token gives the run that it started before. */
  readonly idempotencyToken: string;
}

export interface Jobs {
  /** Repeated after a lost answer: the token makes the second one harmless. @returns the run id */
  runNow(request: RunRequest): Promise<number>;
  /** Repeated after a lost answer. @throws ReleaseError DatabricksNotFound for an unknown or purged run */
  getRun(runId: number): Promise<RunView>;
  /** Repeated after a lost answer. @param taskRunId a task's run id, not the run's */
  output(taskRunId: number): Promise<TaskOutput>;
  /** Asynchronous. Repeated after a lost answer. */
  cancel(runId: number): Promise<void>;
}

const runState = z.looseObject({
  state: wireText,
  termination_details: z.looseObject({ code: wireText, message: wireText }).nullish(),
  queue_details: z.looseObject({ message: wireText }).nullish(),
});
const olderState = z.looseObject({
  life_cycle_state: wireText,
  result_state: wireText,
  state_message: wireText,
});

const runBody = z.looseObject({
  status: runState.nullish(),
  state: olderState.nullish(),
  tasks: z
    .array(
      z.looseObject({
        task_key: z.string(),
        run_id: wireInt,
        attempt_number: wireInt.nullish(),
        start_time: wireInstant.nullish(),
      }),
    )
    .nullish(),
  next_page_token: wireText,
});
type RunBody = z.output<typeof runBody>;

const outputBody = z.looseObject({
  notebook_output: z
    .looseObject({ result: z.string().nullish(), truncated: z.boolean().nullish() })
    .nullish(),
  error: wireText,
});

export function createJobs(transport: Transport): Jobs {
  return {
    async runNow({ jobId, parameters, idempotencyToken }) {
      // A longer token might be cut, and two cut tokens might be equal: somebody else's run.
      if (idempotencyToken.length < 1 || idempotencyToken.length > 64) {
        throw refuseToSend(
          `an idempotency token has 1 to 64 characters, this one has ${idempotencyToken.length}`,
        );
      }
      const call: Call = {
        method: 'POST',
        path: '/api/2.2/jobs/run-now',
        body: { job_id: jobId, job_parameters: parameters, idempotency_token: idempotencyToken },
        repeat: 'always',
      };
      return (await transport.read(call, z.looseObject({ run_id: wireInt }))).run_id;
    },

    async getRun(runId) {
      const first: Call = {
        method: 'GET',
        path: '/api/2.2/jobs/runs/get',
        query: { run_id: runId },
        repeat: 'always',
      };
      const run = parseAs(runBody, await transport.json(first), first);
      const tasks = (run.tasks ?? []).map(taskView);
      const seen = new Set<string>();
      // A page holds 100 tasks; later pages repeat the run without its state.
      for (let token = run.next_page_token; token !== undefined; ) {
        if (seen.has(token)) throw unreadable(first, 'the same page token came twice');
        seen.add(token);
        const page = await transport.read(
          { ...first, query: { run_id: runId, page_token: token } },
          runBody.pick({ tasks: true, next_page_token: true }),
        );
        tasks.push(...(page.tasks ?? []).map(taskView));
        token = page.next_page_token;
      }
      const phase = phaseOf(run);
      if (!phase) throw unreadable(first, 'the run has neither status nor state');
      return { phase, message: messageOf(run), tasks };
    },

    async output(taskRunId) {
      const wire = await transport.read(
        {
          method: 'GET',
          path: '/api/2.2/jobs/runs/get-output',
          query: { run_id: taskRunId },
          repeat: 'always',
        },
        outputBody,
      );
      return {
        truncated: wire.notebook_output?.truncated ?? false,
        ...present({ text: wire.notebook_output?.result ?? undefined, error: wire.error }),
      };
    },

    async cancel(runId) {
      await transport.tell({
        method: 'POST',
        path: '/api/2.2/jobs/runs/cancel',
        body: { run_id: runId },
        repeat: 'always',
      });
    },
  };
}

function taskView(wire: NonNullable<RunBody['tasks']>[number]): TaskView {
  return {
    taskKey: wire.task_key,
    runId: wire.run_id,
    attempt: wire.attempt_number ?? 0,
    ...present({ startTime: wire.start_time ?? undefined }),
  };
}

const cancelled = new Set(['CANCELED', 'USER_CANCELED', 'UPSTREAM_CANCELED']);

/**
 * `status` before `state`: a run with a failed task says INTERNAL_ERROR in the older `state`, and TERMINATED with the
 * reason in `status`. Only a plain SUCCESS is a success; SUCCESS_WITH_FAILURES means that a task failed.
 */
function phaseOf({ status, state }: RunBody): RunPhase | undefined {
  const ended = (how: string | undefined): RunPhase => {
    if (how === 'SUCCESS') return 'succeeded';
    return how !== undefined && cancelled.has(how) ? 'cancelled' : 'failed';
  };
  switch (status?.state ?? state?.life_cycle_state) {
    case undefined:
      return undefined;
    case 'QUEUED':
    case 'PENDING':
    case 'BLOCKED':
    case 'WAITING':
      return 'queued';
    case 'TERMINATED':
      return ended(status?.termination_details?.code ?? state?.result_state);
    // The older field's other ends: not started at all, and ended by a failed task or by the platform.
    case 'SKIPPED':
    case 'INTERNAL_ERROR':
      return 'failed';
    // RUNNING, TERMINATING, WAITING_FOR_RETRY, and states that are still to be invented: the deadline bounds them.
    default:
      return 'running';
  }
}

function messageOf({ status, state }: RunBody): string {
  const code = status?.termination_details?.code ?? state?.result_state;
  const text = status?.termination_details?.message ?? status?.queue_details?.message ?? state?.state_message;
  return [code, text].filter((part) => part !== undefined).join(': ');
}
