import { bodyOf, type Exchange, type WorkspaceApp } from '../exchange.ts';
import { Quota } from '../quota.ts';
import { invalidParameter } from '../refusal.ts';
import type { Simulation } from '../simulation.ts';

/** Jobs 2.2, and the same calls under 2.1, where they answer the same. */
export function jobRoutes(app: WorkspaceApp, { clock, jobs, profile }: Simulation): void {
  const perSecond = (count: number): Quota =>
    new Quota({ count, perMs: 1000, says: 'Too many requests to the Jobs API.', tellsWhen: false });
  const limits = profile.jobLimitsPerSecond;
  const quotas = {
    runNow: perSecond(limits.runNow),
    get: perSecond(limits.get),
    getOutput: perSecond(limits.getOutput),
    cancel: perSecond(limits.cancel),
  };

  for (const version of ['2.1', '2.2']) {
    const base = `/api/${version}/jobs`;
    app.post(`${base}/run-now`, async (exchange) => {
      quotas.runNow.spend(clock.now());
      return exchange.json(jobs.runNow(await bodyOf(exchange)));
    });
    app.get(`${base}/runs/get`, (exchange) => {
      quotas.get.spend(clock.now());
      return exchange.json(jobs.describe(runId(exchange)));
    });
    app.get(`${base}/runs/get-output`, (exchange) => {
      quotas.getOutput.spend(clock.now());
      return exchange.json(jobs.output(runId(exchange)));
    });
    app.post(`${base}/runs/cancel`, async (exchange) => {
      quotas.cancel.spend(clock.now());
      jobs.cancel(Number((await bodyOf(exchange))['run_id']));
      return exchange.json({});
    });
  }
}

function runId(exchange: Exchange): number {
  const given = Number(exchange.req.query('run_id'));
  if (!Number.isInteger(given)) throw invalidParameter('run_id must be an integer.');
  return given;
}
