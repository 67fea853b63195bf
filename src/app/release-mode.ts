import type { Policy } from '../contracts/policy.ts';
import type { OutcomeKind, Release } from '../domain/release.ts';
import { configOf } from './environment.ts';
import { plannedBefore } from './plan-document.ts';
import type { Ports } from './ports/ports.ts';
import { brief, wholeTrail } from './trail.ts';

/** Two ways to be released otherwise than a policy says: in an emergency, and with Headgate only looking on. */

/** Who started an emergency, and why. */
export interface Emergency {
  readonly by: string;
  readonly reason: string;
}

/** The line of the trail that makes a release an emergency: there is none that is not audited. */
export const emergencyStart = 'EmergencyStart';

export async function emergencyOf(ports: Ports, releaseId: string): Promise<Emergency | undefined> {
  const trail = await wholeTrail(ports, { releaseId });
  const line = trail.find(({ action }) => action === emergencyStart);
  return line && { by: line.actor, reason: line.says };
}

/**
 * The policy without what compares the candidate with a baseline that may be the trouble: all traffic in one step,
 * judged alone by the gates' absolute bounds there and in the soak. What identifies the artefact, the state of the
 * endpoint, the jobs that test it and the approvals stay; undecided at its deadline, a person decides.
 */
export function inEmergency(policy: Policy, { by, reason }: Emergency): Policy {
  const off = { enabled: false, why: `emergency by ${by}: ${reason}` };
  const { approvals } = policy.emergency;
  const { approve, evaluate, shadow } = policy.stages;
  return {
    ...policy,
    strategy: { kind: 'blueGreen', step: { minBake: 0 } },
    atDeadline: 'hold',
    readiness: 'tell',
    freezeWindows: [],
    stages: {
      ...policy.stages,
      evaluate: { ...evaluate, ...off },
      shadow: { ...shadow, ...off },
      approve: approvals > 0 ? { ...approve, enabled: true, approvals } : { ...approve, ...off },
    },
  };
}

/** The policy without what would need a version in staging, which observe-only does not bring there. */
export function onlyObserving(policy: Policy): Policy {
  const why = 'observe-only: the version is not brought to staging';
  const verifyStaging = { ...policy.stages.verifyStaging, enabled: false, why };
  return { ...policy, stages: { ...policy.stages, verifyStaging } };
}

/**
 * Whether nothing may be written: as the release was planned, so that a change of the configuration neither begins to
 * write in the middle of one nor leaves it half done; without a plan as configured now.
 */
export async function observesOnly(
  ports: Ports,
  { releaseId, endpoint }: Pick<Release, 'releaseId' | 'endpoint'>,
): Promise<boolean> {
  const document = await plannedBefore(ports, releaseId);
  return (document ?? configOf(ports.environment, endpoint)).mode === 'observe';
}

const would: Readonly<Record<OutcomeKind, string>> = {
  promoted: 'would have been promoted',
  restored: 'would have been restored',
  rolledBack: 'would have been rolled back',
  rejected: 'would have been ended',
  superseded: '',
  observed: '',
};

/** The outcome that may be claimed: where nothing was written, what would have been done is told and not claimed. */
export async function claimed<Kind extends OutcomeKind>(
  ports: Ports,
  release: Release,
  outcome: { readonly kind: Kind; readonly says: string },
): Promise<{ kind: Kind | 'observed'; says: string }> {
  if (would[outcome.kind] === '') return outcome;
  // Refused before it was planned: nothing had begun, whoever would have written.
  const planned = (await plannedBefore(ports, release.releaseId)) !== undefined;
  if (!(planned || release.intent === 'rollback') || !(await observesOnly(ports, release))) return outcome;
  return {
    kind: 'observed',
    says: brief(`observe-only, nothing was written; it ${would[outcome.kind]}: ${outcome.says}`, 3_900),
  };
}
