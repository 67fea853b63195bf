import type { WebhookSender } from '../src/contracts/functions.ts';
import type { EnvironmentConfig } from '../src/contracts/policy.ts';
import { type WorkspaceRole, workspaceRoles } from '../src/contracts/workspace-roles.ts';

/** One secret in Secrets Manager, and which part of the environment refers to it. */
export type SecretOnAws = {
  /** Name or ARN. */
  readonly name: string;
  /** Whether the stack makes it. One that an `aws:` reference names is somebody else's, and is only read. */
  readonly managed: boolean;
  /** Members of the JSON object in it; empty where the whole text is the secret. */
  readonly members: readonly string[];
} & (
  | { readonly role: WorkspaceRole }
  | { readonly sender: WebhookSender }
  /** Keys of Monte Carlo's API. */
  | { readonly api: 'monteCarlo' }
);

const senders = ['mlflow', 'monteCarlo'] as const satisfies readonly WebhookSender[];

const nameOf = (
  environment: EnvironmentConfig,
  kind: 'workspace' | 'intake' | 'api',
  whose: string,
): string => `headgate/${environment.environment}/${kind}/${whose}`;

/**
 * The environment as functions on AWS are given it: a reference to a variable or a file of some machine becomes one to
 * the secret that the stack makes for it; an `aws:` reference stays.
 */
export function onAws(environment: EnvironmentConfig): EnvironmentConfig {
  const workspaces: EnvironmentConfig['workspaces'] = {};
  for (const role of workspaceRoles) {
    const workspace = environment.workspaces[role];
    if (!workspace) continue;
    const secret = nameOf(environment, 'workspace', role);
    const kept = (reference: string, member: string) =>
      reference.startsWith('aws:') ? reference : `aws:${secret}#${member}`;
    const { credentials } = workspace;
    workspaces[role] = {
      ...workspace,
      credentials:
        credentials.kind === 'pat'
          ? { kind: 'pat', token: kept(credentials.token, 'token') }
          : {
              kind: 'oauth',
              clientId: kept(credentials.clientId, 'clientId'),
              clientSecret: kept(credentials.clientSecret, 'clientSecret'),
            },
    };
  }
  const intake: EnvironmentConfig['intake'] = {};
  for (const sender of senders) {
    const configured = environment.intake[sender];
    if (!configured) continue;
    const secret = `aws:${nameOf(environment, 'intake', sender)}`;
    const references = configured.secrets.map((reference) =>
      reference.startsWith('aws:') ? reference : secret,
    );
    // The current secret and the one before are versions of one secret there.
    intake[sender] = { secrets: [...new Set(references)] };
  }
  const api = environment.intake.monteCarlo?.api;
  if (api && intake.monteCarlo) {
    const kept = (member: 'keyId' | 'token') =>
      api[member].startsWith('aws:')
        ? api[member]
        : `aws:${nameOf(environment, 'api', 'monteCarlo')}#${member}`;
    intake.monteCarlo = { ...intake.monteCarlo, api: { ...api, keyId: kept('keyId'), token: kept('token') } };
  }
  return { ...environment, workspaces, intake };
}

/** Every secret that the functions of this environment may read, each once for each role or sender. */
export function secretsOf(environment: EnvironmentConfig): SecretOnAws[] {
  const { workspaces, intake } = onAws(environment);
  const ofWorkspaces = workspaceRoles.flatMap((role) => {
    const { kind, ...references } = workspaces[role]?.credentials ?? {};
    const made = nameOf(environment, 'workspace', role);
    return grouped(Object.values(references), made).map((secret) => ({ ...secret, role }));
  });
  const ofIntake = senders.flatMap((sender) => {
    const made = nameOf(environment, 'intake', sender);
    return grouped(intake[sender]?.secrets ?? [], made).map((secret) => ({ ...secret, sender }));
  });
  const api = intake.monteCarlo?.api;
  const made = nameOf(environment, 'api', 'monteCarlo');
  const ofApi = grouped(api ? [api.keyId, api.token] : [], made);
  return [
    ...ofWorkspaces,
    ...ofIntake,
    ...ofApi.map((secret) => ({ ...secret, api: 'monteCarlo' as const })),
  ];
}

function grouped(
  references: readonly string[],
  made: string,
): { name: string; managed: boolean; members: string[] }[] {
  const members = new Map<string, string[]>();
  for (const reference of references) {
    const [name = '', member] = reference.slice('aws:'.length).split('#', 2);
    members.set(name, [...(members.get(name) ?? []), ...(member === undefined ? [] : [member])]);
  }
  return [...members].map(([name, of]) => ({ name, managed: name === made, members: of }));
}
