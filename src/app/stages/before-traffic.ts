import { ReleaseError } from '../../contracts/errors.ts';
import type { StateInput, StateOutput } from '../../contracts/states.ts';
import { shareOf, split, traffic } from '../../domain/traffic.ts';
import { millis, percent } from '../../domain/units.ts';
import { sha256 } from '../digest.ts';
import { configOf } from '../environment.ts';
import { refuseFrozen } from '../freeze.ts';
import { type PlanDocument, readPlan } from '../plan-document.ts';
import type { Wait, WaitDecision } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { note } from '../trail.ts';
import { aboutWait, skipStage, stageDone, standStill, stopped, whyOff } from '../wait.ts';
import { hiddenFields } from '../write/configurations.ts';
import { writeForward } from '../write/forward.ts';
import { wouldWrite } from '../write/would-write.ts';

/** Stages that no production request sees: assessment, staging, approval, warm-up. */

/** What was planned and evaluated must be what is registered now. */
export async function assessIntegration(
  ports: Ports,
  input: StateInput<'AssessIntegration'>,
): Promise<StateOutput<'AssessIntegration'>> {
  await ports.ledger.assertLease(input.lease);
  const document = await readPlan(ports, input.plan);
  const policy = document.policy.stages.assess;
  const says = policy.enabled
    ? `${input.release.model} version ${input.release.version} is READY and the artefact that was planned`
    : `skipped by policy: ${whyOff(policy)}`;
  if (policy.enabled) await refuseChangedArtefact(ports, document);
  await note(ports, input.release, 'AssessIntegration', says, { once: '1' });
  return { says, evidence: null };
}

/** @throws `UnknownModelVersion`, `ArtefactChanged`. */
export async function refuseChangedArtefact(ports: Ports, document: PlanDocument): Promise<void> {
  const { model, version } = document.release;
  const registered = await ports.workspace('production').registry.version(model, version);
  if (!registered.ready) {
    throw new ReleaseError(
      'UnknownModelVersion',
      `${model} version ${version} is ${registered.readiness}, not READY`,
    );
  }
  if (sha256(registered.identity) !== document.artefactDigest) {
    throw new ReleaseError(
      'ArtefactChanged',
      `${model} version ${version} is not the artefact that was planned`,
    );
  }
}

/** The candidate takes the staging endpoint alone. Staging has no baseline to protect, so nothing is restored there. */
export async function deployToStaging(ports: Ports, input: StateInput<'DeployToStaging'>): Promise<void> {
  await ports.ledger.assertLease(input.lease);
  const document = await readPlan(ports, input.plan);
  const policy = document.policy.stages.stage;
  if (!policy.enabled) return skipStage(ports, input, 'DeployToStaging', policy);
  const observing = document.mode === 'observe';
  const endpoint = configOf(ports.environment, input.release.endpoint).stagingEndpoint ?? '';
  const { serving } = ports.workspace('staging');
  const seen = await serving.observe(endpoint);
  const { entity, version } = document.candidate;
  const old = seen.entities.find((one) => one.name !== entity);
  const served = seen.entities.find((one) => one.name === entity);
  const like = served ?? old;
  if (!like)
    throw new ReleaseError('PolicyInvalid', `${endpoint}: the staging endpoint serves nothing to copy from`);
  let desired = serving.change(seen.configuration, {
    add: { name: entity, version, like: like.name },
    traffic: traffic({ [entity]: 100 }),
  });
  for (const other of seen.entities.filter((one) => one.name !== entity)) {
    desired = serving.change(desired, { remove: other.name });
  }
  const changes = serving.differences(desired, seen.configuration, entity);
  if (observing) {
    const says = `${endpoint}: ${serving.differences(seen.configuration, desired).join('; ') || 'nothing'}`;
    await wouldWrite(ports, input.release, 'staging', desired, says);
    return skipStage(ports, input, 'DeployToStaging', { why: 'observe-only' });
  }
  const arrived = changes.length === 0;
  if (!arrived && seen.update !== 'inProgress') await serving.replace(endpoint, desired);
  else if (!arrived && !pendingServes(seen.pending, version)) {
    throw new ReleaseError('DatabricksConflict', `${endpoint}: another update is in progress`);
  }
  await standStill(ports, input, 'DeployToStaging', {
    kind: 'endpointUpdate',
    reference: { role: 'staging', endpoint, entity, share: 100 },
    within: millis(policy.deadline),
    says: `${endpoint} gets ${entity}`,
  });
}

/** Whether an update that is under way already brings the version. */
function pendingServes(pending: unknown, version: string): boolean {
  return JSON.stringify(pending ?? {}).includes(`"entity_version":"${version}"`);
}

export async function approve(ports: Ports, input: StateInput<'Approve'>): Promise<void> {
  const document = await readPlan(ports, input.plan);
  const policy = document.policy.stages.approve;
  if (!policy.enabled) return skipStage(ports, input, 'Approve', policy);
  await standStill(ports, input, 'Approve', {
    kind: 'approval',
    reference: { approvals: policy.approvals },
    within: millis(policy.deadline),
    says: `waits for ${policy.approvals} approval${policy.approvals === 1 ? '' : 's'}`,
  });
}

/** The candidate is deployed beside the baseline at 0 %, so that later only traffic-only updates are needed. */
export async function warmCandidate(ports: Ports, input: StateInput<'WarmCandidate'>): Promise<void> {
  const document = await readPlan(ports, input.plan);
  await refuseChangedArtefact(ports, document);
  const { baseline, candidate } = document;
  const observing = document.mode === 'observe';
  await writeForward(ports, input.lease, {
    purpose: 'warm',
    candidate: candidate.entity,
    change: {
      add: { name: candidate.entity, version: candidate.version, like: baseline.entity },
      traffic: split(baseline.entity, candidate.entity, percent(0)),
      ...hiddenFields(ports, input.lease),
    },
    observeOnly: observing ? document.release : undefined,
    guard: async () => refuseFrozen(ports, document),
  });
  const about = { role: 'production', endpoint: input.release.endpoint, entity: candidate.entity };
  await standStill(ports, input, 'WarmCandidate', {
    kind: 'endpointUpdate',
    // Who sets the shares by hand may give the candidate some at once.
    reference: { ...about, share: observing ? null : 0 },
    within: millis(document.policy.stages.warm.deadline),
    says: observing
      ? `observe-only: waits until somebody deploys version ${candidate.version} as ${candidate.entity}`
      : `${candidate.entity} at 0 %; the endpoint accepts no other update until it is ready`,
  });
}

/** What the watcher does with an endpoint that is being updated: undefined while it is under way. */
export async function watchUpdate(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  const { role, endpoint, entity, share } = aboutWait<{
    role: 'staging' | 'production';
    endpoint: string;
    entity: string;
    /** Null for any. */
    share: number | null;
  }>(wait);
  const seen = await ports.workspace(role).serving.observe(endpoint);
  if (seen.update === 'inProgress') return undefined;
  const served = seen.entities.find((one) => one.name === entity);
  const has = shareOf(seen.traffic, entity);
  if (served?.ready && seen.ready && (share === null || has === share)) {
    return stageDone(`${endpoint}: ${entity} is ready at ${has} %`);
  }
  if (share !== null && (seen.update === 'failed' || seen.update === 'cancelled')) {
    return stopped(
      'EndpointUpdateFailed',
      `${endpoint}: the update was ${seen.update}; the old configuration serves`,
    );
  }
  // Right after a write the old state may still be shown.
  return undefined;
}
