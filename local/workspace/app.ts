import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status';
import { OauthRefusal } from './access.ts';
import type { Exchange, WorkspaceApp, WorkspaceEnv } from './exchange.ts';
import type { WireAnswer } from './fault.ts';
import { Refusal } from './refusal.ts';
import { catalogRoutes } from './routes/catalog.ts';
import { identityRoutes } from './routes/identity.ts';
import { invocationRoutes } from './routes/invocations.ts';
import { jobRoutes } from './routes/jobs.ts';
import { servingRoutes } from './routes/serving.ts';
import { simulatorRoutes } from './routes/simulator.ts';
import { statementRoutes } from './routes/statements.ts';
import type { Simulation } from './simulation.ts';

/** Paths that are answered without a credential. */
const open = /^\/(\.well-known\/|oidc\/)/;

/** The HTTP surface. Requests run inside `clock.busy`, so virtual time stands still while one is answered. */
export function createApp(simulation: Simulation): WorkspaceApp {
  const { access, clock, faults, ids, profile } = simulation;
  const app: WorkspaceApp = new Hono<WorkspaceEnv>({ strict: false });

  app.use((exchange, next) =>
    clock.busy(async () => {
      const requestId = ids.uuid();
      exchange.set('requestId', requestId);
      await next();
      if (exchange.res === RESPONSE_ALREADY_SENT) return;
      exchange.header('server', 'databricks');
      exchange.header('x-request-id', requestId);
      exchange.header('x-databricks-org-id', profile.workspaceId);
      if (!exchange.res.headers.has('server-timing')) {
        exchange.header('server-timing', 'request_ttfb_msec;dur=0');
      }
    }),
  );
  app.use(async (exchange, next) => {
    const { method, path } = exchange.req;
    const fault = path.startsWith('/_simulator/') ? undefined : faults.onRequest(method, path);
    if (!fault) return next();
    if (fault.after) await next();
    // Emptied first, or Hono would carry the headers of the real answer over.
    exchange.res = undefined;
    exchange.res = strike(exchange, fault.answer);
  });
  app.use(async (exchange, next) => {
    if (!open.test(exchange.req.path)) {
      access.require(exchange.req.header('authorization'), exchange.get('requestId'));
    }
    await next();
  });

  identityRoutes(app, simulation);
  servingRoutes(app, simulation);
  invocationRoutes(app, simulation);
  catalogRoutes(app, simulation);
  jobRoutes(app, simulation);
  statementRoutes(app, simulation);
  simulatorRoutes(app, simulation);

  app.notFound((exchange) =>
    refused(
      exchange,
      new Refusal(
        404,
        'ENDPOINT_NOT_FOUND',
        `No API found for '${exchange.req.method} ${exchange.req.path}'`,
      ),
    ),
  );
  app.onError((error, exchange) => {
    if (error instanceof Refusal) return refused(exchange, error);
    if (error instanceof OauthRefusal) {
      return exchange.json(
        { error: error.code, error_description: error.message },
        error.httpCode as ContentfulStatusCode,
      );
    }
    return refused(exchange, new Refusal(500, 'INTERNAL_ERROR', `The simulator failed: ${error.message}`));
  });
  return app;
}

function refused(exchange: Exchange, refusal: Refusal): Response {
  const details = [
    {
      '@type': 'type.googleapis.com/google.rpc.RequestInfo',
      request_id: exchange.get('requestId'),
      serving_data: '',
    },
  ];
  return exchange.json(
    { error_code: refusal.errorCode, message: refusal.message, details },
    refusal.httpCode as ContentfulStatusCode,
    { ...refusal.headers },
  );
}

function strike(exchange: Exchange, answer: WireAnswer): Response {
  if (answer.kind === 'reset') {
    exchange.env.incoming.socket.resetAndDestroy();
    return RESPONSE_ALREADY_SENT;
  }
  const body = answer.body === '' ? null : answer.body;
  return new Response(body, { status: answer.httpCode as StatusCode, headers: { ...answer.headers } });
}
