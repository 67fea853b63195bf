import type { WorkspaceApp } from '../exchange.ts';
import type { Simulation } from '../simulation.ts';

/** Discovery, OAuth tokens and "who am I". */
export function identityRoutes(app: WorkspaceApp, { access, profile }: Simulation): void {
  app.get('/.well-known/databricks-config', (exchange) => {
    const { origin } = new URL(exchange.req.url);
    return exchange.json({
      oidc_endpoint: `${origin}/oidc`,
      account_id: '00000000-0000-4000-8000-000000000001',
      workspace_id: profile.workspaceId,
      cloud: 'aws',
      host_type: 'workspace',
    });
  });

  app.get('/oidc/.well-known/oauth-authorization-server', (exchange) => {
    const { origin } = new URL(exchange.req.url);
    return exchange.json({
      issuer: `${origin}/oidc`,
      authorization_endpoint: `${origin}/oidc/v1/authorize`,
      token_endpoint: `${origin}/oidc/v1/token`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      grant_types_supported: ['client_credentials'],
      response_types_supported: ['code'],
      scopes_supported: ['all-apis'],
    });
  });

  app.post('/oidc/v1/token', async (exchange) => {
    const form = new URLSearchParams(await exchange.req.text());
    return exchange.json(access.mint(form, exchange.req.header('authorization')));
  });

  app.get('/api/2.0/preview/scim/v2/Me', (exchange) =>
    exchange.json({
      id: '1',
      userName: profile.principal,
      displayName: profile.principal,
      active: true,
      emails: [],
      groups: [],
    }),
  );
}
