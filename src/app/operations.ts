import type {
  AuditLine,
  BreakglassAnswer,
  BreakglassRequest,
  CommandAnswer,
  CommandRequest,
  DrillRequest,
  EndpointView,
  FreezeAnswer,
  FreezeRequest,
  NeedView,
  ReleaseView,
  StartAnswer,
  StartRequest,
  TimelineEntry,
} from '../contracts/api.ts';
import { ReleaseError } from '../contracts/errors.ts';
import { entitiesWithTraffic } from '../domain/traffic.ts';
import { accept } from './command.ts';
import { sha256 } from './digest.ts';
import { startDrill } from './drill.ts';
import { findConfig, unknownEndpoint } from './environment.ts';
import { viewEndpoint, viewRelease } from './explain.ts';
import { breakglass } from './people/breakglass.ts';
import { freezeEndpoints } from './people/freeze.ts';
import { needsOf } from './people/needs.ts';
import { keepCopies } from './people/restore-copies.ts';
import type { ReleaseRecord } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { requestRelease, withdraw } from './start.ts';
import { wholeTrail } from './trail.ts';
import { keepGood } from './write/configurations.ts';

/** What the API offers to people's tools. Each throws ReleaseError for what cannot be done. */
export interface Operations {
  start(request: StartRequest): Promise<StartAnswer>;
  endpoints(): Promise<EndpointView[]>;
  release(releaseId: string): Promise<ReleaseView>;
  /** Newest first; filters are conjunctive. */
  releases(filter?: { endpoint?: string; phase?: ReleaseView['phase'] }): Promise<ReleaseView[]>;
  /** Every release of the version, newest first; where there is none, says so as an error `UnknownModelVersion`. */
  why(version: string, endpoint?: string): Promise<ReleaseView[]>;
  timeline(afterOrder: number, releaseId?: string): Promise<TimelineEntry[]>;
  command(releaseId: string, request: CommandRequest): Promise<CommandAnswer>;
  adopt(endpoint: string, actor: string): Promise<EndpointView>;
  /** A rollback drill; `CommandRejected` where none may be done now. */
  drill(endpoint: string, request: DrillRequest): Promise<StartAnswer>;
  freeze(request: FreezeRequest): Promise<FreezeAnswer>;
  breakglass(endpoint: string, request: BreakglassRequest): Promise<BreakglassAnswer>;
  /** The trail with its chain, at most 1,000 lines at a time. */
  audit(afterOrder: number): Promise<AuditLine[]>;
  needs(): Promise<NeedView[]>;
}

export function operations(ports: Ports): Operations {
  const recordOf = async (releaseId: string) => {
    const record = await ports.ledger.release(releaseId);
    if (record) return record;
    throw new ReleaseError(
      'UnknownRelease',
      `There is no release "${releaseId}". \`headgate status\` lists them.`,
    );
  };
  const needs = needsOf(ports);
  const configNamed = (named: string) => {
    const config = findConfig(ports.environment, named);
    if (config) return config;
    throw new ReleaseError('UnknownEndpoint', unknownEndpoint(ports.environment, named));
  };
  const viewed = async (records: readonly ReleaseRecord[]) => {
    const standing = await needs();
    return Promise.all(records.toReversed().map((record) => viewRelease(ports, record, standing)));
  };
  return {
    start: async ({ endpoint: named, ...asked }) => {
      const started = await requestRelease(ports, { named, version: undefined, ...asked, from: 'person' });
      return { release: await viewRelease(ports, started.record), began: started.began };
    },
    drill: async (named, request) => {
      const started = await startDrill(ports, { named, ...request });
      return { release: await viewRelease(ports, started.record), began: started.began };
    },
    endpoints: async () => {
      const standing = await needs();
      const configs = Object.values(ports.environment.endpoints);
      return Promise.all(configs.map((config) => viewEndpoint(ports, config, standing)));
    },
    release: async (releaseId) => viewRelease(ports, await recordOf(releaseId), await needs()),
    releases: async ({ endpoint: named, phase } = {}) => {
      const records = await ports.ledger.releases({
        ...(named === undefined ? {} : { endpoint: configNamed(named).endpoint }),
        // A release that is held runs, as far as the ledger knows.
        ...(phase === undefined ? {} : { phase: phase === 'held' ? 'running' : phase }),
      });
      const views = await viewed(records);
      return phase === undefined ? views : views.filter((view) => view.phase === phase);
    },
    why: async (version, named) => {
      const endpoint = named === undefined ? undefined : configNamed(named).endpoint;
      const records = await ports.ledger.releases({
        version,
        ...(endpoint === undefined ? {} : { endpoint }),
      });
      if (records.length === 0)
        throw new ReleaseError('UnknownModelVersion', await whyNothing(ports, version));
      return viewed(records);
    },
    timeline: async (afterOrder, releaseId) => {
      const rows = await ports.ledger.auditTrail({
        afterOrder,
        ...(releaseId === undefined ? {} : { releaseId }),
      });
      return rows.map(({ order, at, actor, action, says, ...about }) => ({
        order,
        at: new Date(at).toISOString(),
        actor,
        action,
        says,
        endpoint: about.endpoint ?? null,
        releaseId: about.releaseId ?? null,
      }));
    },
    command: async (releaseId, { kind, reason, actor }) => {
      const record = await recordOf(releaseId);
      const at = ports.clock.now();
      const commandId = commandIdOf(releaseId, kind, actor, String(at));
      if (record.phase === 'queued' && (kind === 'abort' || kind === 'rollback')) {
        await withdraw(ports, record, { actor, reason });
        return { commandId, phase: 'applied', says: 'taken out of the queue' };
      }
      if (record.phase !== 'running') throw notRunning(record, kind);
      const row = await accept(ports, { commandId, releaseId: record.releaseId, kind, actor, reason, at });
      return { commandId, phase: row.phase, says: row.says };
    },
    adopt: async (named, actor) => {
      const config = configNamed(named);
      await adopt(ports, config.endpoint, actor);
      return viewEndpoint(ports, config, await needs());
    },
    freeze: (request) => freezeEndpoints(ports, request),
    breakglass: async (named, request) => breakglass(ports, configNamed(named), request),
    audit: async (afterOrder) => {
      const rows = await ports.ledger.auditTrail({ afterOrder });
      return rows.map(({ at, endpoint, releaseId, evidence, onceId, ...row }) => ({
        ...row,
        at: new Date(at).toISOString(),
        endpoint: endpoint ?? null,
        releaseId: releaseId ?? null,
        evidence: evidence ?? null,
        onceId: onceId ?? null,
      }));
    },
    needs,
  };
}

/**
 * Takes what an endpoint serves now as its first good configuration: one READY entity at 100 %, nothing under way.
 */
async function adopt(ports: Ports, endpoint: string, actor: string): Promise<void> {
  const seen = await ports.workspace('production').serving.observe(endpoint);
  const [entity, ...others] = entitiesWithTraffic(seen.traffic);
  if (entity === undefined || others.length > 0) {
    throw new ReleaseError('SeveralEntitiesWithTraffic', `${endpoint}: adopting needs one entity at 100 %.`);
  }
  if (seen.update === 'inProgress') {
    throw new ReleaseError(
      'EndpointUpdateInProgress',
      `${endpoint} has an update in progress; adopt it afterwards.`,
    );
  }
  const served = seen.entities.find((one) => one.name === entity);
  if (!seen.ready || !served?.ready) throw new ReleaseError('EndpointStopped', `${endpoint} is not READY.`);
  const good = await keepGood(ports, seen, entity);
  await ports.ledger.adopt(endpoint, good);
  const says = `version ${good.version} (${entity}) at 100 % is the good configuration to go back to`;
  await ports.ledger.audit({
    at: ports.clock.now(),
    actor,
    action: 'Adopted',
    says,
    endpoint,
    evidence: good.configuration,
  });
  await keepCopies(ports, endpoint, `adopted/${good.verifiedAt}`);
}

/** Only what runs takes commands; what else there is to do is said instead. */
function notRunning({ releaseId, endpoint, phase, outcome }: ReleaseRecord, kind: string): ReleaseError {
  const says =
    phase === 'queued'
      ? `it waits in the queue and has not begun: \`headgate freeze ${endpoint}\` keeps it there, \`headgate abort ${releaseId}\` takes it out`
      : `it has ended (${outcome?.kind ?? 'unknown'}): ${outcome?.says ?? ''}`;
  const facts = { releaseId, kind, phase };
  return new ReleaseError('CommandRejected', `${kind}: release ${releaseId} takes no command, ${says}`, {
    facts,
  });
}

async function whyNothing(ports: Ports, version: string): Promise<string> {
  const ignored = (await wholeTrail(ports)).filter(
    (row) => row.action === 'VersionIgnored' && row.says.includes(`version ${version} `),
  );
  return ignored[0]
    ? `${ignored[0].says}. Map the model under \`endpoints:\` in the configuration.`
    : `No release of version ${version} is known. \`headgate start ENDPOINT ${version}\` starts one.`;
}

/** The id of a command that came without one. */
const commandIdOf = (...parts: readonly string[]): string => `cmd-${sha256(parts.join('\n')).slice(0, 24)}`;
