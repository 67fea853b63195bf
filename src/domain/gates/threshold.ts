import type { Reading, WindowCounts } from '../evidence.ts';
import type { GateFinding, ThresholdSpec } from '../gate.ts';
import type { Counts } from '../stats/counts.ts';
import { evidenceAbove, evidenceBelow } from '../stats/exceedance.ts';
import { type Interval, logBound, RateInterval } from '../stats/sequential.ts';
import { shownAlpha } from './event-ratio.ts';
import { Against, findingOf, type GateProcess, StepAge } from './process.ts';
import { nothing, plus } from './views.ts';

/**
 * A bound on a metric of a result. With one look, the last value decides, or its interval where it has one: wholly
 * within passes, wholly outside fails, between them is undecided. Sequentially, the metric is a rate over `n` samples
 * a reading, and both accounts may be looked at at any time. Where the baseline's value is known, it must be better
 * than the candidate's before anything is rolled back.
 */
export class ThresholdGate implements GateProcess {
  readonly #spec: ThresholdSpec;
  readonly #against: Against;
  readonly #age = new StepAge();
  #interval = new RateInterval({ alpha: shownAlpha });
  #last: Reading | undefined;
  #all: Counts = nothing;
  #baseline: Counts | undefined;
  #step: Counts = nothing;
  #shared = false;

  constructor(spec: ThresholdSpec) {
    this.#spec = spec;
    this.#against = new Against(spec.alphaRollback);
  }

  enter(step: number): void {
    if (!this.#age.enter(step)) return;
    this.#interval = new RateInterval({ alpha: shownAlpha });
    this.#step = nothing;
    this.#last = undefined;
  }

  add(window: WindowCounts): void {
    this.enter(window.step);
    this.#age.add(window);
    for (const reading of window.readings ?? []) if (reading.name === this.#spec.metric) this.#read(reading);
  }

  #read(reading: Reading): void {
    this.#last = reading;
    if (this.#spec.looks === 'sequential') {
      const { n, value, baseline } = reading;
      if (n === undefined || value < 0 || value > 1) return;
      const counts = { requests: n, events: Math.round(value * n) };
      this.#all = plus(this.#all, counts);
      this.#step = plus(this.#step, counts);
      if (baseline !== undefined)
        this.#baseline = plus(this.#baseline ?? nothing, { requests: n, events: Math.round(baseline * n) });
    }
    const harm = this.#harm();
    this.#shared = harm >= this.#against.bound && !this.#isWorse();
    this.#against.set(this.#shared ? 0 : harm);
  }

  finding(): GateFinding {
    const { metric, min, max } = this.#spec;
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
      obstacle: this.#shared
        ? `shared incident: ${metric} is out of bounds on both sides, and the candidate's is not the worse`
        : undefined,
    });
  }

  #shown(): Interval | null {
    if (this.#spec.looks === 'sequential') return this.#interval.of(this.#step);
    const [low, high] = this.#last?.interval ?? [];
    return low === undefined || high === undefined ? null : { low, high };
  }

  #harm(): number {
    const { min, max, looks } = this.#spec;
    if (looks === 'sequential') {
      const above = max === undefined ? 0 : evidenceAbove(this.#all, { p0: max });
      const below = min === undefined ? 0 : evidenceBelow(this.#all, { p0: min });
      // Two bounds are two claims: the mean of their e-values is one for either.
      return min !== undefined && max !== undefined ? Math.max(above, below) - Math.LN2 : above + below;
    }
    const [low, high] = this.#range();
    const isOut = (max !== undefined && low > max) || (min !== undefined && high < min);
    return isOut ? this.#against.bound : 0;
  }

  #proof(): number {
    const { min, max, looks, alphaPromote } = this.#spec;
    if (looks === 'sequential') {
      const proofs = [
        ...(max === undefined ? [] : [evidenceBelow(this.#step, { p0: max })]),
        ...(min === undefined ? [] : [evidenceAbove(this.#step, { p0: min })]),
      ];
      return Math.min(...proofs);
    }
    const [low, high] = this.#range();
    const isIn = (max === undefined || high <= max) && (min === undefined || low >= min);
    return isIn ? logBound(alphaPromote) : 0;
  }

  /** What the last value may be; everything while there is none. */
  #range(): readonly [low: number, high: number] {
    if (!this.#last) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    return this.#last.interval ?? [this.#last.value, this.#last.value];
  }

  #isWorse(): boolean {
    const { max } = this.#spec;
    const [value, baseline] =
      this.#spec.looks === 'sequential'
        ? [meanOf(this.#all), this.#baseline && meanOf(this.#baseline)]
        : [this.#last?.value ?? 0, this.#last?.baseline];
    if (baseline === undefined) return true;
    return max !== undefined && value > max ? value > baseline : value < baseline;
  }
}

const meanOf = ({ requests, events }: Counts): number => events / requests;
