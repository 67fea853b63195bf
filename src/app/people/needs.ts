import { isPerson } from '../../contracts/actors.ts';
import type { NeedView } from '../../contracts/api.ts';
import { days } from '../../domain/units.ts';
import type { AuditRow } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';

/** What waits for a person, as the trail tells it: a line `PersonNeeded` stands until somebody did something about it, or it is over. */

/** How long a need stands that is about no endpoint: nobody can act on it here. */
const unplaced = days(1);

/** A release that ended needs nobody any more; an endpoint that is as it should be neither. */
const overForRelease: readonly string[] = ['Conclude', 'ReleaseRefused', 'ReleaseWithdrawn'];
const overForEndpoint: readonly string[] = ['Adopted', 'DriftGone'];

/**
 * What brings an endpoint back into order, by the line that it leaves. To look, to freeze, to lift a freeze and to start
 * something do not.
 */
function bringsOrder({ action, says }: AuditRow): boolean {
  if (action === 'CommandAccepted') return /^(resume|abort|rollback):/.test(says);
  if (action === 'ReleaseRequested') return says.startsWith('rollback of ');
  return action === 'Adopted' || action === 'Breakglass';
}

/** The newest need of each release, and of each endpoint beside its releases. */
type Standing = Map<string, NeedView>;

export function fold(standing: Standing, row: AuditRow): void {
  const { endpoint = null, releaseId = null } = row;
  if (row.action === 'PersonNeeded') {
    const { order, says } = row;
    const need = { order, at: new Date(row.at).toISOString(), says, endpoint, releaseId };
    const own = endpoint === null && releaseId === null ? String(order) : '';
    standing.set([endpoint, releaseId, own].join('\n'), need);
    return;
  }
  const person = isPerson(row.actor);
  const endsRelease = overForRelease.includes(row.action) || (person && row.action === 'CommandAccepted');
  const order = person && bringsOrder(row);
  const settles = (need: NeedView) =>
    (need.releaseId !== null && need.releaseId === releaseId && endsRelease) ||
    (need.endpoint !== null &&
      need.endpoint === endpoint &&
      (order || (need.releaseId === null && overForEndpoint.includes(row.action))));
  for (const [key, need] of standing) if (settles(need)) standing.delete(key);
}

/**
 * Asks what needs a person now. The trail is read once and then from where the last question ended, so the first one
 * after a start costs as many pages as the trail has.
 */
export function needsOf(ports: Ports): () => Promise<NeedView[]> {
  const standing: Standing = new Map();
  let after = 0;
  let reading: Promise<void> = Promise.resolve();
  const read = async () => {
    for (;;) {
      const page = await ports.ledger.auditTrail({ afterOrder: after });
      for (const row of page) fold(standing, row);
      const last = page.at(-1);
      if (!last) return;
      after = last.order;
    }
  };
  return async () => {
    // One at a time, or a slow reader would bring back what a quick one has seen settled.
    reading = reading.then(read, read);
    await reading;
    const since = ports.clock.now() - unplaced;
    return [...standing.values()]
      .filter((need) => need.endpoint !== null || need.releaseId !== null || Date.parse(need.at) >= since)
      .sort((a, b) => a.order - b.order);
  };
}
