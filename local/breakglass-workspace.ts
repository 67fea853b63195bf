import { dirname, resolve } from 'node:path';
import { configuredWorkspaces } from '../src/adapters/databricks/configured-workspaces.ts';
import { secretReferences } from '../src/adapters/local/secret-references.ts';
import { findConfig, unknownEndpoint } from '../src/app/environment.ts';
import { copyInWorkspace } from '../src/app/people/restore-copies.ts';
import { ReleaseError } from '../src/contracts/errors.ts';
import type { RestoreCopy } from '../src/contracts/restore-copy.ts';
import { ScaledClock } from './clock.ts';
import { readEnvironment, shippedFile } from './environment.ts';
import { readPrivate, workspaceConnection } from './private-file.ts';
import { onSimulator, simulatorSecrets } from './simulator.ts';

export interface WorkspaceCopyOptions {
  /** Endpoint, model, or the registry's name of it. */
  readonly named: string;
  readonly config: string | undefined;
  /** Look with this version only. */
  readonly version: string | undefined;
  /** Connection file of a simulator that stands for the configured workspaces. */
  readonly workspace: string | undefined;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The request that restores an endpoint, as it was kept in the workspace: nothing is needed but the configuration and
 * the credentials that it refers to.
 * @throws ReleaseError `ConfigurationInvalid`, `UnknownEndpoint`, `NoLastGood`, the workspace's own errors.
 */
export async function copyFromWorkspace(options: WorkspaceCopyOptions): Promise<RestoreCopy> {
  const { named, version, folder, env } = options;
  const file =
    options.config === undefined ? shippedFile('configs/production.yaml') : resolve(folder, options.config);
  const read = readEnvironment(file, env);
  const simulator =
    options.workspace === undefined ? undefined : connectionIn(resolve(folder, options.workspace));
  const environment = simulator ? onSimulator(read, simulator.host) : read;
  const config = findConfig(environment, named);
  if (!config) throw new ReleaseError('UnknownEndpoint', unknownEndpoint(environment, named));
  const secrets = simulator
    ? simulatorSecrets({ ...simulator, mlflow: '', monteCarlo: '' })
    : secretReferences({ environment: env, folder: dirname(file) });
  const workspace = configuredWorkspaces({ environment, secrets, clock: ScaledClock.real() });
  return copyInWorkspace(workspace('production'), config, version);
}

function connectionIn(file: string) {
  const connection = readPrivate(file, workspaceConnection);
  if (connection) return connection;
  throw new ReleaseError(
    'ConfigurationInvalid',
    `there is no ${file}: \`headgate workspace\` writes such a file`,
  );
}
