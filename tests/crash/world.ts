import { createHash } from 'node:crypto';
import type { Behaviour, WorkspaceProfile } from '../../local/workspace/profile.ts';

/** What the crash run is played with: endpoints that share nothing, two policies, and versions of known character. */

/** How many times faster than the machine's clock the releases live, in the simulator and in `serve`. */
export const speed = 60;

/** Longest that the simulator takes for an update of routes, in virtual milliseconds. */
export const longestUpdateMs = 20_000;

export interface Subject {
  readonly endpoint: string;
  /** Unity Catalog name of its model. */
  readonly model: string;
  /** What the registry and the configuration call the model. */
  readonly registryName: string;
  /** The only table whose alerts concern it. */
  readonly table: string;
  /** Asks for an approval and for paired probes, and lets a new version supersede. */
  readonly careful: boolean;
}

/** @param count how many endpoints are released to side by side */
export function subjects(count: number): Subject[] {
  return Array.from({ length: count }, (_, index) => ({
    endpoint: `score-${index + 1}`,
    model: `prod.ml.score${index + 1}`,
    registryName: `score${index + 1}`,
    table: `score_inputs_${index + 1}`,
    careful: index % 2 === 1,
  }));
}

/** Candidate shares that a release on any of the endpoints may ever have. */
export const allowedShares: ReadonlySet<number> = new Set([0, 10, 50, 100]);

type Conduct = Partial<Behaviour>;
const sound: Conduct = { errorRate: 0, latencyMs: { median: 20, sigma: 0.2 }, quality: 0.95 };
const failsFrom = (fromPercent: number): Conduct => ({
  ...sound,
  changes: [{ afterMs: 0, fromPercent, errorRate: 0.7 }],
});

/** `mayServe`: the highest share that a version of this kind may end a release with, and may ever have had. */
export const kinds = {
  good: { behaviour: sound, mayServe: 100 },
  /** Fails 70 % of what callers send, from its first share on. */
  harmful: { behaviour: failsFrom(1), mayServe: 10 },
  /** As good as any at 10 %, and fails at 50 %. */
  late: { behaviour: failsFrom(50), mayServe: 50 },
  /** The test job says no: no caller may ever meet it. */
  untested: {
    behaviour: { ...sound, jobs: { test: { kind: 'fails', message: 'two tests failed' } } },
    mayServe: 0,
  },
} as const satisfies Record<string, { behaviour: Conduct; mayServe: number }>;

export type Kind = keyof typeof kinds;

const range = (min: number, max: number) => ({ min, max });

export function profileOf(all: readonly Subject[]): WorkspaceProfile {
  return {
    name: 'crash',
    models: all.map(({ model }) => ({
      name: model,
      aliases: { champion: 1 },
      versions: [{ behaviour: sound }],
    })),
    endpoints: all.map(({ endpoint, model, registryName }) => ({
      body: {
        name: endpoint,
        config: {
          served_entities: [
            {
              // The callers' log is one for all endpoints: entities are told apart in it by their names.
              name: `${registryName}-1`,
              entity_name: model,
              entity_version: '1',
              workload_size: 'Small',
              scale_to_zero_enabled: false,
              environment_vars: { FEATURE_STORE: '{{secrets/score/feature-store}}' },
              placement_hint: { zone: 'b' },
            },
          ],
          traffic_config: { routes: [{ served_entity_name: `${registryName}-1`, traffic_percentage: 100 }] },
        },
      },
      traffic: { perSecond: 8 },
    })),
    jobs: [
      {
        jobId: 1001,
        name: 'test',
        tasks: ['report'],
        duration: range(5_000, 15_000),
        outcome: () => ({ kind: 'succeeds', checks: [{ name: 'signature', kind: 'schema', passed: true }] }),
      },
    ],
    timings: {
      trafficUpdate: range(2_000, longestUpdateMs),
      newEntity: range(10_000, 40_000),
      statement: range(300, 2_000),
      payloadDelay: range(1_000, 2_000),
      jobQueue: range(500, 1_000),
    },
    // Each endpoint alone would stay far below the real limit; side by side, and 60 times as fast, they would not.
    servingUpdateLimit: { count: 10_000, perMs: 300_000 },
    jobLimitsPerSecond: { runNow: 200, get: 1_000, getOutput: 200, cancel: 100 },
  };
}

const off = { enabled: false, why: 'not part of the crash run' };

function policy(careful: boolean) {
  return {
    strategy: {
      kind: 'canary',
      steps: [
        { candidate: 10, minBake: '20s', deadline: '2h' },
        { candidate: 50, minBake: '20s', deadline: '2h' },
      ],
    },
    // Sound versions never fail and harmful ones do at 0.7: a few dozen requests prove either.
    gates: [{ name: 'errors', kind: 'errors', ceiling: 0.2 }],
    soak: { span: '40s' },
    atDeadline: 'rollback',
    onNewVersion: careful ? 'supersede' : 'queue',
    holdDeadline: '3m',
    evidence: { every: '15s', window: '10s', lag: '0s' },
    stages: {
      test: { deadline: '2h' },
      evaluate: off,
      assess: off,
      stage: off,
      verifyStaging: off,
      approve: careful ? { enabled: true, deadline: '1h' } : off,
      shadow: careful ? { enabled: true, pairs: 20, deadline: '2h' } : off,
      warm: { deadline: '2h' },
    },
  };
}

/** The configuration file of `headgate serve`. JSON is YAML. */
export function configurationOf(all: readonly Subject[]): string {
  const workspace = {
    host: 'https://replaced-by-the-simulator.example.com',
    credentials: { kind: 'oauth', clientId: 'env:UNUSED', clientSecret: 'env:UNUSED' },
  };
  const endpoints = all.map((subject) => [
    subject.registryName,
    {
      model: subject.model,
      endpoint: subject.endpoint,
      policy: subject.careful ? 'careful' : 'plain',
      warehouse: '0123456789abcdef',
      callers: 'prod.serving.caller_requests',
      jobs: { test: '1001' },
      alias: 'champion',
      hiddenFields: 'none',
      alerts: { tables: [subject.table] },
      probes: { sideEffectFree: true, perTick: 20, requests: [{ dataframe_records: [{ amount: 12.5 }] }] },
    },
  ]);
  return JSON.stringify({
    environment: 'production',
    workspaces: { production: workspace, test: workspace },
    endpoints: Object.fromEntries(endpoints),
    policies: { plain: policy(false), careful: policy(true) },
    intake: {
      mlflow: { secrets: ['env:MLFLOW_WEBHOOK_SECRET'] },
      monteCarlo: { secrets: ['env:MONTE_CARLO_WEBHOOK_SECRET'] },
    },
    tick: '10s',
  });
}

/** The same seed gives the same secrets; they open nothing but this run's own programs. */
export const senderSecrets = (seed: number) => {
  const secret = (of: string) => createHash('sha256').update(`${of} ${seed}`).digest('base64url');
  return { mlflow: secret('mlflow'), monteCarlo: secret('monte-carlo') };
};
