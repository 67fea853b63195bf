import type { Secrets } from '../src/app/ports/secrets.ts';
import type { EnvironmentConfig, WorkspaceConfig } from '../src/contracts/policy.ts';

/** What opens a simulated workspace. */
export interface SimulatorAccess {
  readonly host: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Secrets of the simulator and of its two webhook senders, by the references that `onSimulator` puts in. */
export interface SimulatorSecrets extends SimulatorAccess {
  readonly mlflow: string;
  readonly monteCarlo: string;
}

const references = {
  clientId: 'env:SIMULATOR_CLIENT_ID',
  clientSecret: 'env:SIMULATOR_CLIENT_SECRET',
  mlflow: 'env:SIMULATOR_MLFLOW_SECRET',
  monteCarlo: 'env:SIMULATOR_MONTE_CARLO_SECRET',
} as const;

/** The same environment, with the simulator in the place of each of its workspaces and webhook senders. */
export function onSimulator(environment: EnvironmentConfig, host: string): EnvironmentConfig {
  const { clientId, clientSecret, mlflow, monteCarlo } = references;
  const workspace: WorkspaceConfig = { host, credentials: { kind: 'oauth', clientId, clientSecret } };
  return {
    ...environment,
    workspaces: { test: workspace, evaluate: workspace, staging: workspace, production: workspace },
    intake: { mlflow: { secrets: [mlflow] }, monteCarlo: { secrets: [monteCarlo] } },
  };
}

export function simulatorSecrets(values: SimulatorSecrets): Secrets {
  const byReference = new Map<string, string>(
    (Object.keys(references) as (keyof typeof references)[]).map((key) => [references[key], values[key]]),
  );
  return {
    read: async (reference) => {
      const value = byReference.get(reference);
      if (value === undefined) throw new RangeError('The simulator has no such secret.');
      return value;
    },
  };
}
