import { percent } from './must-hold.ts';
import type { Row, Spread } from './summary.ts';

/** One line for people at a terminal. */
export function line({
  scenario,
  judge,
  runs,
  falseRollback,
  rollback,
  promoted,
  undecided,
  delay,
}: Row): string {
  const parts = [
    `${scenario.padEnd(30)} ${judge.padEnd(18)} ${String(runs).padStart(6)} runs`,
    `false ${percent(falseRollback.rate)} (<= ${percent(falseRollback.upper)})`,
    `caught ${percent(rollback.rate)}`,
    `promoted ${percent(promoted.rate)}`,
    `undecided ${percent(undecided.rate)}`,
  ];
  if (delay)
    parts.push(`minutes ${spread(delay.minutes)}`, `canary requests ${spread(delay.candidateRequests)}`);
  return parts.join(', ');
}

/** Mean, median and 90th percentile. */
export const spread = ({ mean, median, p90 }: Spread): string =>
  `${mean.toFixed(mean < 100 ? 1 : 0)} / ${median} / ${p90}`;
