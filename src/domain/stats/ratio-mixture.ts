import { type Counts, checkCounts } from './counts.ts';
import { logWeightedMean } from './log-space.ts';

/** What both sides did in one closed window. `start`: ms since the start of the release's first window. */
export type Window = { readonly start: number; readonly baseline: Counts; readonly candidate: Counts };

/**
 * `logE`: ln of the e-value after the last window; a claim at error budget alpha is proven at ln(1/alpha).
 * `peakLogE`: the largest value of it after any window, 0 before the first: crossing once is enough.
 */
export type RatioEvidence = { readonly logE: number; readonly peakLogE: number };

/** A finite mixture of likelihood ratios. One component bets on `ratio`, from the windows at `from` ms on. */
export type RatioTest = {
  readonly nullRatio: number;
  readonly ratios: readonly number[];
  readonly froms: readonly number[];
  /** froms.length x ratios.length, row by row; they sum to 1. */
  readonly weights: readonly number[];
};

/** `logLikelihoods` are laid out as the test's weights. Plain numbers: it can be stored and gone on with. */
export type RatioProgress = RatioEvidence & { readonly logLikelihoods: readonly number[] };

type Grid = readonly { readonly step: number; readonly weight: number }[];

const HOUR_MS = 3_600_000;

/** Ratios above the tolerated one, in multiples of it; weights by simulation (README, "Choices"). */
const WORSE: Grid = [
  { step: 1.5, weight: 0.1 },
  { step: 2, weight: 0.35 },
  { step: 3, weight: 0.2 },
  { step: 5, weight: 0.15 },
  { step: 10, weight: 0.2 },
];

/** Ratios below the harmful one, as powers of it: 0 is "no worse than the baseline", 0.5 half-way to harm. */
const HARMLESS: Grid = [
  { step: 0.5, weight: 0.4 },
  { step: 0, weight: 0.6 },
];

/** 0.8 from the start and 0.05 anew at each of hours 1 to 4: a late onset is not diluted by healthy hours. */
const RESTARTS: Grid = [
  { step: 0, weight: 0.8 },
  { step: 1, weight: 0.05 },
  { step: 2, weight: 0.05 },
  { step: 3, weight: 0.05 },
  { step: 4, weight: 0.05 },
];
const FROM_START: Grid = [{ step: 0, weight: 1 }];

function mixture(nullRatio: number, ratios: readonly number[], grid: Grid, restarts: Grid): RatioTest {
  return {
    nullRatio,
    ratios,
    froms: restarts.map(({ step }) => step * HOUR_MS),
    weights: restarts.flatMap((restart) => grid.map(({ weight }) => restart.weight * weight)),
  };
}

/**
 * The test of "in every window the candidate's error intensity is at most `toleratedRatio` times the
 * baseline's". Give it every window of the release, through all steps.
 *
 * @throws RangeError unless 0 < toleratedRatio < infinity.
 */
export function testAgainst(toleratedRatio: number): RatioTest {
  checkRatio(toleratedRatio, 0);
  const ratios = WORSE.map(({ step }) => toleratedRatio * step);
  return mixture(toleratedRatio, ratios, WORSE, RESTARTS);
}

/**
 * The test of "in every window the candidate's error intensity is at least `harmfulRatio` times the
 * baseline's". Give it the windows of one traffic step only: harm may begin with the share.
 *
 * @throws RangeError unless 1 < harmfulRatio < infinity.
 */
export function testFor(harmfulRatio: number): RatioTest {
  checkRatio(harmfulRatio, 1);
  const ratios = HARMLESS.map(({ step }) => harmfulRatio ** step);
  return mixture(harmfulRatio, ratios, HARMLESS, FROM_START);
}

/** Before the first window: E = 1. */
export function noProgress(test: RatioTest): RatioProgress {
  return { logE: 0, peakLogE: 0, logLikelihoods: test.weights.map(() => 0) };
}

/**
 * Adds windows to what was seen. Bit for bit the same in one call or in many; O(windows x components).
 *
 * A window with share rho = n_c / (n_c + n_b) makes an error the candidate's with probability
 * theta(d) = rho d / (rho d + 1 - rho); each error multiplies component d by theta(d) / theta(d0) when it is
 * the candidate's and by (1 - theta(d)) / (1 - theta(d0)) when it is the baseline's. A window in which a side
 * has no requests says nothing about a ratio and changes nothing.
 *
 * @throws RangeError for counts that are not integers with 0 <= events <= requests, or a start below 0.
 */
export function extend(test: RatioTest, seen: RatioProgress, windows: readonly Window[]): RatioProgress {
  const sums = [...seen.logLikelihoods];
  let { logE, peakLogE } = seen;
  for (const window of windows) {
    if (!addWindow(sums, test, window)) continue;
    logE = logWeightedMean(sums, test.weights);
    peakLogE = Math.max(peakLogE, logE);
  }
  return { logE, peakLogE, logLikelihoods: sums };
}

/** Evidence that the candidate's error intensity exceeds `toleratedRatio` times the baseline's. */
export function evidenceAgainst(windows: readonly Window[], toleratedRatio: number): RatioEvidence {
  const test = testAgainst(toleratedRatio);
  const { logE, peakLogE } = extend(test, noProgress(test), windows);
  return { logE, peakLogE };
}

/** Evidence that the candidate's error intensity is below `harmfulRatio` times the baseline's, in one step. */
export function evidenceFor(stepWindows: readonly Window[], harmfulRatio: number): RatioEvidence {
  const test = testFor(harmfulRatio);
  const { logE, peakLogE } = extend(test, noProgress(test), stepWindows);
  return { logE, peakLogE };
}

/** Adds one window in place; false when it carries no evidence. */
function addWindow(sums: number[], test: RatioTest, { start, baseline, candidate }: Window): boolean {
  if (!Number.isFinite(start) || start < 0) {
    throw new RangeError(`A window starts at 0 ms or later, not at ${start}.`);
  }
  checkCounts(baseline);
  checkCounts(candidate);
  if (baseline.events + candidate.events === 0) return false;

  const { nullRatio, ratios, froms } = test;
  const [nc, nb] = [candidate.requests, baseline.requests];
  for (const [j, ratio] of ratios.entries()) {
    // The two quotients of probabilities, reduced so that neither is a difference of near-equal numbers.
    // Where a side has no requests, the other side's quotient is 1 and its gain 0.
    const gap = ratio - nullRatio;
    const ifCandidate = Math.log1p((nb * gap) / (nullRatio * (nc * ratio + nb)));
    const ifBaseline = -Math.log1p((nc * gap) / (nc * nullRatio + nb));
    const gain = candidate.events * ifCandidate + baseline.events * ifBaseline;
    for (const [part, from] of froms.entries()) {
      const at = part * ratios.length + j;
      if (start >= from) sums[at] = (sums[at] ?? 0) + gain;
    }
  }
  return true;
}

function checkRatio(ratio: number, above: number): void {
  if (!Number.isFinite(ratio) || ratio <= above) {
    throw new RangeError(`The ratio must be a finite number above ${above}, not ${ratio}.`);
  }
}
