/** What one side did: `events` of its `requests` were errors (or slow, or whatever the gate counts). */
export type Counts = { readonly requests: number; readonly events: number };

/** @throws RangeError unless both are integers with 0 <= events <= requests. */
export function checkCounts(counts: Counts): void {
  const { requests, events } = counts;
  if (!Number.isSafeInteger(requests) || !Number.isSafeInteger(events) || events < 0 || events > requests) {
    throw new RangeError(`Counts are integers with 0 <= events <= requests, not ${events} of ${requests}.`);
  }
}
