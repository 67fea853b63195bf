import * as z from 'zod';
import { bodyOf, param, type WorkspaceApp } from '../exchange.ts';
import { faultOrderSchema } from '../fault.ts';
import { faultKinds } from '../faults.ts';
import { operatorOf } from '../operator.ts';
import { behaviourSchema, versionSchema } from '../profile.ts';
import { invalidParameter, missing } from '../refusal.ts';
import type { Simulation } from '../simulation.ts';

const base = '/_simulator';

/** The operator's calls over HTTP, behind the same bearer. No real workspace has them, and no fault strikes them. */
export function simulatorRoutes(app: WorkspaceApp, simulation: Simulation): void {
  const operator = operatorOf(simulation);
  const { clock, endpoints, faults } = simulation;

  app.get(`${base}/clock`, (exchange) => exchange.json({ now: clock.now(), epoch: clock.epoch }));

  app.post(`${base}/models/:model/versions`, async (exchange) => {
    const version = read(versionSchema, await bodyOf(exchange));
    return exchange.json(await operator.registerVersion(param(exchange, 'model'), version));
  });

  app.put(`${base}/models/:model/versions/:version/behaviour`, async (exchange) => {
    const behaviour = read(behaviourSchema, await bodyOf(exchange));
    operator.setBehaviour(param(exchange, 'model'), Number(param(exchange, 'version')), behaviour);
    return exchange.json({});
  });

  app.get(`${base}/faults`, (exchange) =>
    exchange.json({
      kinds: Object.entries(faultKinds).map(([name, { says }]) => ({ name, says })),
      waiting: faults.waiting(),
    }),
  );
  app.post(`${base}/faults`, async (exchange) => {
    const order = read(faultOrderSchema, await bodyOf(exchange));
    return exchange.json({ id: operator.installFault(order) });
  });
  app.delete(`${base}/faults/:id`, (exchange) => {
    const id = param(exchange, 'id');
    if (!operator.removeFault(id)) throw missing(`There is no waiting fault '${id}'.`);
    return exchange.json({});
  });

  app.get(`${base}/endpoints/:name/truth`, async (exchange) => {
    const since = Number(exchange.req.query('since') ?? 0);
    if (!Number.isFinite(since)) throw invalidParameter('since must be milliseconds since 1970.');
    return exchange.json(await operator.truth(param(exchange, 'name'), since));
  });

  app.get(`${base}/endpoints/:name/traffic`, (exchange) => {
    const record = endpoints.get(param(exchange, 'name'));
    return exchange.json({
      now: clock.now(),
      arms: endpoints.arms(record).map(({ deployment, percentage, behaviour }) => ({
        served_entity_name: deployment.spec.name,
        served_entity_id: deployment.servedEntityId,
        percentage,
        behaviour,
      })),
    });
  });
}

function read<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw invalidParameter(z.prettifyError(parsed.error));
  return parsed.data;
}
