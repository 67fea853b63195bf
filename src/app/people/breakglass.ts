import type { BreakglassAnswer, BreakglassRequest } from '../../contracts/api.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { EndpointConfig } from '../../contracts/policy.ts';
import { askedBy } from '../../domain/release.ts';
import type { EndpointRow, ReleaseRecord } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { brief, inWords, note } from '../trail.ts';
import { decideWait } from '../wait.ts';
import { copyOf } from './restore-copies.ts';

/** A person takes an endpoint out of Headgate's hands: nothing is written there any more until it is given back. */

/**
 * The request that restores the baseline by hand; with `take`, Headgate lets go of the endpoint before it answers: a new
 * epoch, its release superseded, its execution stopped, no start and no restore.
 * @throws ReleaseError `NoLastGood` where nothing is known to go back to, and whatever keeps the request from being made:
 * then nothing was taken. Of the ledger while it takes: then only the ledger knows.
 */
export async function breakglass(
  ports: Ports,
  config: EndpointConfig,
  { take, reason, actor }: BreakglassRequest,
): Promise<BreakglassAnswer> {
  const { endpoint } = config;
  const row = await ports.ledger.endpoint(endpoint);
  // While a release runs, what it goes back to; it is the same but for a rollback, which leaves the last good one.
  const good = row?.owner ? row.target : row?.lastGood;
  if (!row || !good) {
    const says = `${endpoint} was never adopted: Headgate knows nothing to go back to`;
    throw new ReleaseError('NoLastGood', says);
  }
  // Before anything is taken: whoever takes an endpoint needs the request that restores it.
  const { copy } = await copyOf(ports, config, good);
  const says = `${take ? 'takes the endpoint from Headgate' : 'asked for the request only'}: ${reason || 'no reason given'}`;
  const at = ports.clock.now();
  const action = take ? 'Breakglass' : 'BreakglassRequested';
  await ports.ledger.audit({ at, actor, action, says, endpoint, evidence: good.configuration });
  const took = take ? await takeAway(ports, row, reason, actor) : null;
  const { version, entity, verifiedAt, request } = copy;
  return { endpoint, version, entity, verifiedAt, request, took };
}

async function takeAway(
  ports: Ports,
  row: EndpointRow,
  reason: string,
  actor: string,
): Promise<NonNullable<BreakglassAnswer['took']>> {
  const at = ports.clock.now();
  const running = await ports.ledger.releases({ endpoint: row.endpoint, phase: 'running' });
  const says = askedBy('breakglass', actor, reason);
  const freeze = { kind: 'breakglass', by: actor, reason, at } as const;
  const { epoch, writesUntil } = await ports.ledger.yieldEndpoint(row.endpoint, freeze, {
    kind: 'superseded',
    says,
  });
  let ended: string | null = null;
  for (const { releaseId } of running) {
    // It is taken, and whatever still runs has an epoch that is gone: what fails from here on changes nothing in that.
    try {
      // One that had not claimed yet is refused by its claim.
      const now = await ports.ledger.release(releaseId);
      if (now?.phase !== 'ended') continue;
      ended = releaseId;
      await end(ports, now, says);
    } catch (error) {
      await tellUnended(ports, row.endpoint, releaseId, error);
    }
  }
  const quiet = writesUntil > at ? new Date(writesUntil).toISOString() : null;
  return { epoch, release: ended, quietAt: quiet };
}

/** Stopped also where its waits cannot be ended: either ends it. */
async function end(ports: Ports, { releaseId, executionArn }: ReleaseRecord, says: string): Promise<void> {
  try {
    await letGo(ports, releaseId, says);
  } finally {
    if (executionArn !== null) await ports.machine.stop(executionArn, says);
  }
}

/** A ledger that takes no line keeps nobody from the answer either. */
async function tellUnended(ports: Ports, endpoint: string, releaseId: string, error: unknown): Promise<void> {
  const says = `its execution was not stopped, and ends at its next step, because it owns nothing any more: ${inWords(error)}`;
  await note(ports, { releaseId, endpoint }, 'ExecutionNotStopped', brief(says)).catch(() => undefined);
}

/** Where it stands still, its machine hears that it lost the endpoint, and ends by itself. */
async function letGo(ports: Ports, releaseId: string, says: string): Promise<void> {
  for (const wait of await ports.ledger.unclosedWaits(releaseId)) {
    await decideWait(ports, wait, { kind: 'stopped', error: 'LeaseLost', says });
  }
}
