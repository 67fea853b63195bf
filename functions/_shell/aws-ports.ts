import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { openDynamoLedger } from '../../src/adapters/aws/dynamo-ledger.ts';
import { eventBridgeBus } from '../../src/adapters/aws/event-bridge.ts';
import { openS3Evidence } from '../../src/adapters/aws/s3-evidence.ts';
import type { S3Access } from '../../src/adapters/aws/s3-requests.ts';
import { type SecretsOnAws, secretsManager } from '../../src/adapters/aws/secrets-manager.ts';
import { stepFunctionsMachine } from '../../src/adapters/aws/step-functions.ts';
import { systemClock } from '../../src/adapters/aws/system-clock.ts';
import { configuredWorkspaces } from '../../src/adapters/databricks/configured-workspaces.ts';
import { registryWebhook } from '../../src/adapters/mlflow/registry-webhook.ts';
import { alertWebhook } from '../../src/adapters/monte-carlo/alert-webhook.ts';
import { configuredIncidents } from '../../src/adapters/monte-carlo/incidents-api.ts';
import type { EvidenceStore } from '../../src/app/ports/evidence-store.ts';
import type { Machine } from '../../src/app/ports/machine.ts';
import type { EventBus, Ports } from '../../src/app/ports/ports.ts';
import { senderSecrets } from '../../src/app/sender-secrets.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import { type FunctionEnvironment, functionEnvironment } from '../../src/contracts/functions.ts';
import type { EnvironmentConfig } from '../../src/contracts/policy.ts';

/**
 * The ports of a function on AWS. What not every function reaches is a part of its own, so that a bundle holds only the
 * clients of what its function may reach (lib/function-code.ts names the parts). Nothing is read before its first use,
 * and each client is made once for the life of the process.
 */
export interface Parts {
  readonly evidence?: (setting: Setting) => EvidenceStore;
  readonly machine?: (setting: Setting) => Machine;
  readonly bus?: (setting: Setting) => EventBus;
  readonly workspaces?: (setting: Setting) => Ports['workspace'];
  readonly mlflow?: (setting: Setting) => Ports['mlflow'];
  readonly monteCarlo?: (setting: Setting) => Ports['monteCarlo'];
  readonly incidents?: (setting: Setting) => Ports['incidents'];
}

/** What a part is made of. */
export interface Setting {
  readonly environment: EnvironmentConfig;
  readonly names: FunctionEnvironment;
  /** The process's own variables. */
  readonly variables: Variables;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** @param environment With every secret named by an `aws:` reference. */
export function awsPorts(
  environment: EnvironmentConfig,
  parts: Parts,
  variables: Variables = process.env,
): Ports {
  const setting = once((): Setting => ({ environment, names: namesIn(variables), variables }));
  const part = <T>(name: keyof Parts, make: ((setting: Setting) => T) | undefined) =>
    once(() => {
      if (make) return make(setting());
      throw new ReleaseError('ContractBroken', `this function was built without ${name}`);
    });
  const ledger = once(() =>
    openDynamoLedger({ client: new DynamoDBClient(patience), table: setting().names.LEDGER_TABLE }),
  );
  const evidence = part('evidence', parts.evidence);
  const machine = part('machine', parts.machine);
  const bus = part('bus', parts.bus);
  const workspaces = part('workspaces', parts.workspaces);
  const mlflow = part('mlflow', parts.mlflow);
  const monteCarlo = part('monteCarlo', parts.monteCarlo);
  const incidents = part('incidents', parts.incidents);
  return {
    clock: systemClock,
    environment,
    get ledger() {
      return ledger();
    },
    get evidence() {
      return evidence();
    },
    get machine() {
      return machine();
    },
    get bus() {
      return bus();
    },
    workspace: (role) => workspaces()(role),
    get mlflow() {
      return mlflow();
    },
    get monteCarlo() {
      return monteCarlo();
    },
    get incidents() {
      return incidents();
    },
  };
}

export const evidence = (setting: Setting): EvidenceStore =>
  openS3Evidence({ ...s3Access(setting), bucket: setting.names.EVIDENCE_BUCKET });

export const machine = (setting: Setting): Machine =>
  stepFunctionsMachine({
    client: new SFNClient(patience),
    machineArns: {
      release: setting.names.RELEASE_MACHINE_ARN,
      alertResponse: setting.names.ALERT_MACHINE_ARN,
    },
  });

export const bus = (setting: Setting): EventBus =>
  eventBridgeBus({ client: new EventBridgeClient(patience), busName: setting.names.BUS_NAME });

export const workspaces = (setting: Setting): Ports['workspace'] =>
  configuredWorkspaces({
    environment: setting.environment,
    secrets: secrets(),
    clock: systemClock,
  });

export const mlflow = (setting: Setting): Ports['mlflow'] => {
  const { accepted } = secrets();
  return registryWebhook({ secrets: () => senderSecrets(setting.environment, 'mlflow', accepted) });
};

export const monteCarlo = (setting: Setting): Ports['monteCarlo'] => {
  const { accepted } = secrets();
  return alertWebhook({ secrets: () => senderSecrets(setting.environment, 'monteCarlo', accepted) });
};

export const incidents = (setting: Setting): Ports['incidents'] =>
  configuredIncidents(setting.environment, secrets());

const secrets = (): SecretsOnAws => secretsManager({ client: new SecretsManagerClient(patience) });

/**
 * Of the SDK's clients. At most 3 x 8 s and the pauses between: within the 25 s of the function that is given least.
 * Without this a request that nobody answers would take the function's whole time.
 */
const patience = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 8_000, throwOnRequestTimeout: true },
};

/** As Lambda tells it: the region, the role's credentials, and an endpoint where something stands in for AWS. */
function s3Access({ variables }: Setting): Omit<S3Access, 'bucket'> {
  return {
    region: given(variables, 'AWS_REGION'),
    endpoint: variables['AWS_ENDPOINT_URL_S3'] ?? variables['AWS_ENDPOINT_URL'],
    credentials: {
      accessKeyId: given(variables, 'AWS_ACCESS_KEY_ID'),
      secretAccessKey: given(variables, 'AWS_SECRET_ACCESS_KEY'),
      sessionToken: variables['AWS_SESSION_TOKEN'],
    },
    clock: systemClock,
  };
}

/** Made at the first call. One that fails is tried again at the next: the variables may be the trouble. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function namesIn(variables: Variables): FunctionEnvironment {
  const parsed = functionEnvironment.safeParse(variables);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new ReleaseError('ConfigurationInvalid', `the function lacks the environment variables ${missing}`);
}

function given(variables: Variables, name: string): string {
  const value = variables[name];
  if (value) return value;
  throw new ReleaseError('ConfigurationInvalid', `the function lacks the environment variable ${name}`);
}
