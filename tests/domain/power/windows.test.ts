import { describe, expect, it } from 'vitest';
import type { WindowCounts } from '../../../src/domain/evidence.ts';
import type { GateSpec } from '../../../src/domain/gate.ts';
import { chanceOf } from '../../../src/domain/power/chance.ts';
import { quantile } from '../../../src/domain/power/times.ts';
import type { TrafficModel } from '../../../src/domain/power/traffic-model.ts';
import { Windows } from '../../../src/domain/power/windows.ts';
import { RatioMixture, testFor } from '../../../src/domain/stats/ratio-mixture.ts';

/** 1,000 requests a minute. */
const model: TrafficModel = { perSecond: 1000 / 60, errors: 0.005 };
const errors: GateSpec = {
  kind: 'errors',
  name: 'errors',
  alphaRollback: 0.01,
  alphaPromote: 0.05,
  toleratedRatio: 1.1,
  floor: 0.001,
  ceiling: 0.01,
};
const slo: GateSpec = {
  kind: 'latency-slo',
  name: 'latency',
  alphaRollback: 0.01,
  alphaPromote: 0.05,
  sloMs: 300,
  quantile: 0.95,
  toleratedRatio: 1.1,
};

const sum = (windows: readonly WindowCounts[], of: (window: WindowCounts) => number | undefined) =>
  windows.reduce((total, window) => total + (of(window) ?? 0), 0);

function drawn(
  count: number,
  specs: readonly GateSpec[],
  traffic: TrafficModel,
  share = 0.05,
): WindowCounts[] {
  const windows = new Windows(specs, traffic);
  const chance = chanceOf(3, 0);
  return Array.from({ length: count }, (_, at) =>
    windows.draw(chance, { atS: at * 60, spanS: 60, step: 0, share }),
  );
}

/** Minutes until the ratio mixture alone clears a candidate as good as the baseline at alpha 5 %. */
function minutesToClear(share: number, harmfulRatio: number, runs: number): number[] {
  const windows = new Windows([errors], model);
  return Array.from({ length: runs }, (_, run) => {
    const chance = chanceOf(17, run);
    const mixture = new RatioMixture(testFor(harmfulRatio));
    for (let minute = 1; minute <= 600; minute += 1) {
      const atS = (minute - 1) * 60;
      const { baseline, candidate } = windows.draw(chance, { atS, spanS: 60, step: 0, share });
      const counts = (side: typeof baseline) => ({
        requests: side?.requests ?? 0,
        events: side?.errors ?? 0,
      });
      mixture.add(atS * 1000, counts(baseline), counts(candidate));
      if (mixture.logE >= Math.log(20)) return minute;
    }
    return Number.POSITIVE_INFINITY;
  }).sort((a, b) => a - b);
}

describe('windows as they would be counted', () => {
  // src/domain/stats/README.md, "Measured": made there by another program, with another generator.
  it.each([
    { share: 0.05, ratio: 3, median: 15, p90: 30 },
    { share: 0.1, ratio: 3, median: 9, p90: 19 },
    { share: 0.25, ratio: 2, median: 12, p90: 27 },
    { share: 0.5, ratio: 2, median: 11, p90: 25 },
  ])('give the times that were measured at $share, ratio $ratio', ({ share, ratio, median, p90 }) => {
    const times = minutesToClear(share, ratio, 800);
    const [half, most] = [quantile(times, 0.5) ?? 0, quantile(times, 0.9) ?? 0];
    expect(Math.abs(half - median)).toBeLessThanOrEqual(1.5);
    expect(Math.abs(most - p90)).toBeLessThanOrEqual(3);
  });

  it('hold the requests, errors and refusals of the traffic, split by the share', () => {
    const windows = drawn(400, [errors], { ...model, clientErrors: 0.02, throttled: 0.01 });
    const offered = sum(windows, ({ baseline, candidate }) =>
      [baseline, candidate].reduce((all, side) => all + (side?.requests ?? 0) + (side?.throttled ?? 0), 0),
    );
    expect(offered).toBe(400_000);
    const candidates = sum(
      windows,
      ({ candidate }) => (candidate?.requests ?? 0) + (candidate?.throttled ?? 0),
    );
    expect(candidates / offered).toBeCloseTo(0.05, 2);
    const requests = sum(windows, ({ baseline }) => baseline?.requests);
    expect(sum(windows, ({ baseline }) => baseline?.errors) / requests).toBeCloseTo(0.005, 3);
    expect(sum(windows, ({ baseline }) => baseline?.clientErrors) / requests).toBeCloseTo(0.02, 3);
  });

  it('put the stated part of latencies above the objective, failed requests with them', () => {
    const windows = drawn(200, [slo], { ...model, errors: 0.1, slow: 0.15 });
    const slow = sum(windows, ({ baseline }) => baseline?.latencyMs?.n.at(-1));
    expect(slow / sum(windows, ({ baseline }) => baseline?.requests)).toBeCloseTo(0.15, 2);
  });

  it('take the 95th percentile at its word', () => {
    const windows = drawn(200, [{ ...slo, sloMs: 180 }], { ...model, errors: 0, p95Ms: 180, p50Ms: 60 });
    const slow = sum(windows, ({ baseline }) => baseline?.latencyMs?.n.at(-1));
    expect(slow / sum(windows, ({ baseline }) => baseline?.requests)).toBeCloseTo(0.05, 2);
  });

  it('leave a candidate that has all traffic alone', () => {
    const windows = drawn(5, [errors], model, 1);
    expect(sum(windows, ({ baseline }) => baseline?.requests)).toBe(0);
    expect(sum(windows, ({ candidate }) => candidate?.requests)).toBe(5_000);
  });
});
