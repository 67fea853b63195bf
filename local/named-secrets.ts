import type { Secrets } from '../src/app/ports/secrets.ts';
import { ReleaseError } from '../src/contracts/errors.ts';
import type { EnvironmentConfig } from '../src/contracts/policy.ts';
import { workspaceRoles } from '../src/contracts/workspace-roles.ts';

/**
 * Reads every secret that the environment refers to, and forgets it: what is missing shall stop a start, and not the
 * first webhook or the first release.
 * @throws ReleaseError `ConfigurationInvalid`: a line for each reference that leads nowhere, with how to set it, and
 *   the same in facts.missing. Never a value.
 */
export async function demandSecrets(environment: EnvironmentConfig, secrets: Secrets): Promise<void> {
  const missing: { key: string; says: string }[] = [];
  for (const { key, reference } of named(environment)) {
    try {
      await secrets.read(reference);
    } catch (error) {
      missing.push({ key, says: error instanceof Error ? error.message : String(error) });
    }
  }
  if (missing.length === 0) return;
  const message = missing.map(({ key, says }) => `${key}: ${says}`).join('\n');
  throw new ReleaseError('ConfigurationInvalid', message, { facts: { missing } });
}

/** A role that no stage needs counts too: one that is named and cannot be opened is a mistake sooner or later. */
function named({ workspaces, intake }: EnvironmentConfig): { key: string; reference: string }[] {
  const ofWorkspaces = workspaceRoles.flatMap((role) => {
    const { kind, ...references } = workspaces[role]?.credentials ?? {};
    return Object.entries(references).map(([member, reference]) => ({
      key: `workspaces.${role}.credentials.${member}`,
      reference,
    }));
  });
  const ofIntake = Object.entries(intake).flatMap(([source, sender]) =>
    (sender?.secrets ?? []).map((reference, index) => ({
      key: `intake.${source}.secrets[${index}]`,
      reference,
    })),
  );
  const api = intake.monteCarlo?.api;
  const ofApi = api
    ? (['keyId', 'token'] as const).map((member) => ({ member, reference: api[member] }))
    : [];
  return [
    ...ofWorkspaces,
    ...ofIntake,
    ...ofApi.map(({ member, reference }) => ({ key: `intake.monteCarlo.api.${member}`, reference })),
  ];
}
