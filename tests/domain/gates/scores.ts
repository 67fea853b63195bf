import type { Pair, ScoreSums, SideCounts, WindowCounts } from '../../../src/domain/evidence.ts';
import { instant, minutes } from '../../../src/domain/units.ts';

/** A minute of step 0 with nothing in it but what is given. */
export function minuteOf(index: number, more: Partial<WindowCounts>): WindowCounts {
  const at = instant(1_700_000_000_000 + minutes(index));
  return { at, span: minutes(1), step: 0, baseline: null, candidate: null, ...more };
}

/** Pairs of the metric `quality`, their inputs numbered from `from` on. */
export const pairsOf = (scores: readonly (readonly [number, number])[], from = 0): Pair[] =>
  scores.map(([baseline, candidate], i) => ({
    metric: 'quality',
    baseline,
    candidate,
    input: `input ${from + i}`,
  }));

/** One side of which nothing is known but the scores. */
export const scored = (values: readonly number[]): SideCounts => {
  const quality: ScoreSums = {
    n: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    sumOfSquares: values.reduce((sum, value) => sum + value ** 2, 0),
  };
  return { requests: values.length, errors: 0, scores: { quality } };
};
