import type { Reading, WindowCounts } from '../evidence.ts';
import type { GateFinding, ThresholdSpec } from '../gate.ts';
import type { Counts } from '../stats/counts.ts';
import { evidenceAbove, evidenceBelow } from '../stats/exceedance.ts';
import { LikelihoodMixture } from '../stats/likelihood-mixture.ts';
import { RatioMixture, testAgainst } from '../stats/ratio-mixture.ts';
import { type Interval, logBound, RateInterval } from '../stats/sequential.ts';
import { shownAlpha } from './event-ratio.ts';
import { Against, findingOf, type GateProcess, StepAge } from './process.ts';
import { nothing, plus } from './views.ts';

/**
 * A bound on a metric of a result. With one look, each value is taken at its word, or its interval where it has one:
 * any that is wholly outside fails for good, the last of the step passes where it is wholly within, and between them is
 * undecided. So its chances hold for one value, and not over many. Sequentially, the metric is a rate over `n` samples
 * a reading, and both accounts may be looked at at any time. Where the baseline's value is known, nothing is rolled
 * back before the candidate is shown to be the worse one.
 */
export class ThresholdGate implements GateProcess {
  readonly #spec: ThresholdSpec;
  readonly #against: Against;
  readonly #age = new StepAge();
  /** Where it is looked at again and again. */
  readonly #rate: BoundedRate | undefined;
  #interval = new RateInterval({ alpha: shownAlpha });
  #last: Reading | undefined;
  #unproven = false;

  constructor(spec: ThresholdSpec) {
    this.#spec = spec;
    this.#against = new Against(spec.alphaRollback);
    this.#rate = spec.looks === 'sequential' ? new BoundedRate(spec) : undefined;
  }

  enter(step: number): void {
    if (!this.#age.enter(step)) return;
    this.#interval = new RateInterval({ alpha: shownAlpha });
    this.#rate?.enter();
    this.#last = undefined;
  }

  add(window: WindowCounts): void {
    this.enter(window.step);
    this.#age.add(window);
    for (const reading of window.readings ?? [])
      if (reading.name === this.#spec.metric) this.#read(reading, window);
  }

  #read(reading: Reading, { at }: WindowCounts): void {
    this.#last = reading;
    this.#rate?.add(reading, at);
    const { out, harm } = this.#rate ?? this.#taken(reading);
    this.#against.set(harm);
    this.#unproven = out >= this.#against.bound && harm < this.#against.bound;
  }

  finding(): GateFinding {
    const { min, max } = this.#spec;
    return findingOf(this.#spec, {
      against: this.#against,
      for: { logE: this.#proof(), bound: logBound(this.#spec.alphaPromote) },
      observed: {
        baseline: { value: this.#last?.baseline ?? null },
        candidate: { value: this.#last?.value ?? null, n: this.#last?.n ?? null },
        min: min ?? null,
        max: max ?? null,
      },
      interval: this.#shown(),
      age: this.#age,
      obstacle: this.#unproven ? this.#obstacle() : undefined,
    });
  }

  #shown(): Interval | null {
    if (this.#rate) return this.#interval.of(this.#rate.step);
    const [low, high] = this.#last?.interval ?? [];
    return low === undefined || high === undefined ? null : { low, high };
  }

  #proof(): number {
    if (this.#rate) return this.#rate.proof;
    if (!this.#last) return 0;
    const { min, max, alphaPromote } = this.#spec;
    const [low, high] = rangeOf(this.#last);
    const isIn = (max === undefined || high <= max) && (min === undefined || low >= min);
    return isIn ? logBound(alphaPromote) : 0;
  }

  /**
   * A reading taken at its word. A single value beside another says which is larger, and not which version is worse:
   * that takes an interval.
   */
  #taken(reading: Reading): Found {
    const { min, max } = this.#spec;
    const { interval, baseline } = reading;
    const [low, high] = rangeOf(reading);
    const sure = (isSo: boolean): number => (isSo ? this.#against.bound : 0);
    const isOver = max !== undefined && low > max;
    const isUnder = min !== undefined && high < min;
    const isWorse = (beyond: boolean) => baseline === undefined || (interval !== undefined && beyond);
    const isHarm =
      (isOver && isWorse(low > (baseline ?? low))) || (isUnder && isWorse(high < (baseline ?? high)));
    return { out: sure(isOver || isUnder), harm: sure(isHarm) };
  }

  /** Out of bounds, and not shown to be worse than the baseline. */
  #obstacle(): string {
    const { metric, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = this.#spec;
    const { baseline } = this.#last ?? {};
    const isShared = baseline !== undefined && (baseline > max || baseline < min);
    return isShared
      ? `shared incident: ${metric} is out of bounds on both sides, and the candidate is not shown to be the worse one`
      : `${metric} is out of bounds, and the candidate is not shown to be worse than the baseline beside it: give values an interval, or samples`;
  }
}

/** That a bound is broken, and that it is and the candidate is worse than the baseline on that side of it; ln of e-values. */
interface Found {
  readonly out: number;
  readonly harm: number;
}

const rangeOf = ({ value, interval }: Reading): readonly [low: number, high: number] =>
  interval ?? [value, value];

/** A rate between `min` and `max`, over samples that are looked at again and again. */
class BoundedRate implements Found {
  readonly #min: number | undefined;
  readonly #max: number | undefined;
  /** How much more often than the baseline's the candidate's samples are events, and how much less often. */
  readonly #more = new RatioMixture(testAgainst(1));
  readonly #fewer = new RatioMixture(testAgainst(1));
  #start: number | undefined;
  #compared = false;
  /** That samples are events more often than `max`, or less often than `min`. */
  readonly #above: LikelihoodMixture | undefined;
  readonly #below: LikelihoodMixture | undefined;
  /** Samples of the step; a rate of so many samples may be no whole number of events. */
  #step: Bracket = { least: nothing, most: nothing };

  constructor({ min, max }: ThresholdSpec) {
    this.#min = min;
    this.#max = max;
    this.#above = max === undefined ? undefined : LikelihoodMixture.above(max);
    this.#below = min === undefined ? undefined : LikelihoodMixture.above(1 - min);
  }

  get step(): Counts {
    return this.#step.least;
  }

  enter(): void {
    this.#step = { least: nothing, most: nothing };
  }

  add({ n, value, baseline }: Reading, at: number): void {
    if (n === undefined || value < 0 || value > 1) return;
    const counts = bracketOf(n, value);
    this.#start ??= at;
    const start = at - this.#start;
    this.#above?.add(start, counts.least);
    this.#below?.add(start, missesOf(counts.most));
    this.#step = { least: plus(this.#step.least, counts.least), most: plus(this.#step.most, counts.most) };
    if (baseline === undefined || baseline < 0 || baseline > 1) return;
    this.#compared = true;
    const beside = bracketOf(n, baseline);
    this.#more.add(start, beside.most, counts.least);
    this.#fewer.add(start, missesOf(beside.least), missesOf(counts.most));
  }

  get out(): number {
    return this.#overBounds(() => Number.POSITIVE_INFINITY);
  }

  /** Without a baseline beside it nothing stands in the way. */
  get harm(): number {
    return this.#overBounds((worse) => (this.#compared ? worse.logE : Number.POSITIVE_INFINITY));
  }

  /** For each bound the lesser of both claims. Two bounds are two claims: half of the larger e-value is one for either. */
  #overBounds(worseBy: (worse: RatioMixture) => number): number {
    const above = this.#above && Math.min(this.#above.logE, worseBy(this.#more));
    const below = this.#below && Math.min(this.#below.logE, worseBy(this.#fewer));
    if (above === undefined || below === undefined) return above ?? below ?? 0;
    return Math.max(above, below) - Math.LN2;
  }

  get proof(): number {
    const { most, least } = this.#step;
    const below = this.#max === undefined ? Number.POSITIVE_INFINITY : evidenceBelow(most, { p0: this.#max });
    const above =
      this.#min === undefined ? Number.POSITIVE_INFINITY : evidenceAbove(least, { p0: this.#min });
    return Math.min(below, above);
  }
}

interface Bracket {
  readonly least: Counts;
  readonly most: Counts;
}

/** The whole numbers of events on either side of `value` times `n`: one and the same but for a rounded value. */
function bracketOf(n: number, value: number): Bracket {
  const events = value * n;
  const slack = 1e-9 * Math.max(1, 1e-6 * events);
  return {
    least: { requests: n, events: Math.min(n, Math.floor(events + slack)) },
    most: { requests: n, events: Math.max(0, Math.ceil(events - slack)) },
  };
}

const missesOf = ({ requests, events }: Counts): Counts => ({ requests, events: requests - events });
