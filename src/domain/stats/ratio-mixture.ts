import { type Counts, checkCounts } from './counts.ts';
import { type Grid, Mixture } from './mixture.ts';

/** What both sides did in one closed window. `start`: ms since the start of the release's first window. */
export type Window = { readonly start: number; readonly baseline: Counts; readonly candidate: Counts };

/** A finite mixture of likelihood ratios: bets on the ratio of the candidate's event intensity to the baseline's. */
export type RatioTest = {
  readonly nullRatio: number;
  readonly ratios: readonly number[];
  /** Of each ratio; they sum to 1. */
  readonly weights: readonly number[];
  /** Whether bets begin anew at each quarter of an hour. */
  readonly restarts: boolean;
};

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

function testOf(nullRatio: number, ratios: readonly number[], grid: Grid, restarts: boolean): RatioTest {
  return { nullRatio, ratios, weights: grid.map(({ weight }) => weight), restarts };
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
  return testOf(toleratedRatio, ratios, WORSE, true);
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
  return testOf(harmfulRatio, ratios, HARMLESS, false);
}

/**
 * The test of "in every window the candidate's intensity is at most `toleratedRatio` times the baseline's", for events
 * that are common, where a small excess already counts: bets from 1.1 times it on. @throws as `testAgainst` does.
 */
export function testAgainstSlight(toleratedRatio: number): RatioTest {
  checkRatio(toleratedRatio, 0);
  const ratios = SLIGHTLY_WORSE.map(({ step }) => toleratedRatio * step);
  return testOf(toleratedRatio, ratios, SLIGHTLY_WORSE, true);
}

/**
 * The test of "in every window the candidate's intensity is at least the baseline's", for who must show that it is
 * clearly less: bets on 0.8, 0.6 and 0.4 of it. Give it the windows of one traffic step only.
 */
export function testLess(): RatioTest {
  return testOf(
    1,
    LESS.map(({ step }) => step),
    LESS,
    false,
  );
}

/**
 * The evidence, window by window and in place; O(bets) for each. `logE`: ln of the e-value after the last window; a
 * claim at error budget alpha is proven once it was ln(1/alpha) after any window.
 *
 * A window with share rho = n_c / (n_c + n_b) makes an error the candidate's with probability
 * theta(d) = rho d / (rho d + 1 - rho); each error multiplies the bet on d by theta(d) / theta(d0) when it is
 * the candidate's and by (1 - theta(d)) / (1 - theta(d0)) when it is the baseline's. A window in which a side
 * has no requests says nothing about a ratio and changes nothing.
 */
export class RatioMixture {
  readonly #test: RatioTest;
  readonly #bets: Mixture;
  #logE = 0;

  constructor(test: RatioTest) {
    this.#test = test;
    this.#bets = new Mixture(test.weights, test);
  }

  get logE(): number {
    return this.#logE;
  }

  /** @throws RangeError for counts that are not integers with 0 <= events <= requests, or a start below 0. */
  add(start: number, baseline: Counts, candidate: Counts): void {
    checkCounts(baseline);
    checkCounts(candidate);
    this.#bets.enter(start);
    if (baseline.events + candidate.events === 0) return;
    const { nullRatio, ratios } = this.#test;
    const [nc, nb] = [candidate.requests, baseline.requests];
    for (let bet = 0; bet < ratios.length; bet += 1) {
      // The two quotients of probabilities, reduced so that neither is a difference of near-equal numbers.
      // Where a side has no requests, the other side's quotient is 1 and its gain 0.
      const ratio = ratios[bet] ?? nullRatio;
      const gap = ratio - nullRatio;
      let gain = 0;
      if (candidate.events > 0)
        gain += candidate.events * Math.log1p((nb * gap) / (nullRatio * (nc * ratio + nb)));
      if (baseline.events > 0) gain -= baseline.events * Math.log1p((nc * gap) / (nc * nullRatio + nb));
      this.#bets.gain(bet, gain);
    }
    this.#logE = this.#bets.logE;
  }
}

function checkRatio(ratio: number, above: number): void {
  if (!Number.isFinite(ratio) || ratio <= above) {
    throw new RangeError(`The ratio must be a finite number above ${above}, not ${ratio}.`);
  }
}
