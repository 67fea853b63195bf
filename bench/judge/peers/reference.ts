import type { Histogram } from '../../../src/domain/evidence.ts';
import { categoryEvidence } from '../../../src/domain/stats/dirichlet.ts';
import { quantileEvidence } from '../../../src/domain/stats/fixed-quantile.ts';
import { logBound } from '../../../src/domain/stats/sequential.ts';
import { TwoByTwo } from '../../../src/domain/stats/two-by-two.ts';
import type { Peer } from './peer.ts';

/**
 * F2: do errors reach the two sides in the shares of the requests (Lindon and Malek)? By configured share, as it is
 * published, a factor for each share; it asks both ways, so an alarm counts only where the candidate has more than its
 * part.
 */
export const dirichlet = (alpha: number): Peer => ({
  name: 'f2-dirichlet',
  standing: 'reference',
  rule: `errors by configured share, ${alpha * 100} %`,
  start() {
    const byShare = new Map<number, { baseline: number; candidate: number; logE: number }>();
    let [excess, logE] = [0, 0];
    return {
      look({ baseline, candidate, share }) {
        if (!baseline || !candidate || share === undefined || share >= 1) return 'none';
        const sums = byShare.get(share) ?? { baseline: 0, candidate: 0, logE: 0 };
        byShare.set(share, sums);
        sums.baseline += baseline.errors;
        sums.candidate += candidate.errors;
        const now = categoryEvidence([sums.baseline, sums.candidate], [1 - share, share]);
        logE += now - sums.logE;
        sums.logE = now;
        excess += candidate.errors - share * (candidate.errors + baseline.errors);
        return excess > 0 && logE >= logBound(alpha) ? 'rollback' : 'none';
      },
    };
  },
});

/** F3: 2x2 blocks (Turner, Ly and Gruenwald). */
export const twoByTwo = (alpha: number): Peer => ({
  name: 'f3-2x2',
  standing: 'reference',
  rule: `2x2 blocks, ${alpha * 100} %`,
  start() {
    const process = new TwoByTwo();
    return {
      look({ baseline, candidate }) {
        if (!baseline || !candidate) return 'none';
        process.add({
          baseline: { requests: baseline.requests, events: baseline.errors },
          candidate: { requests: candidate.requests, events: candidate.errors },
        });
        return process.logE >= logBound(alpha) ? 'rollback' : 'none';
      },
    };
  },
});

/** F5: the 95th percentile slower by more than a margin (Howard and Ramdas), all windows pooled as it is published. */
export const fixedQuantile = (alpha: number, marginMs: number): Peer => ({
  name: 'f5-quantile',
  standing: 'reference',
  rule: `95th percentile slower by ${marginMs} ms, pooled, ${alpha * 100} %; each look in the first hour, then each tenth`,
  start() {
    let sums: { readonly baseline: Histogram; readonly candidate: Histogram } | undefined;
    let looks = 0;
    return {
      look({ baseline, candidate }) {
        if (!baseline?.latencyMs || !candidate?.latencyMs) return 'none';
        sums = {
          baseline: plus(sums?.baseline, baseline.latencyMs),
          candidate: plus(sums?.candidate, candidate.latencyMs),
        };
        looks += 1;
        if (looks > 60 && looks % 10 !== 0) return 'none';
        return quantileEvidence(sums, marginMs, { p: 0.95 }) >= logBound(alpha) ? 'rollback' : 'none';
      },
    };
  },
});

const plus = (sum: Histogram | undefined, more: Histogram): Histogram => ({
  le: more.le,
  n: more.n.map((n, bucket) => n + (sum?.n[bucket] ?? 0)),
});
