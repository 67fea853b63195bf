import { entitiesOf, routed, routesOf, shareIn } from '../../../src/adapters/databricks/configuration.ts';
import { edgesOf, histogramOf } from '../../../src/adapters/databricks/latency-buckets.ts';
import type {
  LatencyGrid,
  ModelRegistry,
  RequestEvidence,
  Workspace,
} from '../../../src/app/ports/workspace.ts';
import { ReleaseError } from '../../../src/contracts/errors.ts';
import type { SideCounts, WindowCounts } from '../../../src/domain/evidence.ts';
import { instant } from '../../../src/domain/units.ts';
import type { Behaviour } from '../base-runs.ts';
import { changeWorld, type Live } from '../world.ts';
import { jobsIn } from './jobs.ts';
import { type Mishap, servingIn } from './serving.ts';

/** One Databricks workspace for all roles, in memory; whether a version is bad is the base run's affair. */
export function workspaceIn(live: Live, behaviour: Behaviour, mishap?: Mishap): Workspace {
  return {
    serving: servingIn(live, behaviour, mishap),
    jobs: jobsIn(live),
    registry: registryIn(live, behaviour),
    requests: requestsIn(behaviour),
  };
}

function registryIn(live: Live, { swappedFrom = Number.POSITIVE_INFINITY }: Behaviour): ModelRegistry {
  return {
    version: async (model, version) => {
      if (!/^[1-9]$/.test(version)) {
        throw new ReleaseError(
          'UnknownModelVersion',
          `the registry shows no version "${version}" of ${model}`,
        );
      }
      const swapped = version === '2' && live.world.acted >= swappedFrom;
      const source = `dbfs:/models/${version}${swapped ? '-swapped' : ''}`;
      const identity = JSON.stringify({ id: `${model}/${version}`, source });
      return { model, version, ready: true, readiness: 'READY', identity };
    },
    alias: async (_model, alias) => live.world.workspace.aliases[alias],
    setAlias: async (_model, alias, version) => {
      const { workspace } = live.world;
      changeWorld(live, { workspace: { ...workspace, aliases: { ...workspace.aliases, [alias]: version } } });
    },
    tag: async () => {},
    // Copies for people have no part in any decision.
    keepText: async () => {},
    keptText: async () => undefined,
  };
}

/**
 * Enough requests in each window that one window proves what there is to prove, split as the policy's one step says:
 * counts of another split would be no evidence. Where the candidate is alone, nobody looks at the baseline's.
 */
const perWindow = { baseline: 90_000, candidate: 10_000 };
/** Errors per request of whatever is as good as the rest, and of what is not. */
const errorRate = { healthy: 0.005, harmful: 0.5 };

function requestsIn({ bad }: Behaviour): RequestEvidence {
  return {
    ask: async () => 'query-1',
    answer: async (_queryId, { from, until, span, candidate, latency }) => {
      const windows: WindowCounts[] = [];
      const harmful = bad.some((version) => candidate.endsWith(`-${version}`));
      const first = Math.ceil(from / span) * span;
      for (let at = first; at + span <= until; at += span) {
        windows.push({
          at: instant(at),
          span,
          step: -1,
          baseline: sideOf(perWindow.baseline, errorRate.healthy, latency),
          candidate: sideOf(perWindow.candidate, errorRate[harmful ? 'harmful' : 'healthy'], latency),
        });
      }
      return windows;
    },
    cancel: async () => {},
  };
}

/** Whatever did not fail was quick. */
function sideOf(requests: number, rate: number, latency: LatencyGrid | null): SideCounts {
  const errors = requests * rate;
  const counts = { requests, errors, clientErrors: 0, throttled: 0 };
  if (!latency) return counts;
  const buckets = new Map([
    [0, requests - errors],
    [latency.buckets, errors],
  ]);
  return { ...counts, latencyMs: histogramOf(buckets, edgesOf([buckets], latency)) };
}

/** The share of an entity in raw routes. */
export function shareIn100(configuration: Readonly<Record<string, unknown>>, entity: string): number {
  return routesOf(configuration)
    .filter((route) => routed(route) === entity)
    .reduce((sum, route) => sum + shareIn(route), 0);
}

export const entityNames = (configuration: Readonly<Record<string, unknown>>): string[] =>
  entitiesOf(configuration).map((entity) => String(entity['name']));
