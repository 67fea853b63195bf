import type { WindowCounts } from '../evidence.ts';
import { LikelihoodMixture } from '../stats/likelihood-mixture.ts';
import { logWeightedMean, logWithOne } from '../stats/log-space.ts';
import { rateInterval } from '../stats/sequential.ts';
import { belowOne } from './process.ts';
import { isAlone, nothing, plus, type View } from './views.ts';

/** How sure it must be that the baseline's rate before was no higher. */
const usualTest = { alpha: 0.001, tOpt: 1000 };

/**
 * At 100 % (a blue-green step, the soak) no baseline stands beside the candidate and a ratio learns nothing. There it
 * must not exceed `limit`, nor `ratio` times the rate that the baseline had before, which few requests show badly: the
 * upper end of its interval stands for it. Both are fixed before the first such window, so the evidence stays valid at
 * every look. It begins anew at each quarter of an hour: a soak may last for days.
 */
export class Alone {
  readonly #limit: number;
  readonly #ratio: number;
  #before = nothing;
  #above: LikelihoodMixture | undefined;
  #start = 0;

  constructor(limit: number, ratio: number) {
    this.#limit = limit;
    this.#ratio = ratio;
  }

  get logE(): number {
    return this.#above?.logE ?? 0;
  }

  add(window: WindowCounts, { baseline, candidate }: View): void {
    if (!isAlone(window)) {
      this.#before = plus(this.#before, baseline);
      return;
    }
    this.#above ??= this.#begin(window);
    this.#above.add(window.at - this.#start, candidate);
  }

  #begin({ at }: WindowCounts): LikelihoodMixture {
    this.#start = at;
    const usual = this.#before.requests === 0 ? 0 : rateInterval(this.#before, usualTest).high;
    return LikelihoodMixture.above(belowOne(Math.max(this.#limit, this.#ratio * usual)));
  }
}

/**
 * A mean of e-values is one: 0.9 costs the comparison 0.1 in logarithms; 0.1 asks 2.3 more of the candidate alone,
 * which at 100 % of the traffic is soon there.
 */
export function besideOrAlone(beside: number, alone: number): number {
  return alone === 0 ? logWithOne(beside, 0.1) : logWeightedMean([beside, alone], [0.9, 0.1]);
}
