import type { Clock } from '../../src/app/ports/clock.ts';
import { isObject, type JsonObject } from './json.ts';
import { type JobOutcome, type JobProfile, jobOutcomeSchema, type Profile } from './profile.ts';
import { type Chance, chance } from './random.ts';
import { invalidParameter } from './refusal.ts';
import type { Registry } from './registry.ts';

interface Run {
  readonly runId: number;
  readonly numberInJob: number;
  readonly job: JobProfile;
  readonly parameters: Readonly<Record<string, string>>;
  readonly startedAt: number;
  readonly runningAt: number;
  readonly endsAt: number;
  readonly taskRunIds: readonly number[];
  readonly outcome: JobOutcome;
  readonly mlflowRunId: string;
  cancelledAt: number | undefined;
}

type Phase = 'PENDING' | 'RUNNING' | 'SUCCESS' | 'FAILED' | 'CANCELED';

const passing = { kind: 'succeeds', checks: [], metrics: [] } satisfies JobOutcome;

/** Jobs and their runs. A run's phase is computed from absolute times whenever somebody looks. */
export class Jobs {
  readonly #clock: Clock;
  readonly #profile: Profile;
  readonly #registry: Registry;
  readonly #durations: Chance;
  readonly #ids: Chance;
  readonly #runs = new Map<number, Run>();
  readonly #byToken = new Map<string, number>();
  #lastRunId = 400_000;

  constructor(profile: Profile, clock: Clock, registry: Registry, seed: number) {
    this.#profile = profile;
    this.#clock = clock;
    this.#registry = registry;
    this.#durations = chance(seed, 'job-durations');
    this.#ids = chance(seed, 'mlflow-runs');
  }

  /** @throws Refusal 400 for an unknown job or a body that is not one. */
  runNow(body: JsonObject): JsonObject {
    const job = this.#profile.jobs.find((candidate) => candidate.jobId === Number(body['job_id']));
    if (!job) throw invalidParameter(`Job ${String(body['job_id'])} does not exist.`);
    const token = body['idempotency_token'];
    if (token !== undefined && (typeof token !== 'string' || token.length > 64)) {
      throw invalidParameter('idempotency_token must be a string of at most 64 characters.');
    }
    const known = token ? this.#byToken.get(token) : undefined;
    if (known !== undefined) return startedBody(this.#run(known));
    const run = this.#start(job, parametersOf(body['job_parameters']));
    if (token) this.#byToken.set(token, run.runId);
    return startedBody(run);
  }

  /** @throws Refusal 400 `Run … does not exist.`, as the real API words a missing run. */
  describe(runId: number): JsonObject {
    const run = this.#run(runId);
    const phase = this.#phase(run);
    const ended = phase !== 'PENDING' && phase !== 'RUNNING';
    const endsAt = run.cancelledAt ?? run.endsAt;
    return {
      job_id: run.job.jobId,
      run_id: run.runId,
      number_in_job: run.numberInJob,
      original_attempt_run_id: run.runId,
      run_name: run.job.name,
      run_type: 'JOB_RUN',
      trigger: 'ONE_TIME',
      creator_user_name: this.#profile.principal,
      ...stateMembers(phase, run),
      start_time: run.startedAt,
      end_time: ended ? endsAt : 0,
      run_duration: ended ? endsAt - run.startedAt : 0,
      job_parameters: Object.entries(run.parameters).map(([name, value]) => ({ name, default: '', value })),
      tasks: run.job.tasks.map((key, i) => ({
        task_key: key,
        run_id: run.taskRunIds[i],
        attempt_number: 0,
        notebook_task: { notebook_path: `/Shared/${run.job.name}/${key}`, source: 'WORKSPACE' },
        start_time: run.startedAt,
        end_time: ended ? endsAt : 0,
        ...(i > 0 ? { depends_on: [{ task_key: run.job.tasks[i - 1] }] } : {}),
        ...stateMembers(phase, run),
      })),
    };
  }

  /** The output of one task. @throws Refusal 400 for a run with several tasks, or an unknown one. */
  output(runId: number): JsonObject {
    const run = [...this.#runs.values()].find((candidate) => candidate.taskRunIds.includes(runId));
    if (!run) {
      const whole = this.#run(runId);
      if (whole.taskRunIds.length > 1) {
        throw invalidParameter(
          'Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of each individual task run instead.',
        );
      }
      return this.output(whole.taskRunIds[0] ?? runId);
    }
    const phase = this.#phase(run);
    const metadata = { job_id: run.job.jobId, run_id: runId, ...stateMembers(phase, run) };
    const last = run.taskRunIds.at(-1) === runId;
    if (phase === 'SUCCESS') {
      return { metadata, notebook_output: last ? { result: resultText(run), truncated: false } : {} };
    }
    if (phase !== 'FAILED' || !last) return { metadata };
    const message = run.outcome.kind === 'fails' ? run.outcome.message : '';
    return { metadata, error: message, error_trace: `Exception: ${message}` };
  }

  cancel(runId: number): void {
    const run = this.#run(runId);
    const phase = this.#phase(run);
    if (phase === 'PENDING' || phase === 'RUNNING') run.cancelledAt = this.#clock.now();
  }

  #run(runId: number): Run {
    const found = this.#runs.get(runId);
    if (!found) throw invalidParameter(`Run ${runId} does not exist.`);
    return found;
  }

  #phase(run: Run): Phase {
    const now = this.#clock.now();
    if (run.cancelledAt !== undefined) return 'CANCELED';
    if (now < run.runningAt) return 'PENDING';
    if (now < run.endsAt) return 'RUNNING';
    return run.outcome.kind === 'fails' ? 'FAILED' : 'SUCCESS';
  }

  #start(job: JobProfile, parameters: Record<string, string>): Run {
    const startedAt = this.#clock.now();
    const runningAt = startedAt + Math.round(this.#durations.between(this.#profile.timings.jobQueue));
    const runId = ++this.#lastRunId;
    const run: Run = {
      runId,
      numberInJob: [...this.#runs.values()].filter((other) => other.job === job).length + 1,
      job,
      parameters,
      startedAt,
      runningAt,
      endsAt: runningAt + Math.round(this.#durations.between(job.duration)),
      taskRunIds: job.tasks.map(() => ++this.#lastRunId),
      outcome: this.#outcome(job, parameters['model_name'] ?? '', parameters['model_version'] ?? ''),
      mlflowRunId: this.#ids.hex(32),
      cancelledAt: undefined,
    };
    this.#runs.set(runId, run);
    return run;
  }

  #outcome(job: JobProfile, model: string, version: string): JobOutcome {
    const ofVersion = this.#registry.behaviour(model, version).jobs[job.name];
    if (ofVersion) return ofVersion;
    return job.outcome ? jobOutcomeSchema.parse(job.outcome(model, version)) : passing;
  }
}

function parametersOf(given: unknown): Record<string, string> {
  if (!isObject(given)) return {};
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
}

const startedBody = (run: Run): JsonObject => ({ run_id: run.runId, number_in_job: run.numberInJob });

/** The last task's text: a `headgate.result/v1` document, unless the outcome says otherwise. */
function resultText(run: Run): string {
  if (run.outcome.kind === 'returns') return run.outcome.text;
  const { checks, metrics } = run.outcome.kind === 'succeeds' ? run.outcome : passing;
  return JSON.stringify({
    schema: 'headgate.result/v1',
    runId: run.mlflowRunId,
    artifactPath: `dbfs:/databricks/mlflow-tracking/${run.job.jobId}/${run.mlflowRunId}/artifacts/${run.job.name}`,
    model: { name: run.parameters['model_name'] ?? '', version: run.parameters['model_version'] ?? '' },
    checks,
    metrics,
  });
}

/** The deprecated `state` and the newer `status`, which disagree about a failed run as the real ones do. */
function stateMembers(phase: Phase, run: Run): JsonObject {
  const failure = `Task ${run.job.tasks.at(-1)} failed with message: Workload failed, see run output for details.`;
  const ended = (lifeCycle: string, outcome: string, code: string, type: string, message: string) => ({
    state: { life_cycle_state: lifeCycle, result_state: outcome, state_message: message },
    status: { state: 'TERMINATED', termination_details: { code, type, message } },
  });
  switch (phase) {
    case 'PENDING':
    case 'RUNNING':
      return { state: { life_cycle_state: phase, state_message: '' }, status: { state: phase } };
    case 'SUCCESS':
      return ended('TERMINATED', 'SUCCESS', 'SUCCESS', 'SUCCESS', '');
    case 'FAILED':
      return ended('INTERNAL_ERROR', 'FAILED', 'RUN_EXECUTION_ERROR', 'CLIENT_ERROR', failure);
    case 'CANCELED':
      return ended('TERMINATED', 'CANCELED', 'USER_CANCELED', 'SUCCESS', 'Run cancelled.');
  }
}
