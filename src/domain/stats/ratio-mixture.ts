import { type Counts, checkCounts } from './counts.ts';
import { logMeanOfBegun } from './log-space.ts';

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

export type Grid = readonly { readonly step: number; readonly weight: number }[];

export const HOUR_MS = 3_600_000;

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

const SLIGHTLY_WORSE: Grid = [
  { step: 1.1, weight: 0.1 },
  { step: 1.25, weight: 0.15 },
  { step: 1.5, weight: 0.3 },
  { step: 2, weight: 0.2 },
  { step: 4, weight: 0.15 },
  { step: 10, weight: 0.1 },
];

const LESS: Grid = [
  { step: 0.8, weight: 0.3 },
  { step: 0.6, weight: 0.4 },
  { step: 0.4, weight: 0.3 },
];

/** 0.8 from the start and 0.05 anew at each of hours 1 to 4: a late onset is not diluted by healthy hours. */
export const RESTARTS: Grid = [
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

/**
 * The test of "in every window the candidate's intensity is at most `toleratedRatio` times the baseline's", for events
 * that are common, where a small excess already counts: bets from 1.1 times it on. @throws as `testAgainst` does.
 */
export function testAgainstSlight(toleratedRatio: number): RatioTest {
  checkRatio(toleratedRatio, 0);
  const ratios = SLIGHTLY_WORSE.map(({ step }) => toleratedRatio * step);
  return mixture(toleratedRatio, ratios, SLIGHTLY_WORSE, RESTARTS);
}

/**
 * The test of "in every window the candidate's intensity is at least the baseline's", for who must show that it is
 * clearly less: bets on 0.8, 0.6 and 0.4 of it. Give it the windows of one traffic step only.
 */
export function testLess(): RatioTest {
  return mixture(
    1,
    LESS.map(({ step }) => step),
    LESS,
    FROM_START,
  );
}

/** Before the first window: E = 1. */
export function noProgress(test: RatioTest): RatioProgress {
  return { logE: 0, peakLogE: 0, logLikelihoods: test.weights.map(() => 0) };
}

/**
 * The evidence, window by window and in place; O(components) for each.
 *
 * A window with share rho = n_c / (n_c + n_b) makes an error the candidate's with probability
 * theta(d) = rho d / (rho d + 1 - rho); each error multiplies component d by theta(d) / theta(d0) when it is
 * the candidate's and by (1 - theta(d)) / (1 - theta(d0)) when it is the baseline's. A window in which a side
 * has no requests says nothing about a ratio and changes nothing.
 */
export class RatioMixture implements RatioEvidence {
  readonly #test: RatioTest;
  readonly #sums: number[];
  #logE: number;
  #peakLogE: number;
  #begun = 0;

  constructor(test: RatioTest, seen: RatioProgress = noProgress(test)) {
    this.#test = test;
    this.#sums = [...seen.logLikelihoods];
    this.#logE = seen.logE;
    this.#peakLogE = seen.peakLogE;
    // A part that has begun and learned nothing yet counts as one that has not: 1.
    this.#begun = this.#sums.findLastIndex((sum) => sum !== 0) + 1;
  }

  get logE(): number {
    return this.#logE;
  }

  get peakLogE(): number {
    return this.#peakLogE;
  }

  get progress(): RatioProgress {
    return { logE: this.#logE, peakLogE: this.#peakLogE, logLikelihoods: [...this.#sums] };
  }

  /** @throws RangeError for counts that are not integers with 0 <= events <= requests, or a start below 0. */
  add(window: Window): void {
    const begun = addWindow(this.#sums, this.#test, window);
    if (begun === 0) return;
    this.#begun = Math.max(this.#begun, begun);
    this.#logE = logMeanOfBegun(this.#sums, this.#test.weights, this.#begun);
    this.#peakLogE = Math.max(this.#peakLogE, this.#logE);
  }
}

/** Adds windows to what was seen. Bit for bit the same in one call or in many. @throws RangeError as `add` does. */
export function extend(test: RatioTest, seen: RatioProgress, windows: readonly Window[]): RatioProgress {
  const mixture = new RatioMixture(test, seen);
  for (const window of windows) mixture.add(window);
  return mixture.progress;
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

/** Adds one window in place. @returns How many components have begun; 0 when it carries no evidence. */
function addWindow(sums: number[], test: RatioTest, { start, baseline, candidate }: Window): number {
  if (!Number.isFinite(start) || start < 0) {
    throw new RangeError(`A window starts at 0 ms or later, not at ${start}.`);
  }
  checkCounts(baseline);
  checkCounts(candidate);
  if (baseline.events + candidate.events === 0) return 0;

  const { nullRatio, ratios, froms } = test;
  const [nc, nb] = [candidate.requests, baseline.requests];
  // Restarts rise, so those that have begun are the first ones.
  let begun = 0;
  while (begun < froms.length && start >= (froms[begun] ?? 0)) begun += 1;
  for (let j = 0; j < ratios.length; j += 1) {
    // The two quotients of probabilities, reduced so that neither is a difference of near-equal numbers.
    // Where a side has no requests, the other side's quotient is 1 and its gain 0.
    const ratio = ratios[j] ?? nullRatio;
    const gap = ratio - nullRatio;
    const ifCandidate = Math.log1p((nb * gap) / (nullRatio * (nc * ratio + nb)));
    const ifBaseline = -Math.log1p((nc * gap) / (nc * nullRatio + nb));
    const gain = candidate.events * ifCandidate + baseline.events * ifBaseline;
    for (let part = 0; part < begun; part += 1) {
      const at = part * ratios.length + j;
      sums[at] = (sums[at] ?? 0) + gain;
    }
  }
  return begun * ratios.length;
}

function checkRatio(ratio: number, above: number): void {
  if (!Number.isFinite(ratio) || ratio <= above) {
    throw new RangeError(`The ratio must be a finite number above ${above}, not ${ratio}.`);
  }
}
