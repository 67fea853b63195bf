import type { SideCounts, WindowCounts } from '../evidence.ts';
import type { GateFinding, ThroughputSpec } from '../gate.ts';
import { RatioMixture, testAgainstSlight, testFor } from '../stats/ratio-mixture.ts';
import { logBound } from '../stats/sequential.ts';
import { Against, findingOf, type GateProcess, StepAge } from './process.ts';
import { isAlone } from './views.ts';

/** A client that is counted once may have met both kinds of failure. */
const answered = ({ requests, errors, clientErrors = 0 }: SideCounts): number =>
  Math.max(0, requests - errors - clientErrors);
const offered = ({ requests, throttled = 0 }: SideCounts): number => requests + throttled;

/**
 * Whether the candidate answers its due: of all requests of a window, each is its at the configured share, so its good
 * answers are to the baseline's as the shares are. The ratio mixture with the sides exchanged, on good answers: the
 * baseline's may be 1 / (1 - drop) times the candidate's, each relative to its configured share.
 */
export class ThroughputGate implements GateProcess {
  readonly #spec: ThroughputSpec;
  readonly #against: Against;
  readonly #lacking: RatioMixture;
  readonly #age = new StepAge();
  #enough: RatioMixture;
  #start: number | undefined;
  #step = { baseline: { requests: 0, answered: 0 }, candidate: { requests: 0, answered: 0 } };

  constructor(spec: ThroughputSpec) {
    this.#spec = spec;
    this.#against = new Against(spec.alphaRollback);
    this.#lacking = new RatioMixture(testAgainstSlight(1 / (1 - spec.toleratedDrop)));
    this.#enough = this.#proof();
  }

  #proof(): RatioMixture {
    return new RatioMixture(testFor(1 / (1 - this.#spec.harmfulDrop)));
  }

  enter(step: number): void {
    if (!this.#age.enter(step)) return;
    this.#enough = this.#proof();
    this.#step = { baseline: { requests: 0, answered: 0 }, candidate: { requests: 0, answered: 0 } };
  }

  add(window: WindowCounts): void {
    this.enter(window.step);
    this.#age.add(window);
    const { baseline, candidate, share, missing = 0, at } = window;
    if (share === undefined || isAlone(window) || !baseline || !candidate) return;
    this.#start ??= at;
    const start = at - this.#start;
    const total = offered(baseline) + offered(candidate) + missing;
    // Only their relation counts; a thousand times the requests keeps each above the answers, whatever the split.
    const due = { baseline: dueOf(1 - share, total), candidate: dueOf(share, total) };
    // Missing rows may be good answers that were lost: the candidate's in the one account, the baseline's in the other.
    const good = (lost: { baseline: number; candidate: number }) =>
      [
        countsOf(due.candidate, answered(candidate) + lost.candidate),
        countsOf(due.baseline, answered(baseline) + lost.baseline),
      ] as const;
    this.#lacking.add(start, ...good({ baseline: 0, candidate: missing }));
    this.#enough.add(start, ...good({ baseline: missing, candidate: 0 }));
    for (const [side, counts] of [['baseline', baseline] as const, ['candidate', candidate] as const]) {
      this.#step[side].requests += offered(counts);
      this.#step[side].answered += answered(counts);
    }
    this.#against.set(this.#lacking.logE);
  }

  finding(): GateFinding {
    return findingOf(this.#spec, {
      against: this.#against,
      for: { logE: this.#enough.logE, bound: logBound(this.#spec.alphaPromote) },
      observed: { baseline: { ...this.#step.baseline }, candidate: { ...this.#step.candidate } },
      interval: null,
      age: this.#age,
    });
  }
}

/** At the smallest shares even a thousandth of a request is more than the due. */
const countsOf = (due: number, events: number) => ({ requests: Math.max(due, events), events });

const dueOf = (share: number, total: number): number => Math.round(share * total * 1000);
