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
  /** Of a simulated Monte Carlo API, where there is one. */
  readonly incidents?: IncidentsAccess | undefined;
}

/** What opens a simulated Monte Carlo API. */
export interface IncidentsAccess {
  readonly url: string;
  readonly keyId: string;
  readonly token: string;
}

const references = {
  clientId: 'env:SIMULATOR_CLIENT_ID',
  clientSecret: 'env:SIMULATOR_CLIENT_SECRET',
  mlflow: 'env:SIMULATOR_MLFLOW_SECRET',
  monteCarlo: 'env:SIMULATOR_MONTE_CARLO_SECRET',
} as const;
const apiKeys = {
  keyId: 'env:SIMULATOR_MONTE_CARLO_KEY_ID',
  token: 'env:SIMULATOR_MONTE_CARLO_TOKEN',
} as const;

/**
 * The same environment, with the simulator in the place of each of its workspaces and webhook senders. The real Monte
 * Carlo is never asked: its API is the simulated one, or none.
 */
export function onSimulator(
  environment: EnvironmentConfig,
  host: string,
  incidents?: Pick<IncidentsAccess, 'url'>,
): EnvironmentConfig {
  const { clientId, clientSecret, mlflow, monteCarlo } = references;
  const workspace: WorkspaceConfig = { host, credentials: { kind: 'oauth', clientId, clientSecret } };
  return {
    ...environment,
    workspaces: { test: workspace, evaluate: workspace, staging: workspace, production: workspace },
    intake: {
      mlflow: { secrets: [mlflow] },
      monteCarlo: {
        secrets: [monteCarlo],
        ...(incidents ? { api: { url: incidents.url, ...apiKeys } } : {}),
      },
    },
  };
}

export function simulatorSecrets(values: SimulatorSecrets): Secrets {
  const byReference = new Map<string, string>(
    (Object.keys(references) as (keyof typeof references)[]).map((key) => [references[key], values[key]]),
  );
  if (values.incidents) {
    byReference.set(apiKeys.keyId, values.incidents.keyId).set(apiKeys.token, values.incidents.token);
  }
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
