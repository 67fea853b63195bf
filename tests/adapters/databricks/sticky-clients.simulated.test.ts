import { describe, expect, it } from 'vitest';
import type { WorkspaceProfile } from '../../../local/workspace/profile.ts';
import { fraudProfile } from '../../../local/workspace/profiles/fraud.ts';
import type { SideCounts } from '../../../src/domain/evidence.ts';
import { instant } from '../../../src/domain/units.ts';
import { type Count, type LogRow, recount } from './recount.ts';
import {
  answered,
  canary,
  endpoint,
  minute,
  question,
  type SimulatedWorkspace,
  simulatedWorkspace,
  sum,
  warehouseId,
} from './simulated-workspace.ts';

describe('where all requests of a client go to one side', () => {
  const stickyClients: Partial<WorkspaceProfile> = {
    endpoints: (fraudProfile.endpoints ?? []).map((one) => ({
      ...one,
      ...(one.traffic && { traffic: { perSecond: 4, stickyClients: 60 } }),
    })),
  };

  async function logged({ statements }: SimulatedWorkspace): Promise<LogRow[]> {
    const id = await statements.submit({
      warehouseId,
      statement: `SELECT unix_micros(request_time) AS us, served_model_name, status_code, duration_ms, request_id, client_id
        FROM prod.serving.caller_requests WHERE endpoint_name = '${endpoint}'`,
      parameters: [],
      waitSeconds: 50,
    });
    const answer = await statements.fetchRows(id);
    if (answer === 'running') throw new Error('no answer');
    return answer.rows.map((row) => ({
      at: Number(row['us']) / 1_000,
      entity: row['served_model_name'] ?? null,
      code: Number(row['status_code']),
      took: Number(row['duration_ms']),
      id: row['request_id'] ?? null,
      client: row['client_id'] ?? null,
    }));
  }

  const asWindow = (count: Count | undefined) => ({
    requests: count?.requests ?? 0,
    errors: count?.errors ?? 0,
    clientErrors: count?.clientErrors ?? 0,
    throttled: count?.throttled ?? 0,
    durations: Object.values(count?.buckets ?? {}).reduce((total, n) => total + n, 0),
  });
  const asCounted = (side: SideCounts | null) => ({
    requests: side?.requests,
    errors: side?.errors,
    clientErrors: side?.clientErrors,
    throttled: side?.throttled,
    durations: side?.latencyMs?.n.reduce((total, n) => total + n, 0),
  });

  it('clients are counted, as a count of the log by hand says', async () => {
    const rig = await simulatedWorkspace(stickyClients);
    await canary(rig, 30, 0.2);
    const from = instant(rig.clock.now());
    for (const errorStatus of [500, 400, 429, 0]) {
      await rig.simulator.setBehaviour('prod.ml.fraud', 2, { errorRate: 0.2, errorStatus });
      await rig.pass(2 * minute);
    }
    const about = question({ from, until: instant(rig.clock.now()), stickyClient: 'client_id' });
    const windows = await answered(rig, about);
    const log = (await logged(rig)).filter(({ at }) => at >= about.from);
    const counts = recount(log, about);
    expect(windows).toHaveLength(8);
    for (const { at, baseline, candidate, missing = 0 } of windows) {
      const of = (side: string) => counts.find((count) => count.at === at && count.side === side);
      expect(asCounted(baseline)).toEqual(asWindow(of('baseline')));
      expect(asCounted(candidate)).toEqual(asWindow(of('candidate')));
      expect(missing).toBe(of('missing')?.requests ?? 0);
    }
    // Of 60 clients each is on one side; four requests a second of them are many more.
    for (const { baseline, candidate } of windows) {
      expect((baseline?.requests ?? 0) + (candidate?.requests ?? 0)).toBeLessThanOrEqual(60);
    }
    expect(log.length).toBeGreaterThan(1_500);
    // What nobody answered is charged to the side of its client.
    expect(sum(windows.slice(6), 'candidate', 'errors')).toBeGreaterThan(10);
  });
});
