import { upperBound } from './bounds.ts';
import type { Outcomes } from './measure.ts';
import type { Scenario } from './scenario.ts';

export interface Spread {
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
}

/** A rate with its 97.5 % Clopper-Pearson upper bound. */
export interface Rate {
  readonly seen: number;
  readonly rate: number;
  readonly upper: number;
}

/** One line of the table: a scenario and a judge. */
export interface Row {
  readonly scenario: string;
  readonly judge: string;
  readonly runs: number;
  /** Before the onset of any harm: in a null at any look. */
  readonly falseRollback: Rate;
  /** From the onset of harm on. */
  readonly rollback: Rate;
  readonly promoted: Rate;
  /** Neither rolled back nor promoted. */
  readonly undecided: Rate;
  /** From the onset to the rollback, of the runs that were rolled back; null where none was. */
  readonly delay: {
    readonly minutes: Spread;
    readonly candidateRequests: Spread;
    readonly badRequests: Spread;
    readonly requests: Spread;
    readonly pairs: Spread;
  } | null;
}

/** Everything that is reported of what one judge did in one scenario. */
export function summarise(scenario: Scenario, judge: string, outcomes: Outcomes): Row {
  const runs = outcomes.rollbackAt.length;
  const harmful = scenario.family === 'harm';
  const all = Array.from({ length: runs }, (_, run) => run);
  const rolledBack = all.filter((run) => at(outcomes.rollbackAt, run) > 0);
  const early = rolledBack.filter((run) => !harmful || at(outcomes.rollbackAt, run) <= scenario.onset);
  const seen = new Set(early);
  const caught = harmful ? rolledBack.filter((run) => !seen.has(run)) : [];
  const promoted = all.filter((run) => at(outcomes.promotedAt, run) > 0);
  const decided = new Set([...rolledBack, ...promoted]);
  const rate = (count: number): Rate => ({ seen: count, rate: count / runs, upper: upperBound(count, runs) });
  const spread = (values: readonly number[]) => spreadOf(caught.map((run) => at(values, run)));
  return {
    scenario: scenario.name,
    judge,
    runs,
    falseRollback: rate(early.length),
    rollback: rate(caught.length),
    promoted: rate(promoted.length),
    undecided: rate(runs - decided.size),
    delay:
      caught.length === 0
        ? null
        : {
            minutes: spread(outcomes.rollbackAt.map((look) => look - scenario.onset)),
            candidateRequests: spread(outcomes.candidateRequests),
            badRequests: spread(outcomes.badRequests),
            requests: spread(outcomes.requests),
            pairs: spread(outcomes.pairs),
          },
  };
}

const at = (values: readonly number[], run: number): number => values[run] ?? -1;

/** @param values At least one. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const quantile = (q: number) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    median: quantile(0.5),
    p90: quantile(0.9),
  };
}
