import { describe, expect, it } from 'vitest';
import type { RequestQuestion } from '../../../src/app/ports/workspace.ts';
import type { WindowCounts } from '../../../src/domain/evidence.ts';
import { split } from '../../../src/domain/traffic.ts';
import { instant, percent } from '../../../src/domain/units.ts';
import { errorOf } from './scripted-workspace.ts';
import {
  answered,
  canary,
  endpoint,
  minute,
  question,
  type SimulatedWorkspace,
  settle,
  simulatedWorkspace,
  start,
  sum,
} from './simulated-workspace.ts';

describe('counts of live requests', () => {
  it('are what really happened, window by window', async () => {
    const rig = await simulatedWorkspace();
    await canary(rig, 20);
    await rig.pass(20 * minute);
    const until = instant(rig.clock.now());
    const { served } = await rig.simulator.truth(endpoint);
    const windows = await answered(rig, question({ until }));
    const side = (name: string) => served.find(({ servedEntity }) => servedEntity === name);
    expect(sum(windows, 'baseline', 'requests')).toBe(side('fraud-1')?.requests);
    expect(sum(windows, 'baseline', 'errors')).toBe(side('fraud-1')?.errors);
    expect(sum(windows, 'candidate', 'requests')).toBe(side('fraud-2')?.requests);
    expect(sum(windows, 'candidate', 'errors')).toBe(side('fraud-2')?.errors);
    expect(sum(windows, 'candidate', 'errors')).toBeGreaterThan(0);
    const times = windows.map(({ at }) => at);
    expect(times).toEqual(Array.from({ length: times.length }, (_, index) => start + index * minute));
    for (const { step, span } of windows) expect([step, span]).toEqual([-1, minute]);
  });

  it('are the same from the payload table once all its rows have arrived, through several config versions', async () => {
    const rig = await simulatedWorkspace();
    await canary(rig, 20);
    const { serving } = rig.workspace;
    const { configuration } = await serving.observe(endpoint);
    // Both entities keep their ids under a second configuration version.
    await settle(rig, serving.change(configuration, { traffic: split('fraud-1', 'fraud-2', percent(30)) }));
    const until = instant(start + 20 * minute);
    await rig.pass(10 * minute);
    const payload = { source: 'payloadTable', table: 'prod.serving.fraud_prod_payload', until } as const;
    const windows = await answered(rig, question(payload));
    expect(windows).toEqual(await answered(rig, question({ until })));
    expect(sum(windows, 'candidate', 'requests')).toBeGreaterThan(0);
  });

  it('begin with the first instant asked for and end before the last', async () => {
    const rig = await simulatedWorkspace();
    await rig.pass(10 * minute);
    const counted = (from: number, until: number) =>
      answered(rig, question({ from: instant(from), until: instant(until), latency: null }));
    const all = await counted(start, start + 60 * minute);
    expect(await counted(start + 2 * minute, start + 5 * minute)).toEqual(all.slice(2, 5));
    const halves = [await counted(start, start + 90_001), await counted(start + 90_001, start + 5 * minute)];
    expect(halves.map((windows) => windows.length)).toEqual([2, 4]);
    expect(sum(halves.flat(), 'baseline', 'requests')).toBe(sum(all.slice(0, 5), 'baseline', 'requests'));
  });

  it('are still running while the warehouse works, and can be cancelled', async () => {
    const slow = { statement: { min: 30_000, max: 30_000 } };
    const rig = await simulatedWorkspace({ timings: slow });
    await rig.pass(5 * minute);
    const { requests } = rig.workspace;
    const id = await requests.ask(question());
    expect(await requests.answer(id, question())).toBe('running');
    await requests.cancel(id);
    await rig.pass(minute);
    expect(await errorOf(requests.answer(id, question()))).toMatchObject({ name: 'StatementFailed' });
  });

  it('cannot be asked of a table whose name is more than a name', async () => {
    const { workspace } = await simulatedWorkspace();
    for (const table of ['a.b', 'a.b.c.d', 'a.b.c`; DROP TABLE x', 'a.b.c d', 'a..c', 'a.b.c\nd']) {
      const asked = workspace.requests.ask(question({ table }));
      expect(await errorOf(asked), table).toMatchObject({ name: 'PolicyInvalid' });
    }
  });
});

/** What both sides did from now on for two minutes: as the simulator knows it, and as the question counts it. */
async function twoMinutes(rig: SimulatedWorkspace, about: Partial<RequestQuestion> = {}) {
  const from = rig.clock.now();
  await rig.pass(2 * minute);
  const until = rig.clock.now();
  const windows = await answered(rig, question({ from, until, ...about }));
  const { served } = await rig.simulator.truth(endpoint, from);
  const truth = (name: string) => {
    const found = served.find(({ servedEntity }) => servedEntity === name);
    return { requests: found?.requests ?? 0, errors: found?.errors ?? 0 };
  };
  return { windows, baseline: truth('fraud-1'), candidate: truth('fraud-2') };
}

describe('each answer counts as what it says', () => {
  const whole = (windows: readonly WindowCounts[]) => ({
    requests: sum(windows, 'candidate', 'requests'),
    errors: sum(windows, 'candidate', 'errors'),
    clientErrors: sum(windows, 'candidate', 'clientErrors'),
    throttled: sum(windows, 'candidate', 'throttled'),
    missing: windows.reduce((total, { missing = 0 }) => total + missing, 0),
  });
  const none = { errors: 0, clientErrors: 0, throttled: 0, missing: 0 };

  it('500 an error, 400 and 422 the client, 429 throttled, 401, 403 and 404 nothing, other 4xx requests', async () => {
    const rig = await simulatedWorkspace();
    await canary(rig, 50, 0);
    for (const code of [500, 503, 400, 422, 429, 401, 403, 404, 405, 409]) {
      await rig.simulator.setBehaviour('prod.ml.fraud', 2, { errorRate: 0.3, errorStatus: code });
      const { windows, baseline, candidate } = await twoMinutes(rig);
      const { requests, errors: bad } = candidate;
      expect(bad).toBeGreaterThan(100);
      const expected: Record<number, object> = {
        500: { requests, errors: bad },
        503: { requests, errors: bad },
        400: { requests, clientErrors: bad },
        422: { requests, clientErrors: bad },
        429: { requests: requests - bad, throttled: bad },
        401: { requests: requests - bad },
        403: { requests: requests - bad },
        404: { requests: requests - bad },
        405: { requests },
        409: { requests },
      };
      expect(whole(windows), String(code)).toEqual({ ...none, ...expected[code] });
      expect(sum(windows, 'baseline', 'requests'), String(code)).toBe(baseline.requests);
      expect(sum(windows, 'baseline', 'errors'), String(code)).toBe(baseline.errors);
    }
  });

  it('none at all as missing, because nobody knows whose it was', async () => {
    const rig = await simulatedWorkspace();
    await canary(rig, 50, 0);
    await rig.simulator.setBehaviour('prod.ml.fraud', 2, { errorRate: 0.3, errorStatus: 0 });
    const { windows, candidate } = await twoMinutes(rig);
    expect(candidate.errors).toBeGreaterThan(100);
    const requests = candidate.requests - candidate.errors;
    expect(whole(windows)).toEqual({ ...none, requests, missing: candidate.errors });
  });

  it('of an entity that the system table does not name as missing where it failed', async () => {
    const rig = await simulatedWorkspace({ timings: { payloadDelay: { min: 0, max: 0 } } });
    await canary(rig, 50, 0.3);
    const payload = { source: 'payloadTable', table: 'prod.serving.fraud_prod_payload' } as const;
    const { windows, baseline, candidate } = await twoMinutes(rig, { ...payload, endpoint: 'elsewhere' });
    expect(candidate.errors).toBeGreaterThan(100);
    expect(whole(windows)).toEqual({ ...none, requests: 0, missing: baseline.errors + candidate.errors });
  });
});

describe('durations of live requests', () => {
  const always = (median: number) => ({ latencyMs: { median, sigma: 0 } });
  const inBuckets = (windows: readonly WindowCounts[], side: 'baseline' | 'candidate') => {
    const total: Record<string, number> = {};
    for (const window of windows) {
      const { le = [], n = [] } = window[side]?.latencyMs ?? {};
      for (const [index, count] of n.entries()) {
        if (count > 0) total[String(le[index])] = (total[String(le[index])] ?? 0) + count;
      }
    }
    return total;
  };

  it('are in the bucket that ends at or above them, and those of failures in the last', async () => {
    const rig = await simulatedWorkspace();
    await canary(rig, 50, 0);
    await rig.simulator.setBehaviour('prod.ml.fraud', 1, { ...always(50) });
    await rig.simulator.setBehaviour('prod.ml.fraud', 2, { ...always(121), errorRate: 0.3 });
    const { windows, baseline, candidate } = await twoMinutes(rig);
    expect(inBuckets(windows, 'baseline')).toEqual({ 50: baseline.requests });
    expect(inBuckets(windows, 'candidate')).toEqual({
      130: candidate.requests - candidate.errors,
      null: candidate.errors,
    });
    for (const { baseline: one, candidate: other } of windows) {
      expect(one?.latencyMs?.le).toEqual([40, 50, 120, 130, 300, null]);
      expect(other?.latencyMs?.le).toBe(one?.latencyMs?.le);
    }
  });

  it('above the grid are in the last bucket', async () => {
    const rig = await simulatedWorkspace();
    await rig.simulator.setBehaviour('prod.ml.fraud', 1, { ...always(301) });
    const { windows, baseline } = await twoMinutes(rig);
    expect(inBuckets(windows, 'baseline')).toEqual({ null: baseline.requests });
  });
});
