import { effectOf } from '../../src/domain/release.ts';
import type { Invariant } from './invariants.ts';
import type { World } from './world.ts';
import { callsIn, rowOf, sharesOf, versionOf } from './writes.ts';

/** What is concluded from what an execution left, and from what an endpoint serves while nobody owns it. */

export const reconcilerInvariants: readonly Invariant[] = [
  {
    name: 'what had proven itself stays',
    ids: ['I7', 'I18'],
    says: 'A release that serves everything on the certificate of its soak is not undone because its execution was lost.',
    broken({ happenings }) {
      for (const { port, method, args, outcome, actor, before } of callsIn(happenings)) {
        if (port !== 'ledger' || method !== 'beginRestore' || outcome !== 'ok' || actor?.name !== 'Reconcile')
          continue;
        const row = rowOf(before, (args[0] as { endpoint: string }).endpoint);
        const releaseId = row?.owner?.releaseId;
        if (!row || releaseId === undefined || row.phase !== 'forward') continue;
        const { audit, commands, releases } = before.ledger;
        const own = <Of extends { readonly releaseId?: string | undefined }>(one: Of) =>
          one.releaseId === releaseId;
        const isProven = audit.some((one) => own(one) && one.action === 'RetireBaseline');
        const isStopped = commands.some(
          (one) => own(one) && one.phase === 'pending' && effectOf(one.kind) === 'restore',
        );
        if (isProven && !isStopped && servedBy(before, row.endpoint) === releases.find(own)?.version)
          return `${releaseId} had proven itself, and is undone`;
      }
      return undefined;
    },
  },
  {
    name: 'an epoch has one owner',
    ids: ['J1', 'I10'],
    says: 'Whoever comes to own an endpoint has an epoch that nobody had before.',
    broken({ before, after }) {
      for (const { endpoint, owner, epoch } of after.ledger.endpoints) {
        const was = rowOf(before, endpoint);
        const isNew = owner !== null && was?.owner?.executionArn !== owner.executionArn;
        if (isNew && epoch <= (was?.epoch ?? 0))
          return `${endpoint}: ${owner.executionArn} has epoch ${epoch} too`;
      }
      return undefined;
    },
  },
  {
    name: 'nothing of ours is called foreign',
    ids: ['I18', 'J5'],
    says: 'While nobody else has changed an endpoint that serves its good version, no change by somebody else is told.',
    broken({ happenings }) {
      const calls = callsIn(happenings);
      // Whoever is told by the platform that there is no such endpoint has to believe it.
      if (calls.some((one) => one.method === 'observe' && one.outcome === 'DatabricksNotFound'))
        return undefined;
      for (const { port, method, args, outcome, before } of calls) {
        if (port !== 'ledger' || method !== 'noteDrift' || outcome !== 'ok' || args[1] === null) continue;
        const { endpoint } = args[0] as { endpoint: string };
        if (before.ghost.foreign[endpoint]) continue;
        // A promotion that could not be observed makes nothing good, and is told as a difference.
        if (servedBy(before, endpoint) === rowOf(before, endpoint)?.lastGood?.version)
          return `${endpoint}: ${(args[1] as { says: string }).says}, and nobody changed it`;
      }
      return undefined;
    },
  },
];

/** The version that has all requests; undefined where several have some. */
function servedBy({ workspace }: World, endpoint: string): string | undefined {
  const active = workspace.endpoints[endpoint]?.active;
  if (!active) return undefined;
  const [only, ...others] = [...sharesOf(active)].filter(([, share]) => share > 0);
  return only && others.length === 0 ? versionOf(active, only[0]) : undefined;
}
