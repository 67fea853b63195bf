import { ReleaseError } from '../../contracts/errors.ts';
import type { StateInput, StateOutput } from '../../contracts/states.ts';
import type { Release } from '../../domain/release.ts';
import { days } from '../../domain/units.ts';
import { settle } from '../command.ts';
import { configIfAny } from '../environment.ts';
import type { Wait, WaitDecision } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { observesOnly } from '../release-mode.ts';
import { brief, note } from '../trail.ts';
import { aboutWait, stageDone, standStill } from '../wait.ts';
import { targetOf } from '../write/configurations.ts';
import type { RestoreProgress } from '../write/restore.ts';
import { reasonOf } from './health.ts';
import { insist, pursue } from './pursuit.ts';

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
    progress = await pursue(ports, input);
  } finally {
    // After the way back has begun: in a storm of alerts the book-keeping takes seconds, and no request waits for it.
    await obeyed(ports, release);
  }
  return { wrote: row.intent !== null || progress.kind !== 'observed' };
}

/**
 * @throws `TrafficSettling` until the baseline is observed with all traffic, and then with its configuration as it was;
 * `EndpointDraining` while a write that was recorded before either may still arrive.
 */
export async function verifyBaseline(
  ports: Ports,
  input: StateInput<'VerifyBaseline'>,
): Promise<StateOutput<'VerifyBaseline'>> {
  const { release, lease } = input;
  const progress = await pursue(ports, input);
  if (progress.kind !== 'observed') {
    const name = progress.kind === 'draining' ? 'EndpointDraining' : 'TrafficSettling';
    throw new ReleaseError(name, `${lease.endpoint}: ${progress.says}`);
  }
  await insist(ports, input, 'the alias', () => restoreAlias(ports, input));
  await obeyed(ports, release);
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
  const progress = await pursue(ports, { release, lease });
  if (progress.kind !== 'observed') return undefined;
  // All that VerifyBaseline asks for, or the machine would go back and forth between the two.
  const owned = { release, lease };
  await insist(ports, owned, 'the alias', () => restoreAlias(ports, owned));
  return stageDone('the baseline is observed');
}

/** What was asked of the release until now is done by the restore, or has nothing left to act on. */
async function obeyed(ports: Ports, { releaseId }: Release): Promise<void> {
  await settle(ports, releaseId, 'restore', 'the baseline is being restored');
  await settle(ports, releaseId, 'hold', 'a restore is never held', 'rejected');
}

/** The alias goes back where this release had moved it. */
async function restoreAlias(
  ports: Ports,
  { release, lease }: Pick<StateInput<'VerifyBaseline'>, 'release' | 'lease'>,
): Promise<void> {
  const row = await ports.ledger.assertLease(lease);
  // An endpoint that left the configuration meanwhile has no alias that we know of.
  const config = configIfAny(ports.environment, lease.endpoint);
  if (config?.alias === undefined) return;
  const { alias, model } = config;
  const { registry } = ports.workspace('production');
  const named = await registry.alias(model, alias);
  const ours = release.intent === 'rollback' || named === release.version;
  const { version } = targetOf(row);
  if (!ours || named === undefined || named === version) return;
  if (await observesOnly(ports, release)) {
    await note(ports, release, 'WouldWrite', `observe-only: ${alias} names version ${version} again`, {
      once: 'alias',
    });
    return;
  }
  await ports.ledger.announce(lease, { direction: 'restore', at: ports.clock.now() });
  await registry.setAlias(model, alias, version);
  await note(ports, release, 'AliasMoved', `${alias} names version ${version} again`, { once: 'back' });
}
