import type { Clock } from '../../app/ports/clock.ts';
import type { Secrets } from '../../app/ports/secrets.ts';
import type { Workspace } from '../../app/ports/workspace.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { EnvironmentConfig, WorkspaceConfig } from '../../contracts/policy.ts';
import type { WorkspaceRole } from '../../contracts/workspace-roles.ts';
import type { Credentials } from './auth.ts';
import { databricksWorkspace } from './workspace.ts';

export interface ConfiguredWorkspaces {
  readonly environment: EnvironmentConfig;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/**
 * The environment's workspaces by role, each opened once and at its first use.
 * @throws (by the answer) ReleaseError `ConfigurationInvalid` for a role that is not configured or an unusable host.
 */
export function configuredWorkspaces(options: ConfiguredWorkspaces): (role: WorkspaceRole) => Workspace {
  const { environment, secrets, clock } = options;
  const opened = new Map<WorkspaceRole, Workspace>();
  return (role) => {
    const known = opened.get(role);
    if (known) return known;
    const config = environment.workspaces[role];
    if (!config) {
      throw new ReleaseError(
        'ConfigurationInvalid',
        `workspaces.${role} is not configured, but a stage needs it`,
      );
    }
    const workspace = databricksWorkspace({
      host: config.host,
      credentials: () => credentialsOf(config, secrets),
      clock,
    });
    opened.set(role, workspace);
    return workspace;
  };
}

async function credentialsOf({ credentials }: WorkspaceConfig, secrets: Secrets): Promise<Credentials> {
  switch (credentials.kind) {
    case 'pat':
      return { kind: 'pat', token: await secrets.read(credentials.token) };
    case 'oauth': {
      const [clientId, clientSecret] = await Promise.all([
        secrets.read(credentials.clientId),
        secrets.read(credentials.clientSecret),
      ]);
      return { kind: 'oauth', clientId, clientSecret };
    }
  }
}
