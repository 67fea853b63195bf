import { shiftBetween } from './mann-whitney.ts';
import type { Peer } from './peer.ts';

/** 98 %, two-sided: what Kayenta's judge uses. */
const Z_98 = 2.326347874;
const TOLERANCE = 0.25;

export type Classified = 'Pass' | 'High' | 'Low' | 'Nodata';

/**
 * One metric of Kayenta's NetflixACAJudge-v1.0 with its defaults: rank-sum interval at 98 %, a quarter of the estimated
 * shift as tolerance, mean ratio as effect size with an allowed increase of 1. More is worse.
 */
export function classify(control: readonly number[], experiment: readonly number[]): Classified {
  if (control.length === 0 || experiment.length === 0) return 'Nodata';
  if (identical(control, experiment)) return 'Pass';
  const { low, high, shift } = shiftBetween(experiment, control, Z_98);
  const bound = TOLERANCE * Math.abs(shift);
  const [meanOfControl, meanOfExperiment] = [mean(control), mean(experiment)];
  // Where a mean is 0 there is no ratio, and the check of the effect is left out.
  const effect =
    meanOfControl === 0 || meanOfExperiment === 0 ? Number.NaN : meanOfExperiment / meanOfControl;
  if (low > bound && !(effect < 1)) return 'High';
  if (high < -bound && !(effect > 1)) return 'Low';
  return 'Pass';
}

function identical(a: readonly number[], b: readonly number[]): boolean {
  const [sortedA, sortedB] = [a.toSorted((x, y) => x - y), b.toSorted((x, y) => x - y)];
  if (a.length === b.length && sortedA.every((value, index) => value === sortedB[index])) return true;
  return sortedA[0] === sortedA.at(-1) && sortedB[0] === sortedB.at(-1) && sortedA[0] === sortedB[0];
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Error rates in per cent, a point a minute, the growing lifetime judged each hour. One metric in one group: the score
 * is 100 or 0, pass 95, marginal 75.
 */
export const kayenta: Peer = {
  name: 'kayenta',
  standing: 'listed',
  rule: 'Mann-Whitney on error rates a minute, judged hourly, pass 95, marginal 75, four hours',
  start() {
    const [control, experiment]: [number[], number[]] = [[], []];
    let looks = 0;
    return {
      look({ baseline, candidate }) {
        looks += 1;
        if (baseline && baseline.requests > 0) control.push((100 * baseline.errors) / baseline.requests);
        if (candidate && candidate.requests > 0)
          experiment.push((100 * candidate.errors) / candidate.requests);
        if (looks % 60 !== 0 || looks > 240) return 'none';
        const found = classify(control, experiment);
        if (found === 'High' || found === 'Nodata') return 'rollback';
        return looks === 240 ? 'promote' : 'none';
      },
    };
  },
};
