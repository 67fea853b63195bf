import type { EndpointView, NeedView, ReleaseView } from '../contracts/api.ts';
import type { EndpointConfig } from '../contracts/policy.ts';
import { askedBy, firstToObey } from '../domain/release.ts';
import { entitiesWithTraffic } from '../domain/traffic.ts';
import { lastDrill } from './drill.ts';
import { freezeView } from './people/freeze.ts';
import type { ReleaseRecord, Wait } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { standsStill } from './start.ts';
import { brief, wholeTrail } from './trail.ts';

/** Where a version stands, why, and what comes next: in words that a person can act on. */

/** @param needs What waits for a person anywhere. */
export async function viewRelease(
  ports: Ports,
  record: ReleaseRecord,
  needs: readonly NeedView[] = [],
): Promise<ReleaseView> {
  const wait =
    record.phase === 'running' ? (await ports.ledger.unclosedWaits(record.releaseId))[0] : undefined;
  const row = await ports.ledger.endpoint(record.endpoint);
  const owns = row?.owner?.releaseId === record.releaseId;
  const share = owns && row.intent ? row.intent.candidateShare : record.phase === 'running' ? 0 : null;
  const { why, next } = await explain(ports, record, wait);
  return {
    releaseId: record.releaseId,
    endpoint: record.endpoint,
    model: record.model,
    version: record.version,
    intent: record.intent,
    requestedBy: record.requestedBy,
    requestedAt: iso(record.requestedAt),
    phase: wait?.kind === 'hold' ? 'held' : record.phase,
    state: record.phase === 'running' ? (wait?.state ?? (await lastState(ports, record))) : null,
    candidateShare: share,
    outcome: record.outcome,
    endedAt: record.endedAt === null ? null : iso(record.endedAt),
    why: brief(why, 4_000),
    next,
    files: [...record.files],
    needs: record.phase === 'ended' ? [] : needs.filter((need) => concerns(need, record)),
  };
}

/** What is told of the endpoint alone concerns every release that is under way there. */
const concerns = (need: NeedView, { releaseId, endpoint }: ReleaseRecord): boolean =>
  need.releaseId === releaseId || (need.releaseId === null && need.endpoint === endpoint);

export async function viewEndpoint(
  ports: Ports,
  config: EndpointConfig,
  needs: readonly NeedView[] = [],
): Promise<EndpointView> {
  const { endpoint, model } = config;
  const row = await ports.ledger.endpoint(endpoint);
  const releases = await ports.ledger.releases({ endpoint });
  const current = releases.find((one) => one.phase === 'running') ?? releases.at(-1);
  return {
    endpoint,
    model,
    phase: row?.lastGood ? row.phase : 'notAdopted',
    servingVersion: await serving(ports, endpoint),
    lastGoodVersion: row?.lastGood?.version ?? null,
    release: current ? await viewRelease(ports, current, needs) : null,
    queued: releases.filter((one) => one.phase === 'queued').map((one) => one.version),
    freeze: freezeView(row?.freeze),
    drift: row?.drift ? { since: iso(row.drift.since), says: row.drift.says } : null,
    drill: await lastDrill(ports, endpoint),
    needs: needs.filter((need) => need.endpoint === endpoint),
  };
}

const iso = (at: number) => new Date(at).toISOString();

/** Versions by their traffic; null when the endpoint cannot be asked, which must not hide the rest. */
async function serving(ports: Ports, endpoint: string): Promise<string | null> {
  try {
    const seen = await ports.workspace('production').serving.observe(endpoint);
    const shares = entitiesWithTraffic(seen.traffic).map((name) => {
      const version = seen.entities.find((entity) => entity.name === name)?.version ?? name;
      return seen.traffic[name] === 100 ? version : `${version} (${seen.traffic[name]} %)`;
    });
    return shares.join(', ') || null;
  } catch {
    return null;
  }
}

async function explain(
  ports: Ports,
  record: ReleaseRecord,
  wait: Wait | undefined,
): Promise<{ why: string; next: string }> {
  switch (record.phase) {
    case 'queued': {
      const still = await standsStill(ports, record.endpoint);
      const [ahead] = await ports.ledger.releases({ endpoint: record.endpoint, phase: 'running' });
      return ahead
        ? {
            why: `version ${ahead.version} is in release on ${record.endpoint}`,
            next: 'starts when that release ends',
          }
        : still !== undefined && record.intent !== 'rollback'
          ? { why: still, next: 'starts when that is over; `headgate status` says what ends it' }
          : { why: 'waits to be started', next: 'starts at the next tick of the controller' };
    }
    case 'ended': {
      const says = record.outcome?.says ?? '';
      if (record.intent === 'drill') return { why: says, next: afterDrill(record) };
      const again = `\`headgate start ${record.endpoint} ${record.version}\``;
      const next = {
        promoted: 'nothing: it serves all traffic',
        restored: 'nothing: the version before serves all traffic',
        rolledBack: `mend the model and register a new version, or ${again} to try again`,
        rejected:
          record.intent === 'rollback'
            ? `mend what is named and \`headgate rollback ${record.endpoint}\``
            : says.startsWith('abort by')
              ? `nothing by itself; ${again} begins anew`
              : `mend what is named and ${again}`,
        observed: `nothing: who sets the shares of ${record.endpoint} decides; \`headgate why ${record.version}\` says what would have been written`,
        superseded: says.startsWith('breakglass by')
          ? `a person has the endpoint: \`headgate adopt ${record.endpoint}\` and \`headgate freeze ${record.endpoint} --off\` give it back`
          : 'nothing: a newer version took its place',
      };
      return { why: says, next: record.outcome ? next[record.outcome.kind] : 'nothing' };
    }
    case 'running':
      return explainRunning(ports, record, wait);
  }
}

function afterDrill({ outcome, endpoint }: ReleaseRecord): string {
  return outcome?.kind === 'restored'
    ? 'nothing: the way back was measured; `headgate drill` shows it'
    : `mend what is named and \`headgate drill --endpoint ${endpoint}\``;
}

async function explainRunning(
  ports: Ports,
  record: ReleaseRecord,
  wait: Wait | undefined,
): Promise<{ why: string; next: string }> {
  const commands = await ports.ledger.commands(record.releaseId);
  const pending = firstToObey(commands.filter((one) => one.phase === 'pending'));
  if (pending) {
    return {
      why: askedBy(pending.kind, pending.actor, pending.reason),
      next: 'is obeyed at the next step of the machine',
    };
  }
  if (!wait) {
    const latest = (await wholeTrail(ports, record)).at(-1);
    return { why: latest ? `${latest.action}: ${latest.says}` : 'has just begun', next: 'goes on by itself' };
  }
  const seen = wait.lastLook ? `; last look at ${iso(wait.lastLook.at)}: ${wait.lastLook.says}` : '';
  const until = `until ${iso(wait.deadline)}`;
  switch (wait.kind) {
    case 'job':
      return {
        why: `${wait.state}: job run ${String(wait.reference['runId'])}${seen}`,
        next: `its report is judged when it ends, ${until}`,
      };
    case 'endpointUpdate': {
      const endpoint = String(wait.reference['endpoint']);
      return {
        why: `${wait.state}: ${endpoint} is being updated and accepts no other update${seen}`,
        next: `goes on when it is observed, ${until}; an update can be cancelled only in the Databricks UI of the endpoint`,
      };
    }
    case 'approval':
      return {
        why: `waits for ${String(wait.reference['approvals'])} approval(s)`,
        next: `\`headgate approve ${record.releaseId}\`, ${until}`,
      };
    case 'probes':
      return {
        why: `Shadow: paired requests beside the traffic${seen}`,
        next: `goes on when the pairs are sent, ${until}`,
      };
    case 'traffic':
      return {
        why: `looking at live evidence${seen}`,
        next: `a step, a promotion or a rollback by evidence, ${until}; \`headgate abort ${record.releaseId}\` ends it`,
      };
    case 'hold':
      return {
        why: `held: ${String(wait.reference['why'])}${seen}`,
        next: `${wait.reference['untilOpen'] ? 'goes on by itself when the window is over' : `\`headgate resume ${record.releaseId}\` goes on where it stood`}; \`headgate abort ${record.releaseId}\` restores the baseline; that also happens by itself at ${iso(wait.deadline)}`,
      };
    case 'restore':
      return {
        why: `the baseline is being restored${seen}`,
        next: 'tried at every tick until it is observed',
      };
    case 'skipped':
      return { why: `${wait.state} is skipped by policy`, next: 'goes on by itself' };
  }
}

async function lastState(ports: Ports, record: ReleaseRecord): Promise<string | null> {
  const trail = await wholeTrail(ports, record);
  return trail.at(-1)?.action ?? null;
}
