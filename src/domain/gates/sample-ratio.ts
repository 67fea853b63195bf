import type { SideCounts, WindowCounts } from '../evidence.ts';
import type { GateFinding, SampleRatioSpec } from '../gate.ts';
import { SplitEvidence } from '../stats/dirichlet.ts';
import { logBound } from '../stats/sequential.ts';
import { Against, findingOf, type GateProcess, StepAge } from './process.ts';
import { isAlone } from './views.ts';

/** Relative to the odds of the configured share: a split further off than this is ruled out before it passes. */
const goodWithin = 1.25;

/**
 * Whether requests are split as configured: the Dirichlet test of the counts of a step against the share. It judges the
 * evidence and not the candidate: while it has failed, no other gate is believed.
 */
export class SampleRatioGate implements GateProcess {
  readonly #spec: SampleRatioSpec;
  readonly #against: Against;
  readonly #age = new StepAge();
  readonly #split = new SplitEvidence();

  constructor(spec: SampleRatioSpec) {
    this.#spec = spec;
    this.#against = new Against(spec.alphaRollback);
  }

  get broken(): boolean {
    return this.#against.crossed;
  }

  enter(step: number): void {
    if (this.#age.enter(step)) this.#split.begin();
  }

  add(window: WindowCounts): void {
    const { share, baseline, candidate } = window;
    this.enter(window.step);
    this.#age.add(window);
    if (share === undefined || isAlone(window) || !baseline || !candidate) return;
    const asked = (side: SideCounts) => side.requests + (side.throttled ?? 0);
    this.#split.add(share, asked(baseline), asked(candidate));
    this.#against.set(this.#split.logE);
  }

  finding(): GateFinding {
    const { baseline, candidate } = this.#split.counts;
    const total = baseline + candidate;
    return findingOf(this.#spec, {
      against: this.#against,
      for: { logE: this.#near(), bound: logBound(this.#spec.alphaPromote) },
      observed: {
        baseline: { requests: baseline, events: 0 },
        candidate: { requests: candidate, events: 0 },
        share: this.#split.share ?? null,
        realisedShare: total === 0 ? null : candidate / total,
      },
      interval: null,
      age: this.#age,
    });
  }

  /** Likelihood of the configured share against the nearest one on either side that would be too far off. */
  #near(): number {
    const { share, counts } = this.#split;
    if (share === undefined) return 0;
    const against = (times: number) => {
      const odds = (share / (1 - share)) * times;
      const other = odds / (1 + odds);
      return (
        counts.candidate * Math.log(share / other) + counts.baseline * Math.log((1 - share) / (1 - other))
      );
    };
    return Math.min(against(goodWithin), against(1 / goodWithin));
  }
}
