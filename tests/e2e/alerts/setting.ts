import * as z from 'zod';
import type { WorkspaceConnection } from '../../../local/private-file.ts';
import type { Behaviour, WorkspaceProfile } from '../../../local/workspace/profile.ts';
import { profileOf, type Subject } from '../../crash/world.ts';

/** What the alerts meet: one endpoint for each case, and a policy that stands still where the case needs it. */

/** Named for the stage that lasts; `plain` has none before traffic, `forgetful` undoes no promotion after a minute. */
const policyNames = [
  'plain',
  'forgetful',
  'test',
  'evaluate',
  'staging',
  'approve',
  'shadow',
  'bake',
  'soak',
] as const;
export const policyNamed = z.enum(policyNames);
export type PolicyName = z.output<typeof policyNamed>;

export interface Place extends Subject {
  readonly policy: PolicyName;
  readonly staging: string;
  /** What feeds every version; `table` and `rule` judge what the version itself makes. */
  readonly upstreamTable: string;
  readonly rule: string;
  readonly upstreamRule: string;
}

/** @param name of the case: nothing else has a table, a rule or an endpoint of these names */
export function placeOf(name: string, policy: PolicyName): Place {
  return {
    endpoint: name,
    model: `prod.ml.${name}`,
    registryName: name,
    table: `${name}_scores`,
    careful: false,
    policy,
    staging: `${name}-staging`,
    upstreamTable: `${name}_raw`,
    rule: `${name}-rule`,
    upstreamRule: `${name}-raw-rule`,
  };
}

export const sound: Partial<Behaviour> = {
  errorRate: 0,
  latencyMs: { median: 20, sigma: 0.2 },
  quality: 0.95,
};

const range = (min: number, max: number) => ({ min: min * 1_000, max: max * 1_000 });

/** The simulator's part. In real time a stage lasts as many seconds as it takes to meet it there, and to start again. */
export function simulated(places: readonly Place[], speed: number): WorkspaceProfile {
  const base = profileOf(places);
  const long = speed === 1 ? range(25, 30) : range(240, 300);
  const stagingOf = new Map(places.map(({ endpoint, staging }) => [endpoint, staging]));
  const job = (jobId: number, name: string) => ({
    jobId,
    name,
    tasks: ['report'],
    duration: long,
    outcome: () => ({
      kind: 'succeeds' as const,
      checks: [{ name: 'signature', kind: 'schema', passed: true }],
    }),
  });
  return {
    ...base,
    name: 'alerts',
    endpoints: (base.endpoints ?? []).flatMap((endpoint) => {
      const staging = stagingOf.get(String(endpoint.body['name']));
      return [
        { ...endpoint, traffic: { perSecond: 4 } },
        ...(staging === undefined ? [] : [{ body: { ...endpoint.body, name: staging } }]),
      ];
    }),
    jobs: [job(1001, 'test'), job(1002, 'evaluate'), job(1003, 'verify-staging')],
    timings: {
      ...base.timings,
      trafficUpdate: speed === 1 ? range(1, 2) : range(60, 90),
      newEntity: long,
    },
  };
}

const off = { enabled: false, why: 'not part of this case' };

function policyOf(name: PolicyName) {
  const on = (stage: PolicyName, how: object) => (name === stage ? { enabled: true, ...how } : off);
  const bake = name === 'bake' ? '5m' : '20s';
  return {
    strategy: { kind: 'canary', steps: [{ candidate: 10, minBake: bake, deadline: '6h' }] },
    // Sound versions never fail: a few dozen requests prove them.
    gates: [{ name: 'errors', kind: 'errors', ceiling: 0.2 }],
    soak: { span: name === 'soak' ? '8m' : '40s' },
    atDeadline: 'hold',
    holdDeadline: '6h',
    ...(name === 'forgetful' ? { rollbackWindow: '1m' } : {}),
    evidence: { every: '20s', window: '20s', lag: '0s' },
    stages: {
      test: on('test', { deadline: '6h' }),
      evaluate: on('evaluate', { deadline: '6h' }),
      assess: off,
      stage: on('staging', { deadline: '6h' }),
      verifyStaging: on('staging', { deadline: '6h' }),
      approve: on('approve', { deadline: '6h' }),
      shadow: on('shadow', { pairs: 400, deadline: '6h' }),
      warm: { deadline: '6h' },
      retire: { deadline: '6h' },
    },
  };
}

/** Where Monte Carlo's API is, and the variables that hold its keys. */
export interface IncidentsApi {
  readonly url: string;
  readonly keyId: string;
  readonly token: string;
}

/**
 * The configuration file of `headgate serve`; JSON is YAML. With the API of Monte Carlo the workspace stands in it as a
 * real one does; without, `--workspace` puts the simulator in.
 */
export function configurationOf(
  places: readonly Place[],
  { host }: WorkspaceConnection,
  api: IncidentsApi | undefined,
): string {
  const credentials = { kind: 'oauth', clientId: 'env:CLIENT_ID', clientSecret: 'env:CLIENT_SECRET' };
  const workspace = { host, credentials };
  const endpoints = places.map((place) => [
    place.registryName,
    {
      model: place.model,
      endpoint: place.endpoint,
      stagingEndpoint: place.staging,
      policy: place.policy,
      warehouse: '0123456789abcdef',
      callers: 'prod.serving.caller_requests',
      jobs: { test: '1001', evaluate: '1002', verifyStaging: '1003' },
      alias: 'champion',
      hiddenFields: 'none',
      alerts: {
        tables: [`zeus:ares.${place.table}`],
        rules: [place.rule],
        upstream: { tables: [`zeus:ares.${place.upstreamTable}`], rules: [place.upstreamRule] },
      },
      probes: { sideEffectFree: true, perTick: 20, requests: [{ dataframe_records: [{ amount: 12.5 }] }] },
    },
  ]);
  const keys = { keyId: 'env:MONTE_CARLO_KEY_ID', token: 'env:MONTE_CARLO_TOKEN' };
  return JSON.stringify({
    environment: 'production',
    workspaces: { test: workspace, evaluate: workspace, staging: workspace, production: workspace },
    endpoints: Object.fromEntries(endpoints),
    policies: Object.fromEntries(policyNames.map((name) => [name, policyOf(name)])),
    intake: {
      mlflow: { secrets: ['env:MLFLOW_WEBHOOK_SECRET'] },
      monteCarlo: {
        secrets: ['env:MONTE_CARLO_WEBHOOK_SECRET'],
        ...(api ? { api: { url: api.url, ...keys } } : {}),
      },
    },
    tick: api ? '1s' : '10s',
  });
}
