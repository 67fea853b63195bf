import type { Histogram, WindowCounts } from '../../../src/domain/evidence.ts';
import { bandRadius } from './formulas.ts';
import { cumulative, type Look, type Peer } from './peer.ts';

const rule = (alpha: number) => `difference of distribution functions beyond both bands, ${alpha * 100} %`;

/** The band of KDD'22 on answers with and without error: two values, one difference. */
export const kddErrors = (alpha: number): Peer => ({
  name: 'kdd-band',
  standing: 'listed',
  rule: rule(alpha),
  start: () =>
    cumulative(({ baseline, candidate }) => {
      const gap = candidate.errors / candidate.requests - baseline.errors / baseline.requests;
      return gap > bandRadius(baseline.requests, alpha / 2) + bandRadius(candidate.requests, alpha / 2);
    }),
});

/** The same on latency: some point where the candidate has too few below x that the baseline has below x - margin. */
export const kddLatency = (alpha: number, marginMs: number): Peer => ({
  name: 'kdd-band',
  standing: 'listed',
  rule: `${rule(alpha)}, baseline shifted by ${marginMs} ms`,
  start: () => bandOf(alpha, marginMs),
});

function bandOf(alpha: number, marginMs: number): Look {
  let edges: readonly number[] = [];
  let before: readonly number[] = [];
  let sums = { baseline: [0], candidate: [0] };
  const total = { baseline: 0, candidate: 0 };
  return {
    look(window) {
      const le = latencyOf(window, 'baseline')?.le;
      if (!le) return 'none';
      if (edges.length === 0) {
        edges = le.map((edge) => edge ?? Number.POSITIVE_INFINITY);
        // Baseline requests surely below x - margin: those of the last bucket that ends there or before.
        before = edges.map((edge) => edges.findLastIndex((other) => other <= edge - marginMs));
        before = before.map((at, index) => (edges[index] === Number.POSITIVE_INFINITY ? -1 : at));
        sums = { baseline: edges.map(() => 0), candidate: edges.map(() => 0) };
      }
      for (const side of ['baseline', 'candidate'] as const) {
        const counts = latencyOf(window, side)?.n ?? [];
        for (let index = 0; index < counts.length; index += 1) {
          sums[side][index] = (sums[side][index] ?? 0) + (counts[index] ?? 0);
          total[side] += counts[index] ?? 0;
        }
      }
      const allowed = bandRadius(total.baseline, alpha / 2) + bandRadius(total.candidate, alpha / 2);
      return widest(sums, total, before) > allowed ? 'rollback' : 'none';
    },
  };
}

function widest(
  sums: { readonly baseline: readonly number[]; readonly candidate: readonly number[] },
  total: { readonly baseline: number; readonly candidate: number },
  before: readonly number[],
): number {
  const baselineBelow = running(sums.baseline);
  let [most, below] = [0, 0];
  for (let index = 0; index < before.length; index += 1) {
    below += sums.candidate[index] ?? 0;
    const at = before[index] ?? -1;
    const gap = at < 0 ? 0 : (baselineBelow[at] ?? 0) / total.baseline - below / total.candidate;
    if (gap > most) most = gap;
  }
  return most;
}

function running(counts: readonly number[]): Float64Array {
  const sums = new Float64Array(counts.length);
  let sum = 0;
  for (let index = 0; index < counts.length; index += 1) {
    sum += counts[index] ?? 0;
    sums[index] = sum;
  }
  return sums;
}

const latencyOf = (window: WindowCounts, side: 'baseline' | 'candidate'): Histogram | undefined =>
  window[side]?.latencyMs;
