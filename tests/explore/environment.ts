import { type EnvironmentConfig, environmentSchema } from '../../src/contracts/policy.ts';
import { alias, type BaseRun, beginning, endpoint, model, stagingEndpoint } from './base-runs.ts';

/** What the controller of a base run is configured with. */

export function environmentOf(run: BaseRun): EnvironmentConfig {
  const workspace = { host: 'https://example.com', credentials: { kind: 'pat', token: 'env:TOKEN' } };
  return environmentSchema.parse({
    environment: 'production',
    workspaces: { production: workspace, staging: workspace, evaluate: workspace, test: workspace },
    endpoints: {
      fraud: {
        model,
        endpoint,
        policy: 'default',
        warehouse: 'w1',
        callers: 'prod.serving.callers',
        stagingEndpoint,
        alias,
        hiddenFields: 'none',
        jobs: { test: '1', evaluate: '2', verifyStaging: '3' },
        alerts: { tables: run.behaviour.unmapped ? [] : ['prod.features.fraud'], rules: [] },
        probes: { sideEffectFree: true, requests: [{ x: 1 }], perTick: 4 },
      },
    },
    policies: {
      default: {
        strategy: { kind: 'canary', steps: [{ candidate: 10, minBake: '1m', deadline: '5m' }] },
        gates: [{ name: 'errors', kind: 'errors', ceiling: 0.05 }],
        soak: { span: '1m' },
        onNewVersion: run.onNewVersion ?? 'queue',
        holdDeadline: '4m',
        freezeWindows: (run.behaviour.windows ?? []).map(([from, until]) => ({
          kind: 'once',
          from: moment(from),
          until: moment(until),
          why: 'nobody is there',
        })),
        evidence: { every: '1m', window: '1m', lag: '0s' },
        stages: {
          test: { deadline: '5m' },
          evaluate: { deadline: '5m' },
          stage: { deadline: '5m' },
          verifyStaging: { deadline: '5m' },
          approve: { deadline: '5m' },
          warm: { deadline: '5m' },
          shadow: { deadline: '5m', pairs: 4 },
          // Sooner than what is under way must have arrived: the end of a retirement waits for that.
          retire: { deadline: '2m' },
        },
      },
    },
    tick: '1m',
  });
}

const moment = (since: number): string => new Date(beginning + since).toISOString();

/** The endpoint of a model that the configuration knows. */
export const findConfigured = (name: string): string | undefined => (name === model ? endpoint : undefined);
