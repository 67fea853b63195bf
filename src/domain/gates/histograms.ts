import type { Histogram, SideCounts } from '../evidence.ts';

/** Upper edge of a bucket in milliseconds; the last one has none. */
export const edge = ({ le }: Histogram, bucket: number): number => le[bucket] ?? Number.POSITIVE_INFINITY;

/** How many of a side's requests took longer than `limitMs`: surely, and at most. */
export interface Above {
  readonly surely: number;
  readonly atMost: number;
}

/**
 * A bucket that holds the limit counts in `atMost` only. So do requests that were not measured: nobody knows how long
 * they took.
 */
export function above(side: SideCounts & { readonly latencyMs: Histogram }, limitMs: number): Above {
  const { latencyMs, requests } = side;
  let surely = 0;
  let atMost = requests;
  for (let bucket = 0; bucket < latencyMs.n.length; bucket += 1) {
    const n = latencyMs.n[bucket] ?? 0;
    const upper = edge(latencyMs, bucket);
    const lower = bucket === 0 ? 0 : edge(latencyMs, bucket - 1);
    if (upper <= limitMs) atMost -= n;
    else if (lower >= limitMs) surely += n;
  }
  return { surely, atMost };
}

export function hasLatency(side: SideCounts | null): side is SideCounts & { readonly latencyMs: Histogram } {
  return side?.latencyMs !== undefined;
}

export function sameEdges(a: Histogram, b: Histogram): boolean {
  return (
    a.le === b.le || (a.le.length === b.le.length && a.le.every((value, index) => value === b.le[index]))
  );
}

/** Buckets of the lowest and the highest of these quantiles; undefined for an empty histogram. */
export function bucketsOf(n: readonly number[], low: number, high: number): [number, number] | undefined {
  const total = n.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let below = 0;
  let first: number | undefined;
  for (let bucket = 0; bucket < n.length; bucket += 1) {
    below += n[bucket] ?? 0;
    if (first === undefined && below >= low * total) first = bucket;
    if (below >= high * total) return [first ?? bucket, bucket];
  }
  return [first ?? n.length - 1, n.length - 1];
}
