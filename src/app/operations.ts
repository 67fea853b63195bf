import type {
  CommandAnswer,
  CommandRequest,
  EndpointView,
  ReleaseView,
  StartAnswer,
  StartRequest,
  TimelineEntry,
} from '../contracts/api.ts';
import { ReleaseError } from '../contracts/errors.ts';
import { entitiesWithTraffic } from '../domain/traffic.ts';
import { accept } from './command.ts';
import { sha256 } from './digest.ts';
import { findConfig, unknownEndpoint } from './environment.ts';
import { viewEndpoint, viewRelease } from './explain.ts';
import type { Ports } from './ports/ports.ts';
import { requestRelease, withdraw } from './start.ts';
import { wholeTrail } from './trail.ts';
import { keepGood } from './write/configurations.ts';

/** What the API offers to people's tools. Each throws ReleaseError for what cannot be done. */
export interface Operations {
  start(request: StartRequest): Promise<StartAnswer>;
  endpoints(): Promise<EndpointView[]>;
  release(releaseId: string): Promise<ReleaseView>;
  releases(): Promise<ReleaseView[]>;
  /** Every release of the version, newest first; where there is none, says so as an error `UnknownModelVersion`. */
  why(version: string, endpoint?: string): Promise<ReleaseView[]>;
  timeline(afterOrder: number, releaseId?: string): Promise<TimelineEntry[]>;
  command(releaseId: string, request: CommandRequest): Promise<CommandAnswer>;
  adopt(endpoint: string, actor: string): Promise<EndpointView>;
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
  return {
    start: async ({ endpoint: named, version, intent, actor }) => {
      const started = await requestRelease(ports, { named, version, intent, actor, from: 'person' });
      return { release: await viewRelease(ports, started.record), began: started.began };
    },
    endpoints: async () =>
      Promise.all(Object.values(ports.environment.endpoints).map((config) => viewEndpoint(ports, config))),
    release: async (releaseId) => viewRelease(ports, await recordOf(releaseId)),
    releases: async () => {
      const records = await ports.ledger.releases();
      return Promise.all([...records].reverse().map((record) => viewRelease(ports, record)));
    },
    why: async (version, named) => {
      const endpoint = named === undefined ? undefined : findConfig(ports.environment, named)?.endpoint;
      if (named !== undefined && endpoint === undefined) {
        throw new ReleaseError('UnknownEndpoint', unknownEndpoint(ports.environment, named));
      }
      const records = await ports.ledger.releases({
        version,
        ...(endpoint === undefined ? {} : { endpoint }),
      });
      if (records.length === 0)
        throw new ReleaseError('UnknownModelVersion', await whyNothing(ports, version));
      return Promise.all([...records].reverse().map((record) => viewRelease(ports, record)));
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
      if (record.phase === 'queued' && kind === 'abort') {
        await withdraw(ports, record, { actor, reason });
        return { commandId, phase: 'applied', says: 'taken out of the queue' };
      }
      const row = await accept(ports, { commandId, releaseId: record.releaseId, kind, actor, reason, at });
      return { commandId, phase: row.phase, says: row.says };
    },
    adopt: async (named, actor) => {
      const config = findConfig(ports.environment, named);
      if (!config) throw new ReleaseError('UnknownEndpoint', unknownEndpoint(ports.environment, named));
      await adopt(ports, config.endpoint, actor);
      return viewEndpoint(ports, config);
    },
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
