import type { Pair, WindowCounts } from '../evidence.ts';

/** Scores of one input that was given to both sides. */
export interface DistinctPair {
  readonly baseline: number;
  readonly candidate: number;
}

/**
 * Pairs of one metric, each input once: one that comes again adds no information. Which inputs count depends on the
 * windows only: within a window the scores of one input are averaged, and inputs go by their digest.
 */
export class DistinctPairs {
  readonly #metric: string;
  readonly #seen = new Set<string>();

  constructor(metric: string) {
    this.#metric = metric;
  }

  /** Those of the window whose input was not in a window before. */
  newOf({ pairs = [] }: WindowCounts): DistinctPair[] {
    const byInput = new Map<string, Pair[]>();
    for (const pair of pairs) {
      if (pair.metric !== this.#metric || this.#seen.has(pair.input)) continue;
      const same = byInput.get(pair.input);
      if (same) same.push(pair);
      else byInput.set(pair.input, [pair]);
    }
    const inputs = [...byInput].sort(([a], [b]) => (a < b ? -1 : 1));
    return inputs.map(([input, same]) => {
      this.#seen.add(input);
      return {
        baseline: mean(same.map((pair) => pair.baseline)),
        candidate: mean(same.map((pair) => pair.candidate)),
      };
    });
  }
}

/** Sorted first, so that the order of delivery does not show in the last digit. */
const mean = (values: number[]): number => {
  const [first = 0, ...rest] = values.sort((a, b) => a - b);
  return rest.length === 0 ? first : rest.reduce((sum, value) => sum + value, first) / values.length;
};
