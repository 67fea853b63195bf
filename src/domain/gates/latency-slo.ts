import type { SideCounts, WindowCounts } from '../evidence.ts';
import type { GateFinding, LatencySloSpec } from '../gate.ts';
import type { Counts } from '../stats/counts.ts';
import { evidenceBelow } from '../stats/exceedance.ts';
import { LikelihoodMixture } from '../stats/likelihood-mixture.ts';
import { RatioMixture, testAgainst } from '../stats/ratio-mixture.ts';
import { logBound, RateInterval } from '../stats/sequential.ts';
import { Alone, besideOrAlone } from './beside-or-alone.ts';
import { shownAlpha, usualHarmfulRatio } from './event-ratio.ts';
import { above, hasLatency } from './histograms.ts';
import { Against, findingOf, type GateProcess, StepAge } from './process.ts';
import { isAlone, nothing, plus, type View } from './views.ts';

const nobody: SideCounts = { requests: 0, errors: 0, latencyMs: { le: [null], n: [0] } };

/**
 * Against: requests above the SLO are too many in themselves *and* more than the baseline's, so that an incident
 * which both sides share rolls nothing back. For: too many is ruled out. A bucket that holds the SLO, what was not
 * measured and rows that are missing count against whichever of the two is to be proven.
 */
export class LatencySloGate implements GateProcess {
  readonly #spec: LatencySloSpec;
  readonly #p0: number;
  readonly #against: Against;
  readonly #relative: RatioMixture;
  /** That a side exceeds the SLO too often, by itself. */
  readonly #beyond: { readonly baseline: LikelihoodMixture; readonly candidate: LikelihoodMixture };
  readonly #alone: Alone;
  readonly #age = new StepAge();
  #interval = new RateInterval({ alpha: shownAlpha });
  #start: number | undefined;
  #forView = nothing;
  #step: { baseline: Counts; candidate: Counts } = { baseline: nothing, candidate: nothing };

  constructor(spec: LatencySloSpec) {
    this.#spec = spec;
    this.#p0 = 1 - spec.quantile;
    this.#against = new Against(spec.alphaRollback);
    this.#relative = new RatioMixture(testAgainst(spec.toleratedRatio));
    this.#beyond = {
      baseline: LikelihoodMixture.above(this.#p0),
      candidate: LikelihoodMixture.above(this.#p0),
    };
    this.#alone = new Alone(this.#p0, usualHarmfulRatio(1));
  }

  enter(step: number): void {
    if (!this.#age.enter(step)) return;
    this.#interval = new RateInterval({ alpha: shownAlpha });
    this.#forView = nothing;
    this.#step = { baseline: nothing, candidate: nothing };
  }

  add(window: WindowCounts): void {
    this.enter(window.step);
    this.#age.add(window);
    const { candidate, missing = 0, at } = window;
    const alone = isAlone(window);
    const baseline = alone ? nobody : window.baseline;
    if (!hasLatency(baseline) || !hasLatency(candidate)) return;
    this.#start ??= at;
    const { sloMs } = this.#spec;
    const [b, c] = [above(baseline, sloMs), above(candidate, sloMs)];
    // Where the candidate is alone, rows that are missing can be nobody's but its own.
    const [itsOwn, others] = alone ? [missing, 0] : [0, missing];
    const against: View = {
      baseline: { requests: baseline.requests + others, events: b.atMost + others },
      candidate: { requests: candidate.requests + itsOwn, events: c.surely + itsOwn },
    };
    this.#step = {
      baseline: plus(this.#step.baseline, { requests: baseline.requests, events: b.atMost }),
      candidate: plus(this.#step.candidate, { requests: candidate.requests, events: c.atMost }),
    };
    if (!alone) {
      const start = at - this.#start;
      this.#relative.add(start, against.baseline, against.candidate);
      this.#beyond.baseline.add(start, { requests: baseline.requests, events: b.surely });
      this.#beyond.candidate.add(start, against.candidate);
    }
    this.#alone.add(window, against);
    this.#forView = plus(this.#forView, {
      requests: candidate.requests + missing,
      events: c.atMost + missing,
    });
    const beside = Math.min(this.#beyond.candidate.logE, this.#relative.logE);
    this.#against.set(besideOrAlone(beside, this.#alone.logE));
  }

  finding(): GateFinding {
    return findingOf(this.#spec, {
      against: this.#against,
      for: {
        logE: evidenceBelow(this.#forView, { p0: this.#p0 }),
        bound: logBound(this.#spec.alphaPromote),
      },
      observed: { ...this.#step, limitMs: this.#spec.sloMs },
      interval: this.#interval.of(this.#step.candidate),
      age: this.#age,
      obstacle: this.#sharedIncident(),
    });
  }

  /** Both sides break the objective, and the candidate not provably more: nothing is learned about the candidate. */
  #sharedIncident(): string | undefined {
    const { baseline, candidate } = this.#beyond;
    return Math.min(candidate.logE, baseline.logE) >= this.#against.bound
      ? `shared incident: both sides exceed ${this.#spec.sloMs} ms too often, and the candidate not more than the baseline`
      : undefined;
  }
}
