/** What a workspace is to a release; `production` is where releases of an environment end. */
export const workspaceRoles = ['test', 'evaluate', 'staging', 'production'] as const;
export type WorkspaceRole = (typeof workspaceRoles)[number];
