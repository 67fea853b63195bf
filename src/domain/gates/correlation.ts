import type { WindowCounts } from '../evidence.ts';
import type { CorrelationSpec, GateFinding } from '../gate.ts';
import { CorrelationTest } from '../stats/correlation.ts';
import { logBound } from '../stats/sequential.ts';
import { DistinctPairs } from './pairs.ts';
import { Against, findingOf, type GateProcess, StepAge } from './process.ts';

/**
 * Whether the candidate ranks inputs as the baseline does: the Pearson correlation of their scores on the same inputs,
 * each distinct input once, must be at least `min`. Looked at when the number of pairs has doubled; between two looks
 * the last one stands.
 */
export class CorrelationGate implements GateProcess {
  readonly #spec: CorrelationSpec;
  readonly #against: Against;
  readonly #age = new StepAge();
  readonly #release: Ranked;
  #step: Ranked;

  constructor(spec: CorrelationSpec) {
    this.#spec = spec;
    this.#against = new Against(spec.alphaRollback);
    this.#release = new Ranked(spec);
    this.#step = new Ranked(spec);
  }

  enter(step: number): void {
    if (this.#age.enter(step)) this.#step = new Ranked(this.#spec);
  }

  add(window: WindowCounts): void {
    this.enter(window.step);
    this.#age.add(window);
    this.#step.add(window);
    this.#release.add(window, (test) => this.#against.set(test.logBelow));
  }

  finding(): GateFinding {
    const { test } = this.#step;
    const { min, metric } = this.#spec;
    const measured = { pairs: test.count };
    return findingOf(this.#spec, {
      against: this.#against,
      for: { logE: test.logAbove, bound: logBound(this.#spec.alphaPromote) },
      observed: { baseline: measured, candidate: measured, correlation: test.correlation ?? null, min },
      interval: null,
      age: this.#age,
      obstacle:
        test.correlation === undefined
          ? `no correlation of ${metric} yet: ${test.count} distinct pairs, the next look is at ${test.nextLook}, and both sides' scores must vary`
          : undefined,
    });
  }
}

class Ranked {
  readonly #pairs: DistinctPairs;
  readonly test: CorrelationTest;

  constructor({ metric, min }: CorrelationSpec) {
    this.#pairs = new DistinctPairs(metric);
    this.test = new CorrelationTest(min);
  }

  /** @param looked Called after each pair: a window may hold several looks, and each may prove harm. */
  add(window: WindowCounts, looked?: (test: CorrelationTest) => void): void {
    for (const { baseline, candidate } of this.#pairs.newOf(window)) {
      this.test.add(baseline, candidate);
      looked?.(this.test);
    }
  }
}
