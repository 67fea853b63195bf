import type { GateSpec } from '../gate.ts';
import { type Behaviour, type TrafficModel, usualBehaviour } from './traffic-model.ts';

/** Something that a gate should see. */
export interface Regression {
  readonly says: string;
  readonly behaviour: Behaviour;
  /** Rates of events on both sides, where the gate compares two rates. */
  readonly rates?: { readonly baseline: number; readonly candidate: number };
}

/** What each kind of gate is asked to see, from slight to gross. None for a gate that traffic says nothing about. */
export function regressionsFor(spec: GateSpec, model: TrafficModel): readonly Regression[] {
  const usual = usualBehaviour(model);
  switch (spec.kind) {
    case 'errors':
      return eventRegressions('errors', model.errors, spec.floor, (errors) => ({ ...usual, errors }));
    case 'client-errors':
      return eventRegressions('refusals', model.clientErrors ?? 0, spec.floor, (rate) => ({
        ...usual,
        // An answer is one or the other.
        errors: Math.min(usual.errors, 1 - rate),
        clientErrors: rate,
      }));
    case 'throttled':
      return eventRegressions('throttling', model.throttled ?? 0, spec.floor, (throttled) => ({
        ...usual,
        throttled,
      }));
    case 'latency-slo': {
      const allowed = 1 - spec.quantile;
      return [1.5, 2, 4, 10]
        .map((times) => times * allowed)
        .filter((slow) => slow > (model.slow ?? 0) && slow <= 1)
        .map((slow) => ({
          says: `${percents(slow)} above ${spec.sloMs} ms`,
          behaviour: { ...usual, slow },
        }));
    }
    case 'latency-drift':
      return [2, 3, 5].map((times) => {
        const addMs = times * spec.marginMs;
        return { says: `${rounded(addMs)} ms slower`, behaviour: { ...usual, addMs } };
      });
    case 'quality':
      return [2.5, 5, 10]
        .map((times) => times * spec.margin)
        .filter((scoreDrop) => scoreDrop < 1)
        .map((scoreDrop) => ({
          says: `score lower by ${rounded(scoreDrop)}`,
          behaviour: { ...usual, scoreDrop },
        }));
    case 'throughput':
      return [...new Set([spec.harmfulDrop, (1 + spec.harmfulDrop) / 2, 1])].map((errors) => ({
        says: errors === 1 ? 'dead: no good answer' : `${percents(errors)} fewer good answers`,
        behaviour: { ...usual, errors },
      }));
    case 'sample-ratio':
      return [1.25, 1.5, 2].map((routed) => ({
        says: `${rounded(routed)} times its share`,
        behaviour: { ...usual, routed },
      }));
    case 'threshold':
    case 'correlation':
      return [];
  }
}

/** Multiples of the usual rate; of a service that has next to no events, rates. */
function eventRegressions(
  name: string,
  usual: number,
  floor: number,
  behaving: (rate: number) => Behaviour,
): Regression[] {
  const isRare = 10 * usual <= floor;
  const slight = isRare ? [0.01, 0.02, 0.05] : [2, 3, 5, 10].map((times) => times * usual);
  const regressions = slight
    .filter((rate) => rate <= 0.9)
    .map((rate) => ({
      says: isRare
        ? `${percents(rate)} ${name}`
        : `${rounded(rate / usual)} times the ${name} (${percents(rate)})`,
      rate,
    }));
  const dead = { says: name === 'errors' ? 'dead: every request fails' : `nothing but ${name}`, rate: 1 };
  return [...regressions, dead].map(({ says, rate }) => ({
    says,
    behaviour: behaving(rate),
    rates: { baseline: usual, candidate: rate },
  }));
}

const rounded = (value: number): string => String(Number(value.toPrecision(3)));
export const percents = (share: number): string => `${rounded(100 * share)} %`;

/** Kullback and Leibler's divergence of two rates, in nats. */
const divergence = (p: number, q: number): number =>
  (p === 0 ? 0 : p * Math.log(p / q)) + (p === 1 ? 0 : (1 - p) * Math.log((1 - p) / (1 - q)));

/**
 * Requests of the candidate that any test at this error budget needs in the mean to show the one rate against the
 * other, knowing both: s ln(1/alpha) / [s KL(p1||m) + (1-s) KL(p0||m)], m = s p1 + (1-s) p0. A gate that tolerates more
 * than the baseline's rate needs more. Undefined for rates that are the same, or a candidate that is alone.
 */
export function informationBound(
  rates: { readonly baseline: number; readonly candidate: number },
  share: number,
  alpha: number,
): number | undefined {
  const mixed = share * rates.candidate + (1 - share) * rates.baseline;
  const perRequest =
    share * divergence(rates.candidate, mixed) + (1 - share) * divergence(rates.baseline, mixed);
  return share < 1 && perRequest > 0 ? (share * Math.log(1 / alpha)) / perRequest : undefined;
}
