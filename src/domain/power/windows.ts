import type { Pair, ScoreSums, SideCounts, WindowCounts } from '../evidence.ts';
import type { GateSpec } from '../gate.ts';
import { instant, millis } from '../units.ts';
import { binomial, type Chance, Drawer } from './chance.ts';
import {
  type Behaviour,
  type LatencyLaw,
  latencyLaw,
  type TrafficModel,
  usualBehaviour,
} from './traffic-model.ts';

/** Where and when a window is. */
export interface Place {
  readonly atS: number;
  readonly spanS: number;
  readonly step: number;
  /** The candidate's configured share, above 0 and up to 1. */
  readonly share: number;
}

/**
 * Windows as they would be counted: requests arrive evenly and are routed one by one, and each fails, is slow or is
 * scored by itself. The candidate may behave otherwise than the baseline, which behaves as the traffic says.
 */
export class Windows {
  readonly #model: TrafficModel;
  readonly #specs: readonly GateSpec[];
  readonly #candidateRouted: number;
  readonly #baseline: Side;
  readonly #candidate: Side;

  #drawn = 0;

  constructor(specs: readonly GateSpec[], model: TrafficModel, candidate?: Behaviour) {
    const usual = usualBehaviour(model);
    this.#model = model;
    this.#specs = specs;
    this.#candidateRouted = candidate?.routed ?? 1;
    this.#baseline = new Side(specs, model, usual);
    this.#candidate = new Side(specs, model, candidate ?? usual);
  }

  /** How many windows were drawn so far. */
  get drawn(): number {
    return this.#drawn;
  }

  draw(chance: Chance, { atS, spanS, step, share }: Place): WindowCounts {
    this.#drawn += 1;
    const requests = wholeOf(chance, this.#model.perSecond * spanS);
    const odds = (share * this.#candidateRouted) / (share * this.#candidateRouted + 1 - share);
    const routed = binomial(chance, requests, share === 1 ? 1 : odds);
    const pairs = this.#pairs(chance, atS, spanS);
    return {
      at: instant(atS * 1000),
      span: millis(spanS * 1000),
      step,
      share,
      baseline: this.#baseline.draw(chance, requests - routed),
      candidate: this.#candidate.draw(chance, routed),
      ...(pairs.length === 0 ? {} : { pairs }),
    };
  }

  /** Differences of two values a standard deviation from their mean on either side, around a score of one half. */
  #pairs(chance: Chance, atS: number, spanS: number): Pair[] {
    const { pairsPerSecond, pairSd = 0 } = this.#model;
    if (pairsPerSecond === undefined) return [];
    const pairs: Pair[] = [];
    for (const spec of this.#specs) {
      if (spec.kind !== 'quality' || spec.pairing !== 'paired') continue;
      const n = wholeOf(chance, Math.min(pairsPerSecond, mostPairsPerSecond) * spanS);
      for (let i = 0; i < n; i += 1) {
        const half = within((chance() < 0.5 ? pairSd : -pairSd) - this.#candidate.behaviour.scoreDrop, 1) / 2;
        pairs.push({
          metric: spec.metric,
          baseline: 0.5 - half,
          candidate: 0.5 + half,
          input: `${atS}-${i}`,
        });
      }
    }
    return pairs;
  }
}

/** More would be drawn only to be judged sooner than the first look. */
const mostPairsPerSecond = 1;

class Side {
  readonly behaviour: Behaviour;
  readonly #model: TrafficModel;
  readonly #latency: LatencyLaw | undefined;
  readonly #drawer: Drawer | undefined;
  readonly #metrics: readonly string[];

  constructor(specs: readonly GateSpec[], model: TrafficModel, behaviour: Behaviour) {
    this.behaviour = behaviour;
    this.#model = model;
    this.#latency = latencyLaw(specs, model, behaviour);
    this.#drawer = this.#latency && new Drawer(this.#latency.upTo);
    this.#metrics = specs.flatMap((spec) =>
      spec.kind === 'quality' && spec.pairing === 'unpaired' ? [spec.metric] : [],
    );
  }

  draw(chance: Chance, routed: number): SideCounts {
    const throttled = binomial(chance, routed, this.behaviour.throttled ?? 0);
    const requests = routed - throttled;
    const errors = binomial(chance, requests, this.behaviour.errors);
    const { clientErrors } = this.behaviour;
    const rest = requests - errors;
    return {
      requests,
      errors,
      ...(clientErrors === undefined
        ? {}
        : {
            clientErrors: binomial(
              chance,
              rest,
              Math.min(1, clientErrors / Math.max(1e-9, 1 - this.behaviour.errors)),
            ),
          }),
      ...(this.behaviour.throttled === undefined ? {} : { throttled }),
      ...this.#latencies(chance, rest, errors),
      ...this.#scores(chance, rest),
    };
  }

  #latencies(chance: Chance, answered: number, failed: number): Pick<SideCounts, 'latencyMs'> {
    if (!this.#latency || !this.#drawer) return {};
    const { le } = this.#latency;
    const n = new Array<number>(le.length).fill(0);
    this.#drawer.count(chance, answered, n);
    n[n.length - 1] = (n.at(-1) ?? 0) + failed;
    return { latencyMs: { le, n } };
  }

  /** Two values, a standard deviation from the mean on either side. */
  #scores(chance: Chance, answered: number): Pick<SideCounts, 'scores'> {
    const { score, scoreSd } = this.#model;
    if (score === undefined || scoreSd === undefined || this.#metrics.length === 0) return {};
    const mean = score - this.behaviour.scoreDrop;
    const [low, high] = [Math.max(0, mean - scoreSd), Math.min(1, mean + scoreSd)];
    const sums = (): ScoreSums => {
      const above = binomial(chance, answered, 0.5);
      const below = answered - above;
      return {
        n: answered,
        sum: above * high + below * low,
        sumOfSquares: above * high ** 2 + below * low ** 2,
      };
    };
    return { scores: Object.fromEntries(this.#metrics.map((metric) => [metric, sums()])) };
  }
}

/** A whole number with this mean: what is left of an even pace after whole requests comes by chance. */
function wholeOf(chance: Chance, mean: number): number {
  const whole = Math.floor(mean);
  return whole + (chance() < mean - whole ? 1 : 0);
}

const within = (value: number, limit: number): number => Math.min(limit, Math.max(-limit, value));
