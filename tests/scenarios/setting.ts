import type * as z from 'zod';
import { shippedFile } from '../../local/environment.ts';
import { type IncidentsAccess, onSimulator } from '../../local/simulator.ts';
import type { BehaviourAndMetadata, WorkspaceProfile } from '../../local/workspace/profile.ts';
import { fraudProfile } from '../../local/workspace/profiles/fraud.ts';
import { loadEnvironment } from '../../src/adapters/local/environment-file.ts';
import { type EndpointConfig, type EnvironmentConfig, policySchema } from '../../src/contracts/policy.ts';
import { seconds } from '../../src/domain/units.ts';

/** What a scenario is played with: the shipped profile and configuration, made quick, and what a test changes of them. */

export type PolicyInput = z.input<typeof policySchema>;
export type Behaviour = NonNullable<BehaviourAndMetadata['behaviour']>;

export const model = 'prod.ml.fraud';
export const endpoint = 'fraud-prod';
export const senders = { mlflow: 'mlflow-scenario-secret', monteCarlo: 'monte-carlo-scenario-secret' };

export const healthy: Behaviour = { errorRate: 0.005, latencyMs: { median: 48, sigma: 0.5 }, quality: 0.95 };
/** Passes whatever is asked before traffic, and fails half of what real callers send. */
export const harmful: Behaviour = { ...healthy, changes: [{ fromPercent: 1, errorRate: 0.5 }] };

const off = { enabled: false, why: 'not part of this scenario' };

/** Two short steps, proven within minutes; every stage before traffic is off. */
export const quickPolicy = {
  strategy: {
    kind: 'canary',
    steps: [
      { candidate: 5, minBake: '2m', deadline: '3h' },
      { candidate: 50, minBake: '2m', deadline: '3h' },
    ],
  },
  gates: [{ name: 'errors', kind: 'errors', ceiling: 0.05 }],
  soak: { span: '5m' },
  evidence: { every: '1m', window: '1m', lag: '0s' },
  stages: {
    test: off,
    evaluate: off,
    assess: off,
    stage: off,
    verifyStaging: off,
    approve: off,
    shadow: off,
  },
} satisfies PolicyInput;

export interface Setting {
  /** Members take the place of those of `quickPolicy`; stages are merged one by one. */
  readonly policy?: Partial<PolicyInput>;
  readonly fraud?: Partial<EndpointConfig>;
  /** The last word on the environment, after everything else. */
  readonly environment?: (environment: EnvironmentConfig) => EnvironmentConfig;
  readonly profile?: Partial<WorkspaceProfile>;
  /** 20 s when absent. */
  readonly tick?: number;
  readonly seed?: number;
  /** Shared secrets of the two senders, where a capture was signed with another one. */
  readonly senders?: Partial<typeof senders>;
  /** The version that serves at the beginning, when it is not the first; those up to it are registered. */
  readonly serving?: string;
  /** A simulated Monte Carlo API that alerts are read from again; none is configured when absent. */
  readonly incidents?: IncidentsAccess;
  /** False leaves the endpoints without a good configuration. */
  readonly adopt?: boolean;
}

/** Fast, and not all alike: one of entities takes longer than what was recorded before it may still arrive. */
export const quickTimings = {
  trafficUpdate: { min: 20_000, max: 20_000 },
  newEntity: { min: 160_000, max: 160_000 },
};

/** The shipped profile, with another version in production where the setting says so. */
export function profileOf({ serving = '1' }: Setting): WorkspaceProfile {
  if (serving === '1') return fraudProfile;
  const [fraud] = fraudProfile.models ?? [];
  const text = JSON.stringify(fraudProfile.endpoints).replaceAll(
    '"entity_version":"1"',
    `"entity_version":"${serving}"`,
  );
  const versions = Array.from({ length: Number(serving) }, () => ({ ...fraud?.versions?.[0] }));
  return {
    ...fraudProfile,
    models: [{ name: model, aliases: { champion: Number(serving) }, versions }],
    endpoints: JSON.parse(text) as NonNullable<WorkspaceProfile['endpoints']>,
  };
}

/** The shipped configuration on the simulator, with the policy of the setting. */
export function environmentOf(setting: Setting, host: string): EnvironmentConfig {
  const file = shippedFile('configs/production.yaml');
  const shipped = onSimulator(loadEnvironment(file, {}), host, setting.incidents);
  const { fraud } = shipped.endpoints;
  if (!fraud) throw new RangeError('The shipped configuration has no endpoint fraud.');
  const stages = { ...quickPolicy.stages, ...setting.policy?.stages };
  const policy = policySchema.parse({ ...quickPolicy, ...setting.policy, stages });
  const environment: EnvironmentConfig = {
    ...shipped,
    endpoints: { fraud: { ...fraud, ...setting.fraud } },
    policies: { default: policy },
    tick: setting.tick ?? seconds(20),
  };
  return setting.environment?.(environment) ?? environment;
}
