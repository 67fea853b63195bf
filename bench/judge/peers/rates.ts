import { asymptoticHalfWidth, normalQuantile, statsigMultiplier } from './formulas.ts';
import { cumulative, type Peer, type Totals } from './peer.ts';

/** Rates, their variances for one request, and the squared standard error of the difference. */
function difference({ baseline, candidate }: Totals) {
  const rate = (side: Totals['baseline']) => side.errors / side.requests;
  const [pb, pc] = [rate(baseline), rate(candidate)];
  const variances = [pb * (1 - pb), pc * (1 - pc)] as const;
  const squared = variances[0] / baseline.requests + variances[1] / candidate.requests;
  return { gap: pc - pb, variances, error: Math.sqrt(squared) };
}

/** Two proportions, pooled variance, one-sided, asked again at each look as if it were the only one. */
export const peekingZ = (alpha: number): Peer => {
  const critical = normalQuantile(1 - alpha);
  return {
    name: 'z-peeking',
    standing: 'listed',
    rule: `two-proportion z, one-sided ${alpha * 100} %, at each look`,
    start: () =>
      cumulative((totals) => {
        const { baseline, candidate } = totals;
        const pooled = (baseline.errors + candidate.errors) / (baseline.requests + candidate.requests);
        const spread = pooled * (1 - pooled) * (1 / baseline.requests + 1 / candidate.requests);
        return spread > 0 && difference(totals).gap / Math.sqrt(spread) > critical;
      }),
  };
};

/** Statsig's sequential interval for a difference: all of it on the bad side. */
export const statsig = (alpha: number): Peer => ({
  name: 'statsig',
  standing: 'listed',
  rule: `sequential interval at ${100 - alpha * 100} % above 0`,
  start: () =>
    cumulative((totals) => {
      const { gap, variances, error } = difference(totals);
      if (error === 0) return false;
      const counts = [totals.baseline.requests, totals.candidate.requests] as const;
      return gap - statsigMultiplier(variances, counts, alpha) * error > 0;
    }),
});

/** GrowthBook's sequential test, one-sided, tuned for 5,000 requests. */
export const growthbook = (alpha: number): Peer => ({
  name: 'growthbook',
  standing: 'listed',
  rule: `asymptotic confidence sequence, one-sided ${alpha * 100} %, N* = 5,000`,
  start: () =>
    cumulative((totals) => {
      const { gap, error } = difference(totals);
      if (error === 0) return false;
      const n = totals.baseline.requests + totals.candidate.requests;
      return gap > asymptoticHalfWidth(error * Math.sqrt(n), n, alpha, 1);
    }),
});
