import type { WorkspaceProfile } from '../profile.ts';

/** One served version of `prod.ml.fraud`, with members nobody knows, so that raw carrying is exercised. */
const servedEntity = {
  name: 'fraud-1',
  entity_name: 'prod.ml.fraud',
  entity_version: '1',
  workload_size: 'Small',
  workload_type: 'CPU',
  scale_to_zero_enabled: false,
  environment_vars: { FEATURE_STORE: '{{secrets/fraud/feature-store}}' },
  placement_hint: { zone: 'b', spread: ['rack', 'host'] },
};

const configOf = (prefix: string) => ({
  served_entities: [servedEntity],
  traffic_config: {
    routes: [{ served_entity_name: 'fraud-1', traffic_percentage: 100, session_pinning: 'none' }],
    overflow_rule: { mode: 'shed', above: 0.95 },
  },
  startup_budget: { seconds: 90, steps: [{ name: 'load', share: 0.7 }] },
  capture_note: prefix,
});

const bodyOf = (name: string, prefix: string) => ({
  name,
  description: `Fraud scores (${name})`,
  tags: [{ key: 'team', value: 'risk' }],
  ai_gateway: {
    inference_table_config: {
      catalog_name: 'prod',
      schema_name: 'serving',
      table_name_prefix: prefix,
      enabled: true,
    },
    usage_tracking_config: { enabled: true },
  },
  ownership: { cost_centre: '4711', contacts: ['risk@example.com'] },
  config: configOf(prefix),
});

/** The shipped profile: one production and one staging endpoint of one model, and the three jobs around it. */
export const fraudProfile: WorkspaceProfile = {
  name: 'fraud',
  catalog: 'prod',
  schema: 'serving',
  models: [
    {
      name: 'prod.ml.fraud',
      aliases: { champion: 1 },
      tags: { domain: 'payments' },
      versions: [
        {
          comment: 'First version in production.',
          behaviour: { errorRate: 0.005, latencyMs: { median: 50, sigma: 0.5 }, quality: 0.94 },
        },
      ],
    },
  ],
  endpoints: [
    { body: bodyOf('fraud-prod', 'fraud_prod'), traffic: { perSecond: 16 } },
    { body: bodyOf('fraud-staging', 'fraud_staging') },
  ],
  jobs: [
    {
      jobId: 1001,
      name: 'test',
      tasks: ['prepare', 'report'],
      duration: { min: 90_000, max: 150_000 },
      outcome: () => ({
        kind: 'succeeds',
        checks: [
          { name: 'signature', kind: 'schema', passed: true },
          { name: 'unit-tests', kind: 'tests', passed: true, value: 128, unit: 'tests' },
        ],
      }),
    },
    {
      jobId: 1002,
      name: 'evaluate',
      tasks: ['prepare', 'report'],
      duration: { min: 180_000, max: 420_000 },
      outcome: () => ({
        kind: 'succeeds',
        checks: [{ name: 'data-freshness', kind: 'data', passed: true }],
        metrics: [{ name: 'auc', value: 0.941, n: 20_000, interval: [0.936, 0.946] }],
      }),
    },
    {
      jobId: 1003,
      name: 'verify-staging',
      tasks: ['prepare', 'report'],
      duration: { min: 60_000, max: 120_000 },
      outcome: () => ({
        kind: 'succeeds',
        checks: [{ name: 'answers-every-contract-request', kind: 'smoke', passed: true, value: 40 }],
      }),
    },
  ],
};

const like = { latencyMs: { median: 48, sigma: 0.5 }, quality: 0.95 };

/** What `headgate workspace` runs: the registry already holds a healthy version 2, and a version 3 that breaks on real callers. */
export const tourProfile: WorkspaceProfile = {
  ...fraudProfile,
  models: (fraudProfile.models ?? []).map((model) => ({
    ...model,
    versions: [
      ...(model.versions ?? []),
      { comment: 'As good as version 1.', behaviour: { ...like, errorRate: 0.005 } },
      {
        comment: 'Passes every stage, and fails 5 % of what real callers send.',
        behaviour: { ...like, errorRate: 0.005, changes: [{ fromPercent: 1, errorRate: 0.05 }] },
      },
    ],
  })),
};
