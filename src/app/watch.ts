import { isReleaseError } from '../contracts/errors.ts';
import { apply, approved } from './command.ts';
import { publishDeliveries } from './intake.ts';
import type { Wait, WaitDecision } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { sideBySide } from './side-by-side.ts';
import { watchUpdate } from './stages/before-traffic.ts';
import { atDeadline, watchTraffic } from './stages/health.ts';
import { watchHold } from './stages/hold.ts';
import { watchJob } from './stages/jobs.ts';
import { watchRestore } from './stages/restore.ts';
import { watchShadow } from './stages/shadow.ts';
import { notRetired, watchRetirement } from './stages/traffic.ts';
import { startNext } from './start.ts';
import { brief, inWords } from './trail.ts';
import { decideWait, deliver, stageDone, stopped } from './wait.ts';

/** What one look at everything found; `troubles` are told, and tried again at the next tick. */
export interface Tick {
  readonly waits: number;
  readonly decided: number;
  readonly troubles: readonly { readonly where: string; readonly says: string }[];
}

/**
 * One look at every wait, at commands that still have to arrive, at events still to be published and at queues. It may
 * run twice at the same time and be cut off anywhere: each piece is decided once and is tried again.
 */
export async function tick(ports: Ports): Promise<Tick> {
  const troubles: { where: string; says: string }[] = [];
  let decided = 0;
  const attempt = async (where: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      // One endpoint's trouble must not keep the others from being looked at.
      troubles.push({ where, says: inWords(error) });
    }
  };
  const waits = await ports.ledger.unclosedWaits();
  const byEndpoint = Map.groupBy(waits, ({ endpoint }) => endpoint);
  const visit = async (endpoint: string) => {
    for (const wait of byEndpoint.get(endpoint) ?? []) {
      const where = `${wait.releaseId}/${wait.state}`;
      await attempt(where, async () => {
        if (await attend(ports, wait, (says) => troubles.push({ where, says }))) decided++;
      });
    }
    await attempt(endpoint, () => startNext(ports, endpoint));
  };
  // Also those that were never adopted: a release of theirs is refused, and the next one waits behind it.
  const known = (await ports.ledger.endpoints()).map(({ endpoint }) => endpoint);
  const configured = Object.values(ports.environment.endpoints).map(({ endpoint }) => endpoint);
  // Side by side: a tick has a minute on AWS, and a workspace or a bus that does not answer takes half of it for itself.
  await Promise.all([
    sideBySide([...new Set([...byEndpoint.keys(), ...known, ...configured])], visit),
    attempt('events', () => publishDeliveries(ports)),
  ]);
  return { waits: waits.length, decided, troubles };
}

/** @returns Whether this call decided the wait. */
async function attend(ports: Ports, wait: Wait, tell: (says: string) => void): Promise<boolean> {
  if (wait.phase === 'decided') {
    await deliver(ports, wait);
    return false;
  }
  for (const command of await ports.ledger.commands(wait.releaseId)) {
    if (command.phase === 'pending') await apply(ports, command);
  }
  const fresh = await ports.ledger.wait(wait);
  if (fresh?.phase !== 'open') return false;
  const decision = await lookAt(ports, fresh).catch((error: unknown) =>
    unavailable(ports, fresh, error, tell),
  );
  const due = decision ?? (await expired(ports, fresh));
  return due === undefined ? false : decideWait(ports, fresh, due);
}

async function lookAt(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  switch (wait.kind) {
    case 'job':
      return watchJob(ports, wait);
    case 'endpointUpdate':
      return wait.state === 'RetireBaseline' ? watchRetirement(ports, wait) : watchUpdate(ports, wait);
    case 'approval':
      return approved(ports, wait);
    case 'probes':
      return watchShadow(ports, wait);
    case 'traffic':
      return watchTraffic(ports, wait);
    case 'hold':
      return watchHold(ports, wait);
    case 'restore':
      return watchRestore(ports, wait);
    case 'skipped':
      return stageDone('skipped by policy');
  }
}

/**
 * A look that failed: shown on the wait and tried again at the next tick, until the wait's own deadline. A release
 * that lost its endpoint ends instead.
 */
async function unavailable(
  ports: Ports,
  wait: Wait,
  error: unknown,
  tell: (says: string) => void,
): Promise<WaitDecision | undefined> {
  if (isReleaseError(error, 'LeaseLost')) return { kind: 'stopped', error: 'LeaseLost', says: error.message };
  const says = `could not look: ${brief(inWords(error), 400)}`;
  tell(says);
  await ports.ledger.noteWait(wait, { lastLook: { at: ports.clock.now(), says } });
  return undefined;
}

/** A restore has no deadline: it is tried until it is observed. */
async function expired(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  if (ports.clock.now() < wait.deadline || wait.kind === 'restore') return undefined;
  const latest = (await ports.ledger.wait(wait)) ?? wait;
  if (wait.state === 'RetireBaseline') return notRetired(ports, latest);
  const seen = latest.lastLook?.says;
  const says = `${wait.state} was not decided in time${seen ? `; last seen: ${seen}` : ''}`;
  return stopped(wait.kind === 'traffic' ? await atDeadline(ports, wait) : 'DeadlinePassed', says);
}
