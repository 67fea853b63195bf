import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketsIn, edgesOf, histogramOf } from '../../../src/adapters/databricks/latency-buckets.ts';
import type { LatencyGrid } from '../../../src/app/ports/workspace.ts';
import type { Histogram } from '../../../src/domain/evidence.ts';
import { above } from '../../../src/domain/gates/histograms.ts';

const grids = fc.record({
  widthMs: fc.integer({ min: 1, max: 40 }),
  buckets: fc.integer({ min: 1, max: 60 }),
});

/** A grid and what some sides hold on it, by bucket. */
const sides = grids.chain((grid) => {
  const bucket = fc.integer({ min: 0, max: grid.buckets });
  const side = fc.array(fc.tuple(bucket, fc.integer({ min: 1, max: 9 })), { maxLength: 5 });
  return fc.tuple(fc.constant(grid), fc.array(side, { minLength: 1, maxLength: 4 }));
});

/** Every bucket of the grid, empty or not. */
function whole(of: ReadonlyMap<number, number>, { widthMs, buckets }: LatencyGrid): Histogram {
  const all = Array.from({ length: buckets + 1 }, (_, bucket) => bucket);
  return {
    le: all.map((bucket) => (bucket < buckets ? (bucket + 1) * widthMs : null)),
    n: all.map((bucket) => of.get(bucket) ?? 0),
  };
}

describe('histograms without what is empty everywhere', () => {
  it('tell how many are above a limit exactly as the whole grid does, wherever the limit is', () => {
    fc.assert(
      fc.property(sides, fc.integer({ min: 0, max: 2_500 }), ([grid, held], limitMs) => {
        const all = held.map((side) => new Map(side));
        const edges = edgesOf(all, grid);
        for (const one of all) {
          const requests = [...one.values()].reduce((sum, n) => sum + n, 3);
          const of = (latencyMs: Histogram) => above({ requests, errors: 0, latencyMs }, limitMs);
          expect(of(histogramOf(one, edges))).toEqual(of(whole(one, grid)));
        }
      }),
    );
  });

  it('rise to no limit at the end, and are no longer than twice what is held', () => {
    fc.assert(
      fc.property(sides, ([grid, held]) => {
        const all = held.map((side) => new Map(side));
        const { le } = edgesOf(all, grid);
        const bounds = le.map((edge) => edge ?? Number.POSITIVE_INFINITY);
        expect(bounds).toEqual([...new Set(bounds)].sort((a, b) => a - b));
        expect(le.indexOf(null)).toBe(le.length - 1);
        const buckets = new Set(all.flatMap((one) => [...one.keys()]));
        expect(le.length).toBeLessThanOrEqual(2 * buckets.size + 1);
      }),
    );
  });

  it('are read back from what the statement writes, in any order', () => {
    const grid = { widthMs: 5, buckets: 400 };
    expect(bucketsIn('400:2,0:1', grid)).toEqual(
      new Map([
        [0, 1],
        [400, 2],
      ]),
    );
    expect(bucketsIn(null, grid)).toEqual(new Map());
    for (const text of ['1', '1:', ':1', '1:2,', '-1:2', '1:2;3:4', '401:1', '1:1,1:1', '1:1e3']) {
      expect(bucketsIn(text, grid), text).toBeUndefined();
    }
  });
});
