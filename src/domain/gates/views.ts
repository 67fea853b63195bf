import type { SideCounts, WindowCounts } from '../evidence.ts';
import type { Counts } from '../stats/counts.ts';

/** What an event is to a gate; undefined where a side did not measure it. */
export type EventsOf = (side: SideCounts) => Counts | undefined;

/** Both sides of one window as one account may see them. */
export interface View {
  readonly baseline: Counts;
  readonly candidate: Counts;
}

export const nothing: Counts = { requests: 0, events: 0 };

/**
 * One window as the three accounts see it. Rows that are known to be missing, which may have been anybody's, are
 * charged to the baseline in the evidence against the candidate, and to the candidate in the evidence for it: what
 * they could overturn is not decided.
 */
export interface Views {
  readonly seen: View;
  readonly against: View;
  readonly for: View;
}

/**
 * Undefined when a side is missing, or did not measure this event. Where the candidate is alone there is no baseline to
 * be missing, and rows that are can be nobody's but the candidate's.
 */
export function viewsOf(window: WindowCounts, eventsOf: EventsOf): Views | undefined {
  const alone = isAlone(window);
  const baseline = alone ? nothing : window.baseline && eventsOf(window.baseline);
  const candidate = window.candidate && eventsOf(window.candidate);
  if (!baseline || !candidate) return undefined;
  const seen = { baseline, candidate };
  const { missing = 0 } = window;
  if (missing === 0) return { seen, against: seen, for: seen };
  if (alone) {
    const all = { baseline, candidate: charged(candidate, missing) };
    return { seen, against: all, for: all };
  }
  return {
    seen,
    against: { baseline: charged(baseline, missing), candidate },
    for: { baseline, candidate: charged(candidate, missing) },
  };
}

const charged = ({ requests, events }: Counts, missing: number): Counts => ({
  requests: requests + missing,
  events: events + missing,
});

export const plus = (a: Counts, b: Counts): Counts => ({
  requests: a.requests + b.requests,
  events: a.events + b.events,
});

/** Whether the candidate has all traffic: nothing stands beside it. */
export const isAlone = ({ share }: WindowCounts): boolean => share === 1;
