import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencyGridOf } from '../../src/app/latency-grid.ts';
import { liveGate } from '../../src/contracts/gates.ts';

const errors = liveGate.parse({ name: 'errors', kind: 'errors' });
const slo = (sloMs: number) => liveGate.parse({ name: `slo-${sloMs}`, kind: 'latency-slo', sloMs });
const drift = (marginMs: number, upToMs?: number) =>
  liveGate.parse({ name: `drift-${marginMs}`, kind: 'latency-drift', marginMs, upToMs });

describe('the grid that durations are counted on', () => {
  it('is none where no gate asks how long requests took', () => {
    expect(latencyGridOf([errors])).toBeNull();
  });

  it('is no finer than the gates need', () => {
    expect(latencyGridOf([errors, slo(300)])).toEqual({ widthMs: 300, buckets: 1 });
    expect(latencyGridOf([slo(300), slo(200)])).toEqual({ widthMs: 100, buckets: 3 });
    expect(latencyGridOf([drift(5)])).toEqual({ widthMs: 1, buckets: 2_000 });
    expect(latencyGridOf([slo(300), drift(50, 1_001)])).toEqual({ widthMs: 10, buckets: 101 });
  });

  it('has an edge at each objective, buckets of a fifth of each margin at most, and reaches as far as any gate', () => {
    const slos = fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 3 });
    const margins = fc.array(fc.integer({ min: 5, max: 200 }), { maxLength: 2 });
    fc.assert(
      fc.property(slos, margins, fc.integer({ min: 1, max: 9_999 }), (limits, wide, upToMs) => {
        const gates = [...limits.map(slo), ...wide.map((marginMs) => drift(marginMs, upToMs))];
        const grid = latencyGridOf(gates);
        fc.pre(gates.length > 0);
        const { widthMs = 0, buckets = 0 } = grid ?? {};
        for (const limit of limits) expect(limit % widthMs).toBe(0);
        for (const marginMs of wide) expect(widthMs).toBeLessThanOrEqual(marginMs / 5);
        const reach = Math.max(...limits, ...(wide.length > 0 ? [upToMs] : []));
        expect(widthMs * buckets).toBeGreaterThanOrEqual(reach);
        expect(widthMs * (buckets - 1)).toBeLessThan(reach);
      }),
    );
  });
});
