import type { ScoreSums, SideCounts, WindowCounts } from '../evidence.ts';
import type { GateFinding, QualitySpec } from '../gate.ts';
import { Betting } from '../stats/betting.ts';
import { SplitEvidence } from '../stats/dirichlet.ts';
import { MeanInterval } from '../stats/mean-interval.ts';
import { type Interval, logBound } from '../stats/sequential.ts';
import { EffectEvidence } from '../stats/sub-exponential.ts';
import { shownAlpha } from './event-ratio.ts';
import { DistinctPairs } from './pairs.ts';
import { Against, findingOf, type GateProcess, StepAge } from './process.ts';
import { isAlone } from './views.ts';

/**
 * Whether the candidate's mean score is worse than the baseline's by more than `margin`. Paired: the differences on
 * the same inputs, each distinct input once; it needs some fifty times fewer requests. Unpaired: scores of live
 * requests, by the configured share, which the judge believes only where the split was found good.
 */
export class QualityGate implements GateProcess {
  readonly #spec: QualitySpec;
  readonly #against: Against;
  readonly #age = new StepAge();
  readonly #release: Scoring;
  #step: Scoring;

  constructor(spec: QualitySpec) {
    this.#spec = spec;
    this.#against = new Against(spec.alphaRollback);
    this.#release = scoringOf(spec, 'against');
    this.#step = scoringOf(spec, 'for');
  }

  enter(step: number): void {
    if (this.#age.enter(step)) this.#step = scoringOf(this.#spec, 'for');
  }

  add(window: WindowCounts): void {
    this.enter(window.step);
    this.#age.add(window);
    this.#release.add(window);
    this.#step.add(window);
    this.#against.set(this.#release.logE);
  }

  finding(): GateFinding {
    const { logE, baseline, candidate, interval } = this.#step;
    return findingOf(this.#spec, {
      against: this.#against,
      for: { logE, bound: logBound(this.#spec.alphaPromote) },
      observed: { baseline: shown(baseline), candidate: shown(candidate), margin: this.#spec.margin },
      interval,
      age: this.#age,
      obstacle: this.#step.lacks,
    });
  }
}

type Harm = 'against' | 'for';
type Mean = { readonly n: number; readonly sum: number };

/** One account and what it has seen. */
interface Scoring {
  add(window: WindowCounts): void;
  readonly logE: number;
  readonly baseline: Mean;
  readonly candidate: Mean;
  /** For the mean of candidate - baseline, where single scores are known. */
  readonly interval: Interval | null;
  /** Why there is no evidence at all; undefined when there is some. */
  readonly lacks: string | undefined;
}

const scoringOf = (spec: QualitySpec, harm: Harm): Scoring =>
  spec.pairing === 'paired' ? new Paired(spec, harm) : new Unpaired(spec, harm);

const shown = ({ n, sum }: Mean) => ({ n, mean: n === 0 ? null : sum / n });
const none: Mean = { n: 0, sum: 0 };
const plus = (a: Mean, b: Mean): Mean => ({ n: a.n + b.n, sum: a.sum + b.sum });

class Paired implements Scoring {
  readonly #metric: string;
  readonly #pairs: DistinctPairs;
  readonly #betting: Betting;
  readonly #interval = new MeanInterval({ alpha: shownAlpha });
  baseline = none;
  candidate = none;

  constructor({ metric, margin }: QualitySpec, harm: Harm) {
    this.#metric = metric;
    this.#pairs = new DistinctPairs(metric);
    this.#betting = new Betting({ margin, harm });
  }

  add(window: WindowCounts): void {
    for (const { baseline, candidate } of this.#pairs.newOf(window)) {
      const difference = candidate - baseline;
      this.#betting.add(difference);
      this.#interval.add((1 + difference) / 2);
      this.baseline = plus(this.baseline, { n: 1, sum: baseline });
      this.candidate = plus(this.candidate, { n: 1, sum: candidate });
    }
  }

  get logE(): number {
    return this.#betting.logE;
  }

  get interval(): Interval | null {
    const { low, high } = this.#interval.interval;
    return this.baseline.n === 0 ? null : { low: 2 * low - 1, high: 2 * high - 1 };
  }

  get lacks(): string | undefined {
    return this.baseline.n === 0 ? `no pair of ${this.#metric} was scored in this step` : undefined;
  }
}

class Unpaired implements Scoring {
  readonly #metric: string;
  readonly #harm: Harm;
  readonly #effect: EffectEvidence;
  readonly #scored = new ScoredSplit();
  readonly interval = null;
  baseline = none;
  candidate = none;

  constructor({ metric, margin }: QualitySpec, harm: Harm) {
    this.#metric = metric;
    this.#harm = harm;
    this.#effect = new EffectEvidence({ margin, harm });
  }

  /** Rows that are missing score 0, on the side that makes this account's claim harder to prove. */
  add(window: WindowCounts): void {
    const { share, missing = 0 } = window;
    const baseline = scoresOf(window.baseline, this.#metric);
    const candidate = scoresOf(window.candidate, this.#metric);
    if (share === undefined || isAlone(window) || !baseline || !candidate) return;
    // Requests may be split as configured while the scored ones are not: then one side's sample is another's.
    this.#scored.add(window.step, share, baseline.n, candidate.n);
    if (this.#scored.broken) return;
    const view =
      this.#harm === 'against'
        ? { baseline: withZeros(baseline, missing), candidate }
        : { baseline, candidate: withZeros(candidate, missing) };
    this.#effect.add(view, share);
    this.baseline = plus(this.baseline, baseline);
    this.candidate = plus(this.candidate, candidate);
  }

  get logE(): number {
    return this.#effect.logE;
  }

  get lacks(): string | undefined {
    if (this.#scored.broken)
      return `scores of ${this.#metric} are not given to both sides by the configured share`;
    return this.baseline.n + this.candidate.n === 0
      ? `no window of this step has a known share below 100 % and scores of ${this.#metric} on both sides`
      : undefined;
  }
}

/** Whether the scored requests are split by the configured share, in each step by itself. */
class ScoredSplit {
  readonly #split = new SplitEvidence();
  #step: number | undefined;
  broken = false;

  add(step: number, share: number, baseline: number, candidate: number): void {
    if (step !== this.#step) this.#split.begin();
    this.#step = step;
    this.#split.add(share, baseline, candidate);
    if (this.#split.logE >= splitBound) this.broken = true;
  }
}

const splitBound = logBound(0.001);

/** Own names only: a metric may be called `constructor`. */
const scoresOf = (side: SideCounts | null, metric: string): ScoreSums | undefined =>
  side?.scores && Object.hasOwn(side.scores, metric) ? side.scores[metric] : undefined;

const withZeros = (scores: ScoreSums, zeros: number): ScoreSums => ({ ...scores, n: scores.n + zeros });
