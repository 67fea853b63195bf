import type { BreakglassAnswer, BreakglassRequest } from '../../contracts/api.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { EndpointConfig } from '../../contracts/policy.ts';
import type { EndpointRow } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { decideWait } from '../wait.ts';
import { copyOf } from './restore-copies.ts';

/** A person takes an endpoint out of Headgate's hands: nothing is written there any more until it is given back. */

/**
 * The request that restores the baseline by hand; with `take`, Headgate lets go of the endpoint first: a new epoch, its
 * release superseded, its execution stopped, no start and no restore.
 * @throws ReleaseError `NoLastGood` where nothing is known to go back to. Then nothing was taken.
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
  const says = `${take ? 'takes the endpoint from Headgate' : 'asked for the request only'}: ${reason || 'no reason given'}`;
  const at = ports.clock.now();
  await ports.ledger.audit({ at, actor, action: 'Breakglass', says, endpoint, evidence: good.configuration });
  const took = take ? await takeAway(ports, row, reason, actor) : null;
  const { copy } = await copyOf(ports, config, good);
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
  const says = `breakglass by ${actor}: ${reason || 'no reason given'}`;
  const freeze = { kind: 'breakglass', by: actor, reason, at } as const;
  const { epoch, writesUntil } = await ports.ledger.yieldEndpoint(row.endpoint, freeze, {
    kind: 'superseded',
    says,
  });
  let ended: string | null = null;
  for (const { releaseId } of running) {
    // One that had not claimed yet is refused by its claim.
    const now = await ports.ledger.release(releaseId);
    if (now?.phase !== 'ended') continue;
    ended = releaseId;
    await letGo(ports, releaseId, says);
    if (now.executionArn !== null) await ports.machine.stop(now.executionArn, says);
  }
  const quiet = writesUntil > at ? new Date(writesUntil).toISOString() : null;
  return { epoch, release: ended, quietAt: quiet };
}

/** Where it stands still, its machine hears that it lost the endpoint, and ends by itself. */
async function letGo(ports: Ports, releaseId: string, says: string): Promise<void> {
  for (const wait of await ports.ledger.unclosedWaits(releaseId)) {
    await decideWait(ports, wait, { kind: 'stopped', error: 'LeaseLost', says });
  }
}
