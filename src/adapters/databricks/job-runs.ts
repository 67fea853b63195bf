import type { Jobs as JobsPort } from '../../app/ports/workspace.ts';
import { type ErrorName, ReleaseError } from '../../contracts/errors.ts';
import type { Jobs, TaskView } from './jobs.ts';

/** The port's ids are text, the workspace's are numbers. */
export function jobRuns(client: Jobs): JobsPort {
  const runNumber = (runId: string) => numberOf(runId, 'run', 'DatabricksRejected');
  return {
    async start(jobId, parameters, idempotencyToken) {
      const job = numberOf(jobId, 'job', 'PolicyInvalid');
      return String(await client.runNow({ jobId: job, parameters, idempotencyToken }));
    },

    async run(runId) {
      const { phase, message } = await client.getRun(runNumber(runId));
      return { runId, phase, says: message };
    },

    async output(runId) {
      const task = lastTask((await client.getRun(runNumber(runId))).tasks);
      if (!task) return undefined;
      const { text, truncated } = await client.output(task.runId);
      if (truncated) {
        const says = `run ${runId}: what task ${task.taskKey} returned was cut off by the workspace`;
        throw new ReleaseError('EvidenceInvalid', says);
      }
      return text;
    },

    cancel: async (runId) => client.cancel(runNumber(runId)),
  };
}

/** By start, so that the latest attempt of a repeated task is the one that speaks; never started comes first. */
function lastTask(tasks: readonly TaskView[]): TaskView | undefined {
  return tasks.toSorted((a, b) => (a.startTime ?? 0) - (b.startTime ?? 0) || a.attempt - b.attempt).at(-1);
}

function numberOf(id: string, what: 'job' | 'run', error: ErrorName): number {
  const value = /^\d+$/.test(id) ? Number(id) : Number.NaN;
  // Beyond 2^53 it would be somebody else's id.
  if (!Number.isSafeInteger(value)) {
    throw new ReleaseError(error, `${JSON.stringify(id)} is not the number of a ${what}`);
  }
  return value;
}
