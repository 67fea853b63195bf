import type { Histogram, SideCounts } from '../../src/domain/evidence.ts';
import { normalCdf } from '../../src/domain/power/traffic-model.ts';
import type { Random } from './random.ts';
import { type Alias, aliasOf, binomial, countsOf } from './sampling.ts';

/** Chance that a request takes at most so many ms. */
export type Distribution = (ms: number) => number;

/** Median 50 ms and sigma 0.5, unless said otherwise: the 95th percentile is 114 ms. */
export const lognormal =
  (median = 50, sigma = 0.5): Distribution =>
  (ms) =>
    ms <= 0 ? 0 : normalCdf(Math.log(ms / median) / sigma);

export const shifted =
  (law: Distribution, byMs: number): Distribution =>
  (ms) =>
    law(ms - byMs);

/** Without a variance: index 1.5, from `fromMs` on. */
export const pareto =
  (fromMs: number): Distribution =>
  (ms) =>
    ms <= fromMs ? 0 : 1 - (fromMs / ms) ** 1.5;

export const blend =
  (a: Distribution, b: Distribution, ofB: number): Distribution =>
  (ms) =>
    (1 - ofB) * a(ms) + ofB * b(ms);

/** Buckets of 1 ms where the 90th to 99th percentiles lie, wide ones elsewhere. */
export const bucketsUpTo = (fineTo: number): readonly (number | null)[] => [
  ...[20, 40, 60],
  ...Array.from({ length: fineTo - 79 }, (_, index) => 80 + index),
  ...[400, 600, 1000, 2000, null],
];

/** A distribution cut into buckets, ready to be drawn from. */
export function drawnIn(law: Distribution, le: Histogram['le']): Alias {
  let below = 0;
  const weights = le.map((edge) => {
    const at = edge === null ? 1 : law(edge);
    const weight = Math.max(0, at - below);
    below = at;
    return weight;
  });
  return aliasOf(weights);
}

/** One side of a window: `errorRate` of the requests fail, and count in the last bucket however soon they failed. */
export function timed(
  chance: Random,
  requests: number,
  errorRate: number,
  law: Alias,
  le: Histogram['le'],
): SideCounts {
  const errors = binomial(chance, requests, errorRate);
  const n = countsOf(chance, law, requests - errors);
  n[n.length - 1] = (n.at(-1) ?? 0) + errors;
  return { requests, errors, latencyMs: { le, n } };
}
