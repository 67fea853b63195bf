import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ReleaseError } from '../src/contracts/errors.ts';
import type { EnvironmentConfig } from '../src/contracts/policy.ts';
import { workspaceRoles } from '../src/contracts/workspace-roles.ts';

export interface EnvironmentFiles {
  /** The folder of environment files: `production.yaml` is the environment `production`. */
  readonly folder: string;
  /** The one environment to read; all of the folder when absent. */
  readonly only?: string | undefined;
  readonly read: (path: string) => EnvironmentConfig;
}

/**
 * The environments to make stacks of.
 * @throws ReleaseError `ConfigurationInvalid` when there is none, or a file is not named after its environment.
 */
export function environmentsIn({ folder, only, read }: EnvironmentFiles): EnvironmentConfig[] {
  const there = namesIn(folder);
  const wanted = only === undefined ? there : there.filter((name) => name === only);
  if (wanted.length === 0)
    throw new ReleaseError(
      'ConfigurationInvalid',
      only === undefined
        ? `${folder}: there is no environment file, such as production.yaml`
        : `${folder}: there is no ${only}.yaml; there is: ${there.join(', ') || 'none'}`,
    );
  return wanted.map((name) => {
    const path = join(folder, `${name}.yaml`);
    const { environment, ...rest } = read(path);
    // Stacks are chosen by file, and two files of one environment would be one stack.
    if (environment === name) return { environment, ...rest };
    throw new ReleaseError(
      'ConfigurationInvalid',
      `${path}: it configures the environment "${environment}"; name the file ${environment}.yaml`,
    );
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => file.slice(0, -'.yaml'.length))
      .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  } catch (cause) {
    throw new ReleaseError('ConfigurationInvalid', `${folder}: the folder cannot be read`, { cause });
  }
}

/** In the order in which a version passes them. */
const rank = (name: string): number => {
  const at = (workspaceRoles as readonly string[]).indexOf(name);
  return at < 0 ? workspaceRoles.length : at;
};
