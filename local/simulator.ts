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

/** A file that a simulator left behind when it was killed names a host on which nothing, or something else, listens. */
export async function answers(host: string): Promise<boolean> {
  try {
    // Real time: the clock of a simulator that does not run tells nothing. It is on this machine, so 2 s are ample.
    const signal = AbortSignal.timeout(2_000);
    const url = new URL('/.well-known/databricks-config', host);
    const response = await fetch(url, { signal, redirect: 'error' });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
