import { endpointBody } from '../endpoint-view.ts';
import { bodyOf, param, type WorkspaceApp } from '../exchange.ts';
import { without } from '../json.ts';
import { payloadTableOf } from '../payload-table.ts';
import { Quota } from '../quota.ts';
import { missing } from '../refusal.ts';
import type { Simulation } from '../simulation.ts';

const base = '/api/2.0/serving-endpoints';

/** The control plane of serving endpoints. */
export function servingRoutes(app: WorkspaceApp, simulation: Simulation): void {
  const { endpoints, profile, warehouse } = simulation;
  const quota = new Quota({
    ...profile.servingUpdateLimit,
    says: 'Too many serving endpoint create or update requests in this workspace.',
    tellsWhen: true,
  });

  app.get(base, (exchange) => {
    const records = endpoints.list();
    const now = endpoints.now();
    return exchange.json({ endpoints: records.map((record) => endpointBody(record, now)) });
  });

  app.post(base, async (exchange) => {
    const body = await bodyOf(exchange);
    quota.spend(endpoints.now());
    const record = endpoints.create(body, profile.principal);
    const place = payloadTableOf(record);
    if (place) await warehouse.createPayloadTable(place.catalog, place.schema, place.table, record.name);
    return exchange.json(endpointBody(record, endpoints.now()));
  });

  app.get(`${base}/:name`, (exchange) =>
    exchange.json(endpointBody(endpoints.get(param(exchange, 'name')), endpoints.now())),
  );

  app.delete(`${base}/:name`, (exchange) => {
    endpoints.remove(param(exchange, 'name'));
    return exchange.json({});
  });

  app.put(`${base}/:name/config`, async (exchange) => {
    const name = param(exchange, 'name');
    const body = await bodyOf(exchange);
    quota.spend(endpoints.now());
    // Some clients repeat the name in the body; it is no part of the configuration.
    const record = endpoints.replaceConfig(name, without(body, ['name']), profile.principal);
    // The answer to the update itself is never stale.
    return exchange.json(endpointBody({ ...record, stale: undefined }, endpoints.now()));
  });

  app.patch(`${base}/:name/tags`, async (exchange) => {
    const tags = endpoints.patchTags(param(exchange, 'name'), await bodyOf(exchange));
    return exchange.json({ tags });
  });

  for (const kind of ['build-logs', 'logs']) {
    app.get(`${base}/:name/served-models/:served/${kind}`, (exchange) => {
      const record = endpoints.get(param(exchange, 'name'));
      const served = param(exchange, 'served');
      const known = record.active?.deployments.has(served) || record.pending?.target.deployments.has(served);
      const failure = record.buildLogs.get(served);
      if (!known && failure === undefined) {
        throw missing(`Served entity '${served}' does not exist on endpoint '${record.name}'.`);
      }
      return exchange.json({ logs: failure ?? 'Container image creation finished successfully' });
    });
  }
}
