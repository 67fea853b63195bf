import type { WindowCounts } from '../../../src/domain/evidence.ts';

/** What a rule says at a look. `promote` only where the rule itself knows an end. */
export type Says = 'rollback' | 'promote' | 'none';

/** A rule at work on one release: windows in order of time. */
export interface Look {
  look(window: WindowCounts): Says;
}

/** A rule to measure ours against, written from its documentation. */
export interface Peer {
  readonly name: string;
  /** `listed`: a rule that users have today. `reference`: a statistic that no product ships. */
  readonly standing: 'listed' | 'reference';
  /** The rule and its parameters, in a line. */
  readonly rule: string;
  start(): Look;
}

/** Requests and errors of both sides. */
export interface Totals {
  readonly baseline: { readonly requests: number; readonly errors: number };
  readonly candidate: { readonly requests: number; readonly errors: number };
}

/** A peer that looks at the sums of all windows so far. */
export function cumulative(rollsBack: (totals: Totals) => boolean): Look {
  const totals = {
    baseline: { requests: 0, errors: 0 },
    candidate: { requests: 0, errors: 0 },
  };
  return {
    look({ baseline, candidate }) {
      for (const [sum, side] of [
        [totals.baseline, baseline],
        [totals.candidate, candidate],
      ] as const) {
        sum.requests += side?.requests ?? 0;
        sum.errors += side?.errors ?? 0;
      }
      if (totals.baseline.requests === 0 || totals.candidate.requests === 0) return 'none';
      return rollsBack(totals) ? 'rollback' : 'none';
    },
  };
}
