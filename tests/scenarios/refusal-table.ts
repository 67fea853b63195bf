import type { WorkspaceProfile } from '../../local/workspace/profile.ts';
import { fraudProfile } from '../../local/workspace/profiles/fraud.ts';
import type { EnvironmentConfig, Policy } from '../../src/contracts/policy.ts';
import { endpoint, healthy, type Setting, type Stage } from './stage.ts';

type Members = Record<string, unknown>;
const [production, ...others] = fraudProfile.endpoints ?? [];
const body = production?.body ?? {};
const withBody = (members: Members): Partial<WorkspaceProfile> => ({
  endpoints: [{ ...production, body: { ...body, ...members } }, ...others],
});

/** The endpoint's configuration with one more entity, and as much traffic on it as is said. */
function beside(share: number, version = '1'): Members {
  const { served_entities: entities, ...config } = body['config'] as Members;
  const [first] = entities as Members[];
  return {
    ...config,
    served_entities: [first, { ...first, name: 'other', entity_version: version }],
    traffic_config: {
      routes: [
        { served_entity_name: 'fraud-1', traffic_percentage: 100 - share },
        { served_entity_name: 'other', traffic_percentage: share },
      ],
    },
  };
}

/** Somebody else changes the endpoint, at once. */
export const foreign = (stage: Stage, config?: Members) =>
  stage.workspace
    .installFault({ name: 'foreignChange', parameters: { endpoint, ...(config ? { config } : {}) } })
    .then(() => stage.pass(1_000));

const policyOf = (change: (policy: Policy) => Policy) => (environment: EnvironmentConfig) => {
  const { default: policy } = environment.policies;
  if (!policy) throw new RangeError('There is no default policy.');
  return { ...environment, policies: { default: change(policy) } };
};

const withoutFraud = (key: string) => (environment: EnvironmentConfig) => {
  const { fraud } = environment.endpoints;
  const kept = Object.fromEntries(Object.entries(fraud ?? {}).filter(([name]) => name !== key));
  return { ...environment, endpoints: { fraud: kept as NonNullable<typeof fraud> } };
};

export interface Refusal {
  readonly because: string;
  readonly error: string;
  readonly setting?: Setting;
  /** What happens to the world before the release begins. */
  readonly given?: (stage: Stage) => Promise<unknown>;
  /** Another version than a new READY one. */
  readonly version?: (stage: Stage) => Promise<string>;
  /** What a person must find in the words. */
  readonly says: RegExp;
}

export const refusals: readonly Refusal[] = [
  {
    because: 'several entities have traffic',
    error: 'SeveralEntitiesWithTraffic',
    given: (stage) => foreign(stage, beside(30)),
    says: /fraud-1 70 %, other 30 %/,
  },
  {
    because: 'the gateway falls back to another entity',
    error: 'GatewayFallbackOn',
    setting: {
      profile: withBody({
        ai_gateway: { ...(body['ai_gateway'] as Members), fallback_config: { enabled: true } },
      }),
    },
    says: /fallback off/,
  },
  {
    because: 'the endpoint is route-optimised',
    error: 'RouteOptimisedEndpoint',
    setting: { profile: withBody({ route_optimized: true }) },
    says: /route-optimised/,
  },
  {
    because: 'the endpoint is in the middle of an update',
    error: 'EndpointUpdateInProgress',
    given: async (stage) => {
      await stage.workspace.installFault({ name: 'updateTakes', parameters: { durationMs: 7_200_000 } });
      await stage.workspace.installFault({
        name: 'foreignChange',
        parameters: { endpoint, instant: false },
      });
      await stage.pass(1_000);
    },
    says: /update in progress/,
  },
  {
    because: 'the endpoint is gone',
    error: 'DatabricksNotFound',
    given: async (stage) => {
      await stage.workspace.installFault({ name: 'endpointDeleted', parameters: { endpoint } });
      await stage.pass(1_000);
    },
    says: /fraud-prod/,
  },
  {
    because: 'a step has no gates',
    error: 'StepWithoutGates',
    setting: { environment: policyOf((policy) => ({ ...policy, gates: [] })) },
    says: /no gate judges it/,
  },
  {
    because: 'the shares do not rise',
    error: 'PolicyInvalid',
    setting: {
      policy: { strategy: { kind: 'canary', steps: [{ candidate: 50 }, { candidate: 20 }] } },
    },
    says: /shares must rise/,
  },
  {
    because: 'the policy is not there',
    error: 'PolicyInvalid',
    setting: { fraud: { policy: 'careful' } },
    says: /no policy "careful"/,
  },
  {
    because: 'there is no last good configuration',
    error: 'NoLastGood',
    setting: { adopt: false },
    says: /headgate adopt fraud-prod/,
  },
  {
    because: 'hidden fields are not declared',
    error: 'UndeclaredHiddenFields',
    setting: { environment: withoutFraud('hiddenFields') },
    says: /Set `hiddenFields`/,
  },
  {
    because: 'a declared hidden field would carry a secret',
    error: 'UndeclaredHiddenFields',
    setting: { fraud: { hiddenFields: { api_key_plaintext: 'sesame' } } },
    says: /secret scope/,
  },
  {
    because: 'the registry has no such version',
    error: 'UnknownModelVersion',
    version: async () => '99',
    says: /99/,
  },
  {
    because: 'the version is another spelling of a number',
    error: 'UnknownModelVersion',
    version: async (stage) => `0${await stage.version()}`,
    says: /02/,
  },
  {
    because: 'the endpoint is stopped',
    error: 'EndpointStopped',
    given: async ({ controller }) => {
      const { serving } = controller.ports.workspace('production');
      const observe = serving.observe.bind(serving);
      // The simulator's endpoints cannot be stopped: only what is observed of this one is changed.
      const stopped = async (name: string) => ({ ...(await observe(name)), ready: false, stopped: true });
      Object.assign(serving, { observe: stopped });
    },
    says: /stopped or not READY/,
  },
  {
    because: 'the version is not READY',
    error: 'UnknownModelVersion',
    version: (stage) => stage.version(healthy, { status: 'PENDING_REGISTRATION' }),
    says: /still being registered, not READY/,
  },
  {
    because: 'the version failed to register',
    error: 'UnknownModelVersion',
    version: (stage) => stage.version(healthy, { status: 'FAILED_REGISTRATION' }),
    says: /registration that failed, not READY/,
  },
  {
    because: 'the version already serves',
    error: 'AlreadyServing',
    version: async () => '1',
    says: /already serves version 1/,
  },
  {
    because: 'somebody changed the endpoint since it was adopted',
    error: 'ForeignChange',
    given: (stage) => foreign(stage),
    says: /headgate adopt fraud-prod/,
  },
  {
    because: 'somebody moved all traffic to another version',
    error: 'ForeignChange',
    given: async (stage) => {
      await stage.version();
      await foreign(stage, beside(100, '2'));
    },
    says: /headgate adopt fraud-prod/,
  },
  {
    because: 'another model serves there',
    error: 'PolicyInvalid',
    setting: {
      fraud: { model: 'prod.ml.churn' },
      profile: { models: [...(fraudProfile.models ?? []), { name: 'prod.ml.churn', versions: [{}] }] },
    },
    version: async () => '1',
    says: /serves prod.ml.fraud, but prod.ml.churn is configured/,
  },
  ...(
    [
      ['test', 'test', /jobs.test is not set/],
      ['evaluate', 'evaluate', /jobs.evaluate is not set/],
      ['verifyStaging', 'verifyStaging', /jobs.verifyStaging is not set/],
    ] as const
  ).map(([stage, job, says]) => ({
    because: `stage ${stage} is on without its job`,
    error: 'PolicyInvalid',
    setting: {
      policy: { stages: { [stage]: { enabled: true } } },
      environment: (environment: EnvironmentConfig) => {
        const { fraud } = environment.endpoints;
        if (!fraud) return environment;
        const jobs = Object.fromEntries(Object.entries(fraud.jobs).filter(([name]) => name !== job));
        return { ...environment, endpoints: { fraud: { ...fraud, jobs } } };
      },
    },
    says,
  })),
  {
    because: 'staging is on without an endpoint',
    error: 'PolicyInvalid',
    setting: {
      policy: { stages: { stage: { enabled: true } } },
      environment: withoutFraud('stagingEndpoint'),
    },
    says: /stagingEndpoint is not set/,
  },
  {
    because: 'shadow is on without probes',
    error: 'PolicyInvalid',
    setting: { policy: { stages: { shadow: { enabled: true } } }, environment: withoutFraud('probes') },
    says: /no probes are declared/,
  },
  {
    because: 'no warehouse can be asked for evidence',
    error: 'PolicyInvalid',
    setting: { environment: withoutFraud('warehouse') },
    says: /warehouse is not set/,
  },
];
