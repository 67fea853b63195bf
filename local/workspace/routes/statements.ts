import { bodyOf, param, type WorkspaceApp } from '../exchange.ts';
import type { Simulation } from '../simulation.ts';

const base = '/api/2.0/sql/statements';

/** The SQL Statement Execution API. */
export function statementRoutes(app: WorkspaceApp, { endpoints, statements }: Simulation): void {
  app.post(base, async (exchange) => {
    const body = await bodyOf(exchange);
    endpoints.advance();
    return exchange.json(await statements.submit(body));
  });
  app.get(`${base}/:id`, (exchange) => exchange.json(statements.get(param(exchange, 'id'))));
  app.get(`${base}/:id/result/chunks/:index`, (exchange) =>
    exchange.json(statements.chunk(param(exchange, 'id'), Number(param(exchange, 'index')))),
  );
  app.post(`${base}/:id/cancel`, (exchange) => {
    statements.cancel(param(exchange, 'id'));
    return exchange.json({});
  });
}
