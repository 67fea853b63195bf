import { errors, isReleaseError, ReleaseError } from '../../contracts/errors.ts';
import type { StateInput, StateOutput } from '../../contracts/states.ts';
import { effectOf, type OutcomeKind, type Release } from '../../domain/release.ts';
import { days } from '../../domain/units.ts';
import { settle } from '../command.ts';
import { configOf } from '../environment.ts';
import type { Exposure } from '../judge.ts';
import { questionOf } from '../look.ts';
import { plannedBefore } from '../plan-document.ts';
import type { CommandRow, EndpointRow, Wait, WaitDecision } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { brief, note, wholeTrail } from '../trail.ts';
import { aboutWait, stageDone, standStill } from '../wait.ts';
import { targetOf } from '../write/configurations.ts';
import { type RestoreProgress, restoreStep } from '../write/restore.ts';
import { reasonOf } from './health.ts';

/** The way back: traffic first, observed, then everything else; it ends only when the baseline was seen to serve. */

export async function restoreBaseline(
  ports: Ports,
  input: StateInput<'RestoreBaseline'>,
): Promise<StateOutput<'RestoreBaseline'>> {
  const { release, lease, failure } = input;
  const row = await ports.ledger.beginRestore(lease);
  await note(ports, release, 'RestoreBegan', `${failure.error}: ${brief(reasonOf(failure))}`, { once: '1' });
  let progress: RestoreProgress;
  try {
    progress = await restoreStep(ports, lease, release.intent);
  } finally {
    // After the way back has begun: in a storm of alerts the book-keeping takes seconds, and no request waits for it.
    await settle(ports, release.releaseId, 'restore', 'the baseline is being restored');
    await settle(ports, release.releaseId, 'hold', 'the baseline is being restored instead');
  }
  await tell(ports, input, progress);
  return { wrote: row.intent !== null || progress.kind === 'settling' };
}

/** @throws `TrafficSettling` until the baseline is observed with all traffic and its configuration as it was. */
export async function verifyBaseline(
  ports: Ports,
  input: StateInput<'VerifyBaseline'>,
): Promise<StateOutput<'VerifyBaseline'>> {
  const { release, lease } = input;
  const progress = await restoreStep(ports, lease, release.intent);
  await tell(ports, input, progress);
  if (progress.kind === 'settling')
    throw new ReleaseError('TrafficSettling', `${lease.endpoint}: ${progress.says}`);
  await restoreAlias(ports, input);
  return { baseline: 100 };
}

/** The retries of the machine are used up: from here the watcher tries at every tick, for as long as it takes. */
export async function awaitBaseline(ports: Ports, input: StateInput<'AwaitBaseline'>): Promise<void> {
  await standStill(ports, input, 'AwaitBaseline', {
    kind: 'restore',
    reference: { release: input.release, lease: input.lease },
    within: days(9),
    says: `the restore has not been observed yet (${input.failure.error}); it is tried until it is`,
  });
}

export async function watchRestore(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  const { release, lease } = aboutWait<Pick<StateInput<'AwaitBaseline'>, 'release' | 'lease'>>(wait);
  const progress = await restoreStep(ports, lease, release.intent);
  await tell(ports, { release }, progress);
  if (progress.kind === 'settling') return undefined;
  // All that VerifyBaseline asks for, or the machine would go back and forth between the two.
  await restoreAlias(ports, { release, lease });
  return stageDone('the baseline is observed');
}

/** How the release ended, what it cost and how long the way back took. */
export async function recordIncident(
  ports: Ports,
  input: StateInput<'RecordIncident'>,
): Promise<StateOutput<'RecordIncident'>> {
  const { release, lease, failure } = input;
  const row = await ports.ledger.assertLease(lease);
  const commands = await ports.ledger.commands(release.releaseId);
  const trail = await wholeTrail(ports, { releaseId: release.releaseId });
  const at = (action: string) => trail.find((entry) => entry.action === action)?.at ?? null;
  const trigger = stoppedBy(commands);
  const triggeredAt = trigger?.at ?? at('RestoreBegan');
  const observedAt = at('BaselineObserved');
  const outcome = {
    kind: outcomeKind(release.intent, row, trigger),
    says: brief(`${named(failure.error)}${reasonOf(failure)}`, 3_900),
  };
  const incident = {
    schema: 'headgate.incident/v1',
    release,
    outcome,
    error: failure.error,
    triggeredAt,
    trigger: trigger
      ? { kind: trigger.kind, actor: trigger.actor, reason: trigger.reason }
      : { kind: 'evidence' },
    baselineObservedAt: observedAt,
    rollbackSeconds: triggeredAt === null || observedAt === null ? null : (observedAt - triggeredAt) / 1000,
    served: row.exposed ? await servedIfKnown(ports, release, input.exposure) : null,
    exposure: input.exposure,
    timeline: trail.map(({ at: time, actor, action, says }) => ({ at: time, actor, action, says })),
  };
  const name = outcome.kind === 'rolledBack' ? 'incident' : 'ending';
  const path = `releases/${release.releaseId}/${name}.json`;
  const file = await ports.evidence.put(path, `${JSON.stringify(incident, null, 2)}\n`, brief(outcome.says));
  await ports.ledger.attachFile(release.releaseId, file);
  await note(ports, release, 'RecordIncident', `${outcome.kind}: ${brief(outcome.says)}`, {
    evidence: file,
    once: '1',
  });
  return { outcome, incident: file };
}

/** The error's name, which is what people look up; a command's own words say who ended it, and need none. */
function named(error: string): string {
  return error in errors && error !== 'ReleaseInterrupted' ? `${error}: ` : '';
}

function stoppedBy(commands: readonly CommandRow[]): CommandRow | undefined {
  return commands.find((one) => one.phase === 'applied' && effectOf(one.kind) === 'restore');
}

/** What went through the restore was not promoted. */
type Undone = Exclude<OutcomeKind, 'promoted'>;

function outcomeKind(intent: string, row: EndpointRow, trigger: CommandRow | undefined): Undone {
  if (intent === 'rollback') return 'restored';
  if (trigger?.kind === 'supersede') return 'superseded';
  return row.exposed ? 'rolledBack' : 'rejected';
}

/** A count for the record must not keep the endpoint of a restored baseline from the next release. */
async function servedIfKnown(ports: Ports, release: Release, exposures: readonly Exposure[]) {
  try {
    return await served(ports, release.releaseId, exposures);
  } catch (error) {
    if (!isReleaseError(error)) throw error;
    const says = `${error.name}: ${brief(error.message)}`;
    await note(ports, release, 'CountUnknown', says, { once: '1' });
    return null;
  }
}

/** Requests that the candidate answered, and how many of them went wrong; null where the log gives no answer. */
async function served(
  ports: Ports,
  releaseId: string,
  exposures: readonly Exposure[],
): Promise<{ candidateRequests: number; candidateErrors: number } | null> {
  const document = await plannedBefore(ports, releaseId);
  if (exposures.length === 0 || !document) return null;
  // Up to now and not to the watermark, because an incident counts what was served, not what was proven.
  const question = { ...questionOf(ports, document, exposures), until: ports.clock.now() };
  const { requests } = ports.workspace('production');
  const windows = await requests.answer(await requests.ask(question), question);
  if (windows === 'running') return null;
  return windows.reduce(
    (sum, { candidate }) => ({
      candidateRequests: sum.candidateRequests + candidate.requests,
      candidateErrors: sum.candidateErrors + candidate.errors,
    }),
    { candidateRequests: 0, candidateErrors: 0 },
  );
}

/** The alias goes back where this release had moved it. */
async function restoreAlias(
  ports: Ports,
  { release, lease }: Pick<StateInput<'VerifyBaseline'>, 'release' | 'lease'>,
): Promise<void> {
  const row = await ports.ledger.assertLease(lease);
  const { alias, model } = configOf(ports.environment, lease.endpoint);
  if (alias === undefined) return;
  const { registry } = ports.workspace('production');
  const named = await registry.alias(model, alias);
  const ours = release.intent === 'rollback' || named === release.version;
  const { version } = targetOf(row);
  if (!ours || named === undefined || named === version) return;
  await registry.setAlias(model, alias, version);
  await note(ports, release, 'AliasMoved', `${alias} names version ${version} again`, { once: 'back' });
}

async function tell(
  ports: Ports,
  { release }: Pick<StateInput<'VerifyBaseline'>, 'release'>,
  progress: RestoreProgress,
): Promise<void> {
  if (progress.kind === 'observed' ? progress.baselineServes : progress.trafficRestored) {
    await note(ports, release, 'BaselineObserved', 'the baseline serves all traffic, observed', {
      once: '1',
    });
  }
  if (progress.kind === 'observed' && progress.foreign.length > 0) {
    const says = `left as somebody else changed it: ${brief(progress.foreign.join('; '))}`;
    await note(ports, release, 'ForeignChange', says, { once: 'restore' });
  }
}
