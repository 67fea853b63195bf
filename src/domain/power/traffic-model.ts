import type { Histogram } from '../evidence.ts';
import type { GateSpec } from '../gate.ts';

/**
 * Traffic as it is expected, or was measured, while nothing is wrong. Rates are shares of requests, 0 to 1. What is
 * absent is not known, and a gate that needs it cannot be judged beforehand.
 */
export interface TrafficModel {
  /** Requests a second of the whole endpoint. */
  readonly perSecond: number;
  readonly errors: number;
  readonly clientErrors?: number | undefined;
  readonly throttled?: number | undefined;
  /** Latency is taken as lognormal through both; of `p95Ms` alone with sigma 0.5. */
  readonly p95Ms?: number | undefined;
  readonly p50Ms?: number | undefined;
  /** Share of requests above the SLO, failed ones included; goes before what `p95Ms` would make of it. */
  readonly slow?: number | undefined;
  /** Pairs of scores a second on inputs that were not seen before, and the standard deviation of their difference. */
  readonly pairsPerSecond?: number | undefined;
  readonly pairSd?: number | undefined;
  /** Mean and standard deviation of a live score. */
  readonly score?: number | undefined;
  readonly scoreSd?: number | undefined;
}

/** How one side behaves. */
export interface Behaviour {
  readonly errors: number;
  readonly clientErrors?: number | undefined;
  readonly throttled?: number | undefined;
  readonly slow?: number | undefined;
  /** Every answer takes so much longer. */
  readonly addMs: number;
  /** The mean score is lower by this. */
  readonly scoreDrop: number;
  /** Requests of the candidate that arrive, in multiples of its share. */
  readonly routed: number;
}

export function usualBehaviour({ errors, clientErrors, throttled, slow }: TrafficModel): Behaviour {
  return { errors, clientErrors, throttled, slow, addMs: 0, scoreDrop: 0, routed: 1 };
}

/** What the traffic must say before this gate can be judged beforehand; undefined when it says it. */
export function lackingFor(spec: GateSpec, model: TrafficModel): string | undefined {
  switch (spec.kind) {
    case 'errors':
    case 'throughput':
    case 'sample-ratio':
      return undefined;
    case 'client-errors':
      return model.clientErrors === undefined ? 'say how many are 400 or 422: clientErrors=0.2%' : undefined;
    case 'throttled':
      return model.throttled === undefined ? 'say how many are 429: throttled=0.1%' : undefined;
    case 'latency-slo':
      return model.slow === undefined && model.p95Ms === undefined
        ? `say how many take more than ${spec.sloMs} ms, or how long they take: slow=2% or p95=180ms`
        : undefined;
    case 'latency-drift':
      return model.p95Ms === undefined ? 'say how long requests take: p95=180ms' : undefined;
    case 'quality':
      if (spec.pairing === 'paired')
        return model.pairsPerSecond === undefined || model.pairSd === undefined
          ? 'say how many pairs are scored and how they differ: pairs=30/min,pairSd=0.15'
          : undefined;
      return model.score === undefined || model.scoreSd === undefined
        ? 'say what the scores are: score=0.8,scoreSd=0.2'
        : undefined;
    case 'threshold':
    case 'correlation':
      return 'it judges a metric of a result, and traffic does not say when one comes';
  }
}

/** Of the normal distribution: 95 % lie below. */
const z95 = 1.6448536269514722;
const usualSigma = 0.5;

interface Lognormal {
  readonly median: number;
  readonly sigma: number;
}

function lognormalOf(p95Ms: number, p50Ms: number | undefined): Lognormal {
  if (p50Ms === undefined) return { median: p95Ms / Math.exp(z95 * usualSigma), sigma: usualSigma };
  return { median: p50Ms, sigma: Math.log(p95Ms / p50Ms) / z95 };
}

/** P(N <= x) of a standard normal N: Marsaglia, *Evaluating the Normal Distribution*, J. Stat. Software 11 (2004). */
export function normalCdf(x: number): number {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let [sum, term] = [x, x];
  for (let i = 3; sum !== sum + term; i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

/** Latencies of requests that did not fail: edges of buckets, and the share of requests up to each of them. */
export interface LatencyLaw {
  readonly le: Histogram['le'];
  readonly upTo: readonly number[];
}

/** Undefined when no gate asks for latencies, or nothing is known of them. */
export function latencyLaw(
  specs: readonly GateSpec[],
  model: TrafficModel,
  behaviour: Behaviour,
): LatencyLaw | undefined {
  const edges = edgesFor(specs, model);
  if (edges.length === 0) return undefined;
  const le = [...edges, null];
  const drifts = specs.some(({ kind }) => kind === 'latency-drift');
  const { slow, errors, addMs } = behaviour;
  if (slow !== undefined && !(drifts && model.p95Ms !== undefined)) {
    // Failed requests are slow ones by definition; the others make up the rest.
    const upTo = Math.min(1, Math.max(0, (1 - slow) / Math.max(1e-9, 1 - errors)));
    return { le, upTo: [...edges.map(() => upTo), 1] };
  }
  if (model.p95Ms === undefined) return undefined;
  const { median, sigma } = lognormalOf(model.p95Ms, model.p50Ms);
  const cdf = (ms: number) => (ms <= addMs ? 0 : normalCdf(Math.log((ms - addMs) / median) / sigma));
  return { le, upTo: [...edges.map(cdf), 1] };
}

/** Share of all requests, failed ones included, that take more than this; 0 where nothing is known. */
export function slowShare(sloMs: number, model: TrafficModel): number {
  if (model.slow !== undefined) return model.slow;
  if (model.p95Ms === undefined) return 0;
  const { median, sigma } = lognormalOf(model.p95Ms, model.p50Ms);
  return model.errors + (1 - model.errors) * (1 - normalCdf(Math.log(sloMs / median) / sigma));
}

/** Each SLO is an edge; between the 80th and the 99.9th percentile a gate of drift has buckets a fifth of its margin wide, as evidence is asked for. */
function edgesFor(specs: readonly GateSpec[], { p95Ms, p50Ms }: TrafficModel): number[] {
  const edges = new Set(specs.flatMap((spec) => (spec.kind === 'latency-slo' ? [spec.sloMs] : [])));
  for (const spec of specs) {
    if (spec.kind !== 'latency-drift' || p95Ms === undefined) continue;
    const { median, sigma } = lognormalOf(p95Ms, p50Ms);
    const [z80, z999] = [0.8416, 3.0902];
    const width = Math.max(1, Math.floor(spec.marginMs / 5));
    const last = median * Math.exp(z999 * sigma) + spec.harmfulMs;
    for (let at = Math.floor((median * Math.exp(z80 * sigma)) / width); at * width < last; at += 1)
      edges.add(at * width);
  }
  return [...edges].sort((a, b) => a - b);
}
