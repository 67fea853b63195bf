/**
 * `n[i]` of the latencies are at most `le[i]` and above `le[i - 1]`; the last `le` is null, which is no limit. Only
 * what the edges prove is believed: within a bucket anything may be.
 */
export type Buckets = { readonly le: readonly (number | null)[]; readonly n: readonly number[] };

/** Numbers of at least 0 in ascending order, or how many lie in which bucket. */
export type Latencies = readonly number[] | Buckets;

/**
 * Places x between two latencies, or within a bucket: all x from `from` on to the next place. `isOpen`: `from` itself
 * is not one of them. `above`: latencies that surely exceed every such x.
 */
export type Place = { readonly from: number; readonly isOpen: boolean; readonly above: number };

const isSorted = (latencies: Latencies): latencies is readonly number[] => Array.isArray(latencies);

/** @throws RangeError unless sorted and at least 0; or edges rise to null, with as many counts. */
export function checkLatencies(latencies: Latencies): void {
  if (isSorted(latencies)) {
    const wrong = latencies.findIndex(
      (value, i) => !(value >= (latencies[i - 1] ?? 0) && value < Number.POSITIVE_INFINITY),
    );
    if (wrong >= 0) {
      throw new RangeError(
        `Latencies are finite, at least 0 and sorted: number ${wrong} is ${latencies[wrong]}.`,
      );
    }
    return;
  }
  const { le, n } = latencies;
  const edges = le.slice(0, -1);
  const rise = edges.every(
    (edge, i) => edge !== null && edge >= 0 && edge < Number.POSITIVE_INFINITY && edge > (edges[i - 1] ?? -1),
  );
  if (le.length === 0 || le.length !== n.length || le.at(-1) !== null || !rise) {
    throw new RangeError(
      'The edges of a histogram rise from 0 or more and end with null, with one count each.',
    );
  }
  const badCount = n.find((count) => !Number.isSafeInteger(count) || count < 0);
  if (badCount !== undefined)
    throw new RangeError(`A bucket counts an integer of at least 0, not ${badCount}.`);
}

export function total(latencies: Latencies): number {
  return isSorted(latencies) ? latencies.length : latencies.n.reduce((sum, count) => sum + count, 0);
}

/** All places, from left to right. */
export function placesOf(latencies: Latencies): Place[] {
  const everywhere = { from: Number.NEGATIVE_INFINITY, isOpen: true };
  if (isSorted(latencies)) {
    // Of equal latencies the last one counts: all of them lie at x, none above.
    const last = latencies.flatMap((from, i) =>
      latencies[i + 1] === from ? [] : [{ from, isOpen: false, above: latencies.length - 1 - i }],
    );
    return [{ ...everywhere, above: latencies.length }, ...last];
  }
  let above = total(latencies);
  return latencies.n.map((count, i) => {
    above -= count;
    const from = latencies.le[i - 1] ?? undefined;
    return from === undefined ? { ...everywhere, above } : { from, isOpen: true, above };
  });
}

/** How many latencies are surely below `y`; with `orEqual` also those at `y`. */
export function surelyBelow(latencies: Latencies, y: number, orEqual: boolean): number {
  const isBelow = (value: number) => value < y || (orEqual && value === y);
  if (isSorted(latencies)) return firstNot(latencies.length, (i) => isBelow(latencies[i] ?? 0));
  let below = 0;
  for (const [i, count] of latencies.n.entries()) {
    const edge = latencies.le[i] ?? Number.POSITIVE_INFINITY;
    if (!isBelow(edge)) break;
    below += count;
  }
  return below;
}

/** What is known of the latency with this rank, 1 to n, in ascending order. */
export function ranked(latencies: Latencies, rank: number): { readonly low: number; readonly high: number } {
  if (isSorted(latencies)) {
    const value = latencies[rank - 1] ?? 0;
    return { low: value, high: value };
  }
  let below = 0;
  const bucket = latencies.n.findIndex((count) => {
    below += count;
    return below >= rank;
  });
  return { low: latencies.le[bucket - 1] ?? 0, high: latencies.le[bucket] ?? Number.POSITIVE_INFINITY };
}

/** The first of 0, 1, ..., n - 1 for which `holds` no longer does, n if it does for all. It never holds again. */
export function firstNot(n: number, holds: (i: number) => boolean): number {
  let [low, high] = [0, n];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
