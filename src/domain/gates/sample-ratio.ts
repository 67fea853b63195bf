import type { WindowCounts } from '../evidence.ts';
import type { GateFinding, SampleRatioSpec } from '../gate.ts';
import { categoryEvidence } from '../stats/dirichlet.ts';
import { logBound } from '../stats/sequential.ts';
import { Against, findingOf, type GateProcess, StepAge } from './process.ts';
import { isAlone } from './views.ts';

/** Relative to the odds of the configured share: a split further off than this is ruled out before it passes. */
const goodWithin = 1.25;
/**
 * Whether requests are split as configured: the Dirichlet test of the counts of a step against the share. It judges the evidence and not the candidate: while it has failed, no other gate is
 * believed. Steps are tests of their own and share the error budget by 1/2, 1/4, 1/8, ...
 */
export class SampleRatioGate implements GateProcess {
  readonly #spec: SampleRatioSpec;
  readonly #against: Against;
  readonly #age = new StepAge();
  #tests = 0;
  #share: number | undefined;
  #baseline = 0;
  #candidate = 0;

  constructor(spec: SampleRatioSpec) {
    this.#spec = spec;
    this.#against = new Against(spec.alphaRollback);
  }

  get broken(): boolean {
    return this.#against.crossed;
  }

  enter(step: number): void {
    if (!this.#age.enter(step)) return;
    this.#share = undefined;
    this.#baseline = 0;
    this.#candidate = 0;
  }

  add(window: WindowCounts): void {
    const { share, baseline, candidate } = window;
    this.enter(window.step);
    this.#age.add(window);
    if (share === undefined || isAlone(window) || !baseline || !candidate) return;
    if (share !== this.#share) {
      this.#share = share;
      this.#tests += 1;
      this.#baseline = 0;
      this.#candidate = 0;
    }
    this.#baseline += baseline.requests + (baseline.throttled ?? 0);
    this.#candidate += candidate.requests + (candidate.throttled ?? 0);
    const logE = categoryEvidence([this.#baseline, this.#candidate], [1 - share, share]);
    // alpha/2 for the first test, alpha/4 for the second, ...
    this.#against.set(logE - this.#tests * Math.LN2);
  }

  finding(): GateFinding {
    const total = this.#baseline + this.#candidate;
    return findingOf(this.#spec, {
      against: this.#against,
      for: { logE: this.#near(), bound: logBound(this.#spec.alphaPromote) },
      observed: {
        baseline: { requests: this.#baseline, events: 0 },
        candidate: { requests: this.#candidate, events: 0 },
        share: this.#share ?? null,
        realisedShare: total === 0 ? null : this.#candidate / total,
      },
      interval: null,
      age: this.#age,
    });
  }

  /** Likelihood of the configured share against the nearest one on either side that would be too far off. */
  #near(): number {
    const share = this.#share;
    if (share === undefined) return 0;
    const against = (times: number) => {
      const odds = (share / (1 - share)) * times;
      const other = odds / (1 + odds);
      return this.#candidate * Math.log(share / other) + this.#baseline * Math.log((1 - share) / (1 - other));
    };
    return Math.min(against(goodWithin), against(1 / goodWithin));
  }
}
