import type { Jobs } from '../../../src/app/ports/workspace.ts';
import { ReleaseError } from '../../../src/contracts/errors.ts';
import { changeWorld, type Live, type RunState } from '../world.ts';

/** How long a job of the explorer runs, in milliseconds. */
const runsFor = 10_000;

export function jobsIn(live: Live): Jobs {
  const runOf = (runId: string): RunState => {
    const found = live.world.workspace.runs.find((one) => one.runId === runId);
    if (found) return found;
    throw new ReleaseError('DatabricksNotFound', `run ${runId} does not exist`);
  };
  const save = (runs: readonly RunState[]) =>
    changeWorld(live, { workspace: { ...live.world.workspace, runs } });
  return {
    start: async (_jobId, parameters, token) => {
      const { runs } = live.world.workspace;
      const known = runs.find((one) => one.token === token);
      if (known) return known.runId;
      const runId = String(1000 + runs.length);
      save([...runs, { runId, token, until: live.world.now + runsFor, cancelled: false, parameters }]);
      return runId;
    },
    run: async (runId) => {
      const { cancelled, until } = runOf(runId);
      const phase = cancelled ? 'cancelled' : live.world.now < until ? 'running' : 'succeeded';
      return { runId, phase, says: phase };
    },
    output: async (runId) => {
      const { parameters } = runOf(runId);
      return JSON.stringify({
        schema: 'headgate.result/v1',
        runId: 'mlflow-1',
        artifactPath: 'report.json',
        model: { name: parameters['model_name'], version: parameters['model_version'] },
        checks: [{ name: 'answers', kind: 'functionality', passed: true }],
        metrics: [],
      });
    },
    cancel: async (runId) => {
      runOf(runId);
      const { runs } = live.world.workspace;
      save(runs.map((one) => (one.runId === runId ? { ...one, cancelled: true } : one)));
    },
  };
}
