import { differencesBetween } from '../../src/adapters/databricks/configuration-differences.ts';
import { brokenAt } from '../../src/app/ports/audit-chain.ts';
import type { EndpointRow } from '../../src/app/ports/ledger.ts';
import type { Configuration } from '../../src/app/ports/workspace.ts';
import { entitiesWithTraffic, type Traffic } from '../../src/domain/traffic.ts';
import { alias } from './base-runs.ts';
import { findConfigured } from './environment.ts';
import type { RestInvariant } from './invariants.ts';
import type { World } from './world.ts';
import { sharesOf, versionOf } from './writes.ts';

/** What is left when every start has ended. */

const succeeded = ['promoted', 'restored'];

export const atRestInvariants: readonly RestInvariant[] = [
  {
    name: 'every command is answered',
    ids: ['I22'],
    says: 'Each accepted command ends applied, or rejected with a reason.',
    broken(world) {
      const open = world.ledger.commands.find((one) => one.phase === 'pending');
      return open && `${open.kind} of ${open.releaseId} is still pending`;
    },
  },
  {
    name: 'nothing is lost',
    ids: ['J10'],
    says: 'Each accepted event became a release, a command, a dead letter, or the trail says what became of it.',
    broken(world) {
      const lost = world.ledger.deliveries.find(({ event }) => !isAccounted(world, event));
      return lost && `${lost.eventId} left nothing behind`;
    },
  },
  {
    name: 'every start ends',
    ids: ['I5', 'J4', 'J6'],
    says: 'When nothing moves any more no release runs and nobody owns an endpoint.',
    broken({ ledger }) {
      const told = ledger.endpoints
        .filter((row) => row.drift !== null || row.freeze !== null)
        .map(({ endpoint }) => endpoint);
      const open = ledger.releases.find(
        (one) => one.phase !== 'ended' && !(one.phase === 'queued' && told.includes(one.endpoint)),
      );
      if (open) return `${open.releaseId} is ${open.phase}`;
      const owned = ledger.endpoints.find((row) => row.owner !== null);
      return owned && `${owned.endpoint} is owned by ${owned.owner?.releaseId}`;
    },
  },
  {
    name: 'the endpoint is its last good configuration',
    ids: ['J5', 'I18', 'I20', 'J9'],
    says: 'In the end an endpoint serves what its ledger calls good; where it does not, no release begins and a person was told.',
    broken(world) {
      for (const row of world.ledger.endpoints) {
        const state = world.workspace.endpoints[row.endpoint];
        const good = row.lastGood && world.evidence[row.lastGood.configuration.ref];
        if (!state || !good || row.owner || isTold(world, row)) continue;
        if (world.ghost.foreign[row.endpoint]?.what === 'traffic') continue;
        const gaps = differencesBetween(JSON.parse(good.content) as Configuration, state.active);
        const ours = gaps.filter((gap) => !gap.startsWith('tags'));
        if (world.ghost.foreign[row.endpoint]) {
          const onGood = sharesOf(state.active).get(row.lastGood?.entity ?? '') === 100;
          if (!onGood) return `${row.endpoint}: ${ours.join('; ')}`;
        } else if (gaps.length > 0) return `${row.endpoint}: ${gaps.join('; ')}`;
      }
      return undefined;
    },
  },
  {
    name: 'promoted means served and proven',
    ids: ['I7', 'I20'],
    says: 'A release is promoted when its version serves everything, on certificates of this very release.',
    broken(world) {
      for (const record of world.ledger.releases.filter((one) => one.outcome?.kind === 'promoted')) {
        const kinds = record.files.map((file) => /step-\d+-(\w+)\.json$/.exec(file.ref)?.[1]);
        for (const needed of ['promote', 'retire']) {
          if (!kinds.includes(needed))
            return `${record.releaseId} was promoted without a certificate to ${needed}`;
        }
      }
      const last = world.ledger.releases.findLast((one) => succeeded.includes(one.outcome?.kind ?? ''));
      const state = last && world.workspace.endpoints[last.endpoint];
      const row = world.ledger.endpoints.find((one) => one.endpoint === last?.endpoint);
      if (!last || !state || row?.owner !== null || world.ghost.foreign[last.endpoint]) return undefined;
      const version = last.outcome?.kind === 'restored' ? row.lastGood?.version : last.version;
      const served = entitiesWithTraffic(Object.fromEntries(sharesOf(state.active)) as Traffic);
      const versions = served.map((name) => versionOf(state.active, name));
      return versions.join() === version
        ? undefined
        : `${last.releaseId} is ${last.outcome?.kind}, but ${versions.join()} serves`;
    },
  },
  {
    name: 'the alias names what is good',
    ids: ['I18', 'J5'],
    says: 'In the end the alias names the version of the last good configuration, unless somebody else changed the endpoint.',
    broken(world) {
      for (const row of world.ledger.endpoints) {
        if (row.owner || row.drift || world.ghost.foreign[row.endpoint]) continue;
        const named = world.workspace.aliases[alias];
        if (named !== row.lastGood?.version)
          return `${alias} names version ${named}, and ${row.lastGood?.version} is good`;
      }
      return undefined;
    },
  },
  {
    name: 'nothing foreign becomes good',
    ids: ['I18', 'J5'],
    says: 'A field that somebody else changed is no part of the last good configuration, unless a person adopts it.',
    broken(world) {
      for (const { endpoint, lastGood } of world.ledger.endpoints) {
        const good = lastGood && world.evidence[lastGood.configuration.ref];
        if (good && world.ghost.foreign[endpoint]?.what === 'field' && 'tags' in JSON.parse(good.content))
          return `${endpoint}: the changed field is good now`;
      }
      return undefined;
    },
  },
  {
    name: 'the trail is whole',
    ids: ['J14'],
    says: 'The chain of the audit trail verifies from its first line to its last.',
    broken: ({ ledger }) => brokenAt(ledger.audit)?.says,
  },
  {
    name: 'the machine says what the ledger says',
    ids: ['I21'],
    says: 'An execution succeeds exactly where its release was promoted or restored.',
    broken(world) {
      for (const { name, status, position } of Object.values(world.executions)) {
        const outcome = world.ledger.releases.find((one) => one.releaseId === name)?.outcome?.kind;
        // Whoever took the endpoint over ends the release in the place of its execution.
        const taken = world.ledger.audit.some((one) => one.releaseId === name && one.action === 'TakenOver');
        const lost =
          position.state !== 'Promoted' &&
          position.state !== 'BaselineRestored' &&
          !position.state.startsWith('Release');
        if (outcome === undefined || status === 'ABORTED' || status === 'TIMED_OUT') continue;
        const fine = succeeded.includes(outcome);
        if (status === 'SUCCEEDED' && !fine) return `${name} succeeded, and its release is ${outcome}`;
        if (lost || taken) continue;
        if (status === 'FAILED' && fine && position.state !== 'ReleaseSuperseded')
          return `${name} failed, and its release is ${outcome}`;
      }
      return undefined;
    },
  },
];

/** Whether the difference is on the row, which keeps every release away, and a person was told of it. */
const isTold = ({ ledger }: World, { endpoint, drift }: EndpointRow): boolean =>
  drift !== null && ledger.audit.some((one) => one.action === 'PersonNeeded' && one.endpoint === endpoint);

function isAccounted(world: World, event: unknown): boolean {
  const { type, metadata, data } = event as {
    type: string;
    metadata: { eventId: string };
    data: { version?: string; model?: string; incidentId?: string };
  };
  if (world.deadLetters.some((one) => one.metadata.eventId === metadata.eventId)) return true;
  if (type === 'ModelVersionRegistered') {
    const endpoint = findConfigured(data.model ?? '');
    return world.ledger.releases.some((one) => one.endpoint === endpoint && one.version === data.version);
  }
  const incident = String(data.incidentId);
  return (
    world.ledger.commands.some((one) => one.commandId.includes(incident)) ||
    world.ledger.quarantine.some((one) => one.quarantineId.includes(incident)) ||
    world.ledger.audit.some((one) => one.action !== 'DeliveryAccepted' && one.says.includes(incident))
  );
}
