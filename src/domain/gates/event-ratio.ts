import type { WindowCounts } from '../evidence.ts';
import type { EventGateSpec, GateFinding } from '../gate.ts';
import type { Counts } from '../stats/counts.ts';
import { LikelihoodMixture } from '../stats/likelihood-mixture.ts';
import { logMean } from '../stats/log-space.ts';
import { RatioMixture, testAgainst, testFor } from '../stats/ratio-mixture.ts';
import { logBound, RateInterval } from '../stats/sequential.ts';
import { Alone, besideOrAlone } from './beside-or-alone.ts';
import { Dispersion } from './dispersion.ts';
import { Against, findingOf, type GateProcess, StepAge } from './process.ts';
import { type EventsOf, isAlone, nothing, plus, viewsOf } from './views.ts';

const eventsOf: Readonly<Record<EventGateSpec['kind'], EventsOf>> = {
  errors: ({ requests, errors }) => ({ requests, events: errors }),
  'client-errors': ({ requests, clientErrors }) =>
    clientErrors === undefined ? undefined : { requests, events: clientErrors },
  throttled: ({ requests, throttled }) =>
    throttled === undefined ? undefined : { requests: requests + throttled, events: throttled },
};

/** Ratio that must be ruled out, where policy names none: a small share can only show gross harm. */
export function usualHarmfulRatio(share: number | undefined): number {
  return share !== undefined && share < 0.25 ? 3 : 2;
}

/**
 * Against: the ratio's evidence, but no more than there is that the candidate exceeds `floor` (the lesser of two
 * e-values is one for either claim). For: the mean of the ratio's evidence and of that for a rate below `ceiling`,
 * so that a perfect service, about which a ratio says nothing, can be proven harmless too.
 */
export class EventRatioGate implements GateProcess {
  readonly #spec: EventGateSpec;
  readonly #against: Against;
  readonly #ratio: RatioMixture;
  readonly #floor: LikelihoodMixture;
  readonly #alone: Alone;
  readonly #age = new StepAge();
  readonly #dispersion = new Dispersion();
  #interval = new RateInterval({ alpha: shownAlpha });
  readonly #promoteBound: number;
  #start: number | undefined;
  #harmless: RatioMixture | undefined;
  #below: LikelihoodMixture;
  #step: { baseline: Counts; candidate: Counts } = { baseline: nothing, candidate: nothing };

  constructor(spec: EventGateSpec) {
    this.#spec = spec;
    this.#against = new Against(spec.alphaRollback);
    this.#ratio = new RatioMixture(testAgainst(spec.toleratedRatio));
    this.#floor = LikelihoodMixture.above(spec.floor);
    this.#below = LikelihoodMixture.below(spec.ceiling);
    this.#alone = new Alone(spec.ceiling, spec.harmfulRatio ?? usualHarmfulRatio(1));
    this.#promoteBound = logBound(spec.alphaPromote);
  }

  enter(step: number): void {
    if (!this.#age.enter(step)) return;
    this.#interval = new RateInterval({ alpha: shownAlpha });
    this.#harmless = undefined;
    this.#below = LikelihoodMixture.below(this.#spec.ceiling);
    this.#step = { baseline: nothing, candidate: nothing };
  }

  add(window: WindowCounts): void {
    const { share, at } = window;
    this.enter(window.step);
    this.#age.add(window);
    this.#harmless ??= new RatioMixture(testFor(this.#spec.harmfulRatio ?? usualHarmfulRatio(share)));
    const views = viewsOf(window, eventsOf[this.#spec.kind]);
    if (!views) return;
    this.#start ??= at;
    const start = at - this.#start;
    this.#step = {
      baseline: plus(this.#step.baseline, views.seen.baseline),
      candidate: plus(this.#step.candidate, views.seen.candidate),
    };
    if (!isAlone(window)) {
      this.#dispersion.add(views.seen);
      this.#ratio.add(start, views.against.baseline, views.against.candidate);
      this.#floor.add(start, views.against.candidate);
    }
    this.#alone.add(window, views.against);
    this.#harmless.add(start, views.for.baseline, views.for.candidate);
    this.#below.add(start, views.for.candidate);
    this.#against.set(besideOrAlone(Math.min(this.#ratio.logE, this.#floor.logE), this.#alone.logE));
  }

  finding(): GateFinding {
    const { baseline, candidate } = this.#step;
    const logE = logMean(this.#harmless?.logE ?? 0, this.#below.logE);
    return findingOf(this.#spec, {
      against: this.#against,
      for: { logE, bound: this.#promoteBound },
      observed: { baseline, candidate, dispersion: this.#dispersion.value },
      interval: this.#interval.of(candidate),
      age: this.#age,
    });
  }
}

/** Of the intervals that people are shown. */
export const shownAlpha = 0.05;
