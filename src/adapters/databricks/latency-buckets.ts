import type { LatencyGrid } from '../../app/ports/workspace.ts';
import type { Histogram } from '../../domain/evidence.ts';

/** Requests by the number of their bucket on the grid, 0 to `buckets`. */
export type Buckets = ReadonlyMap<number, number>;

/**
 * @param text `bucket:requests` with commas between, in any order, as the statement writes it; null for none
 * @returns undefined for anything else, and for a bucket that the grid does not have
 */
export function bucketsIn(text: string | null, { buckets }: LatencyGrid): Buckets | undefined {
  const found = new Map<number, number>();
  for (const part of text === null || text === '' ? [] : text.split(',')) {
    const [, bucket, requests] = /^(\d{1,15}):(\d{1,15})$/.exec(part) ?? [];
    if (bucket === undefined || Number(bucket) > buckets || found.has(Number(bucket))) return undefined;
    found.set(Number(bucket), Number(requests));
  }
  return found;
}

/** What a look's histograms share: upper edges in milliseconds, and the numbers of the buckets that they end. */
export interface Edges {
  readonly le: Histogram['le'];
  /** Place in `le` by the bucket's number on the grid. */
  readonly places: ReadonlyMap<number, number>;
}

/**
 * The grid without what is empty everywhere: each bucket that any of `all` holds keeps its lower and its upper edge, and
 * a run of empty ones between them becomes one. So no request is told less exactly than the grid does.
 */
export function edgesOf(all: Iterable<Buckets>, { widthMs, buckets }: LatencyGrid): Edges {
  const held = new Set<number>();
  for (const one of all) for (const bucket of one.keys()) held.add(bucket);
  const ends = new Set<number>();
  for (const bucket of held) {
    if (bucket > 0) ends.add(bucket - 1);
    if (bucket < buckets) ends.add(bucket);
  }
  const sorted = [...ends].sort((a, b) => a - b);
  const places = new Map(sorted.map((bucket, place) => [bucket, place]));
  places.set(buckets, sorted.length);
  return { le: [...sorted.map((bucket) => (bucket + 1) * widthMs), null], places };
}

/** @param of Every bucket of it was among those that the edges were made of. */
export function histogramOf(of: Buckets, { le, places }: Edges): Histogram {
  const n = le.map(() => 0);
  for (const [bucket, requests] of of) {
    const place = places.get(bucket);
    if (place === undefined) throw new RangeError(`Bucket ${bucket} has no edge.`);
    n[place] = requests;
  }
  return { le, n };
}
