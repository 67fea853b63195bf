import type { DrillView } from '../contracts/api.ts';
import { isReleaseError, ReleaseError } from '../contracts/errors.ts';
import type { IncidentRecord } from '../contracts/incident.ts';
import type { EndpointConfig } from '../contracts/policy.ts';
import type { EvidenceRef } from '../domain/evidence.ts';
import { findConfig, unknownEndpoint } from './environment.ts';
import type { ReleaseRecord } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { requestRelease, type Started, standsStill } from './start.ts';
import { inWords, ourselves } from './trail.ts';

/** A rollback that nothing asked for: the way back is measured before somebody needs it. */

export interface DrillWish {
  /** Registry name, Unity Catalog name or endpoint. */
  readonly named: string;
  readonly actor: string;
  readonly reason: string;
  /** Somebody says that this one may be done in production. */
  readonly inProduction: boolean;
}

/**
 * Begins a drill, or answers the one that is under way.
 * @throws `UnknownEndpoint`; `CommandRejected` where drills are not allowed or something else has the endpoint;
 * whatever `claimable` refuses.
 */
export async function startDrill(ports: Ports, wish: DrillWish): Promise<Started> {
  const config = findConfig(ports.environment, wish.named);
  if (!config) throw new ReleaseError('UnknownEndpoint', unknownEndpoint(ports.environment, wish.named));
  const { endpoint } = config;
  if (!allowed(ports, config) && !wish.inProduction) {
    throw refusal(`${endpoint} serves production: say --in-production, or set \`drill.inProduction\` for it`);
  }
  if (config.mode === 'observe') throw refusal(`${endpoint} is observe-only: nothing is written there`);
  const still = await standsStill(ports, endpoint);
  if (still !== undefined) throw refusal(still);
  const all = await ports.ledger.releases({ endpoint });
  const ahead = all.find(({ phase, intent }) => phase !== 'ended' && intent !== 'drill');
  if (ahead) throw refusal(`${endpoint}: the ${ahead.intent} of version ${ahead.version} comes first`);
  const { actor, reason } = wish;
  return requestRelease(ports, {
    named: endpoint,
    version: undefined,
    intent: 'drill',
    actor,
    from: 'person',
    reason,
  });
}

const refusal = (says: string) => new ReleaseError('CommandRejected', says);

const allowed = ({ environment }: Ports, { drill }: EndpointConfig): boolean =>
  environment.environment !== 'production' || drill.inProduction;

export interface DueDrills {
  /** Endpoints whose drill began now. */
  readonly started: readonly string[];
  readonly troubles: readonly { readonly where: string; readonly says: string }[];
}

/**
 * Begins the drills that the configuration wants at intervals (`drill.every`) and that are due: counted from the last
 * one, or from when the endpoint's good configuration was verified. May run twice at the same time: a drill begins
 * once. Where something else has the endpoint it is due again at the next call.
 */
export async function dueDrills(ports: Ports): Promise<DueDrills> {
  const started: string[] = [];
  const troubles: { where: string; says: string }[] = [];
  for (const config of Object.values(ports.environment.endpoints)) {
    try {
      if (!(await isDue(ports, config))) continue;
      const reason = 'by schedule';
      await startDrill(ports, { named: config.endpoint, actor: ourselves, reason, inProduction: false });
      started.push(config.endpoint);
    } catch (error) {
      if (!isReleaseError(error, 'CommandRejected'))
        troubles.push({ where: `drill of ${config.endpoint}`, says: inWords(error) });
    }
  }
  return { started, troubles };
}

async function isDue(ports: Ports, config: EndpointConfig): Promise<boolean> {
  const { every } = config.drill;
  if (every === undefined || !allowed(ports, config)) return false;
  const { endpoint } = config;
  const row = await ports.ledger.endpoint(endpoint);
  if (!row?.lastGood || row.phase !== 'closed') return false;
  const last = (await drillsOf(ports, endpoint)).at(-1);
  return ports.clock.now() - (last?.requestedAt ?? row.lastGood.verifiedAt) >= every;
}

async function drillsOf(ports: Ports, endpoint: string): Promise<readonly ReleaseRecord[]> {
  return (await ports.ledger.releases({ endpoint })).filter(({ intent }) => intent === 'drill');
}

/** The newest drill that ended with a record; null when there was none. */
export async function lastDrill(ports: Ports, endpoint: string): Promise<DrillView | null> {
  const ended = (await drillsOf(ports, endpoint)).filter(({ phase }) => phase === 'ended');
  for (const { releaseId, version, files, outcome, endedAt } of ended.toReversed()) {
    const file = files.find(({ ref }) => ref.endsWith('/drill.json'));
    if (!file || !outcome || endedAt === null) continue;
    const record = await recordIn(ports, file);
    if (record === undefined) continue;
    return {
      releaseId,
      version,
      at: new Date(endedAt).toISOString(),
      outcome,
      rtoSeconds: record.rollbackSeconds,
      acceptedSeconds: record.acceptedSeconds,
      observedSeconds: difference(record.rollbackSeconds, record.acceptedSeconds),
      platformRefusedSeconds: record.platformRefusedSeconds,
      databricksCalls: record.databricksCalls,
      badRequests: record.served?.badRequests ?? null,
    };
  }
  return null;
}

/** Undefined when the file is gone or was changed: what is left of `status` must be seen all the same. */
async function recordIn(ports: Ports, file: EvidenceRef): Promise<IncidentRecord | undefined> {
  try {
    // The digest proves that these are the bytes that RecordIncident wrote.
    return JSON.parse(await ports.evidence.get(file)) as IncidentRecord;
  } catch (error) {
    if (!isReleaseError(error, 'EvidenceInvalid')) throw error;
    return undefined;
  }
}

const difference = (whole: number | null, part: number | null): number | null =>
  whole === null || part === null ? null : Math.max(0, Math.round((whole - part) * 1000) / 1000);
