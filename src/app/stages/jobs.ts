import type { Policy } from '../../contracts/policy.ts';
import { stageReport } from '../../contracts/stage-report.ts';
import type { StateInput } from '../../contracts/states.ts';
import type { WorkspaceRole } from '../../contracts/workspace-roles.ts';
import type { EvidenceRef, StageReport } from '../../domain/evidence.ts';
import { millis } from '../../domain/units.ts';
import { sha256 } from '../digest.ts';
import { configOf } from '../environment.ts';
import { type PlanDocument, readPlan } from '../plan-document.ts';
import type { Wait, WaitDecision } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { aboutWait, skipStage, stageDone, standStill, stopped, waitKey } from '../wait.ts';

/** Stages that are Databricks jobs: started once per visit, watched from outside, judged by the report they return. */
export type JobState = 'Test' | 'Evaluate' | 'VerifyStaging';

const jobStages = {
  Test: { role: 'test', job: 'test', stage: 'test' },
  Evaluate: { role: 'evaluate', job: 'evaluate', stage: 'evaluate' },
  VerifyStaging: { role: 'staging', job: 'verifyStaging', stage: 'verifyStaging' },
} as const satisfies Record<JobState, { role: WorkspaceRole; job: string; stage: keyof Policy['stages'] }>;

export async function startJob(ports: Ports, input: StateInput<JobState>, state: JobState): Promise<void> {
  const { release } = input;
  const document = await readPlan(ports, input.plan);
  const { role, job, stage } = jobStages[state];
  const policy = document.policy.stages[stage];
  if (!policy.enabled) return skipStage(ports, input, state, policy);
  const jobId = configOf(ports.environment, release.endpoint).jobs[job] ?? '';
  const key = waitKey(input, state);
  // At most 64 characters; the same visit asks with the same token and so gets the same run.
  const token = sha256(`${key.releaseId}/${state}/${key.visit}`);
  const parameters = { model_name: release.model, model_version: release.version };
  const runId = await ports.workspace(role).jobs.start(jobId, parameters, token);
  await standStill(ports, input, state, {
    kind: 'job',
    reference: { role, runId, plan: input.plan.document, state },
    within: millis(policy.deadline),
    says: `job ${jobId}, run ${runId}`,
  });
}

/** What the watcher does with a job: undefined while it runs. */
export async function watchJob(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  const { role, runId, state, plan } = aboutWait<JobWait>(wait);
  const document = await readPlan(ports, { document: plan });
  const { jobs } = ports.workspace(role);
  const run = await jobs.run(runId);
  switch (run.phase) {
    case 'queued':
    case 'running':
      return undefined;
    case 'failed':
    case 'cancelled':
      return stopped('StageFailed', `${state}: run ${runId} ${run.phase}: ${run.says}`);
    case 'succeeded':
      return judgeReport(ports, document, state, runId, await jobs.output(runId));
  }
}

interface JobWait {
  readonly role: WorkspaceRole;
  readonly runId: string;
  readonly state: JobState;
  readonly plan: EvidenceRef;
}

async function judgeReport(
  ports: Ports,
  document: PlanDocument,
  state: JobState,
  runId: string,
  text: string | undefined,
): Promise<WaitDecision> {
  const read = readReport(text);
  if ('fault' in read) return stopped('EvidenceInvalid', `${state}: run ${runId} ${read.fault}`);
  const { report } = read;
  const { release } = document;
  if (report.model.name !== release.model || report.model.version !== release.version) {
    const says = `reports on ${report.model.name} version ${report.model.version}, not on ${release.model} ${release.version}`;
    return stopped('EvidenceInvalid', `${state}: run ${runId} ${says}`);
  }
  const path = `releases/${release.releaseId}/reports/${jobStages[state].stage}.json`;
  const summary = `${report.checks.length} checks, ${report.metrics.length} metrics, MLflow run ${report.runId}`;
  const evidence = await ports.evidence.put(path, `${JSON.stringify(report, null, 2)}\n`, summary);
  await ports.ledger.attachFile(release.releaseId, evidence);
  const broken = breaches(document.policy, state, report);
  return broken.length > 0
    ? stopped('StageFailed', `${state}: ${broken.join('; ')}`, { evidence })
    : stageDone(`${state}: ${summary}`, evidence);
}

function readReport(text: string | undefined): { report: StageReport } | { fault: string } {
  if (text === undefined) return { fault: 'returned no headgate.result/v1 document' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { fault: 'returned text that is no JSON' };
  }
  const parsed = stageReport.safeParse(json);
  if (parsed.success) return { report: parsed.data };
  const issue = parsed.error.issues[0];
  return {
    fault: `does not follow headgate.result/v1: ${issue?.path.join('.') || 'document'}: ${issue?.message}`,
  };
}

/** A report that checked and measured nothing proves nothing. */
function breaches(policy: Policy, state: JobState, report: StageReport): string[] {
  if (report.checks.length + report.metrics.length === 0) return ['the report holds no check and no metric'];
  const failed = report.checks
    .filter((check) => !check.passed)
    .map((check) => `check "${check.name}" failed`);
  const thresholds = state === 'Evaluate' ? policy.stages.evaluate.thresholds : [];
  const out = thresholds.flatMap(({ metric, min, max }) => {
    // Reported twice, both must hold: nothing says which one is meant.
    const values = report.metrics.filter((one) => one.name === metric).map((one) => one.value);
    if (values.length === 0) return [`metric "${metric}" was not reported`];
    return values.flatMap((value) => {
      if (min !== undefined && value < min) return [`${metric} ${value} is below ${min}`];
      if (max !== undefined && value > max) return [`${metric} ${value} is above ${max}`];
      return [];
    });
  });
  return [...failed, ...out];
}
