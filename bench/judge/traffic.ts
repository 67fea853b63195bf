import type { SideCounts, WindowCounts } from '../../src/domain/evidence.ts';
import { instant, seconds } from '../../src/domain/units.ts';
import type { Random } from './random.ts';
import { binomial, poisson } from './sampling.ts';

/** What rules one window: how much traffic, how much of it is the candidate's, and how often each side fails. */
export interface Law {
  readonly perMinute: number;
  /** Chance that a request goes to the candidate. */
  readonly share: number;
  /** What the endpoint is configured to: the true share where nothing else is said, null where nobody knows it. */
  readonly configured?: number | null;
  readonly step?: number;
  readonly baseline: number;
  readonly candidate: number;
}

/** 1,000 requests a minute, 5 % of them the candidate's, 0.5 % errors on both sides. */
export const base: Law = { perMinute: 1000, share: 0.05, baseline: 0.005, candidate: 0.005 };

/** A side without traffic, where something else than requests is judged. */
export const silent: SideCounts = { requests: 0, errors: 0 };

/** Makes the windows of one run, in order: `look` counts them from 0. */
export type Windows = (look: number) => WindowCounts;

const START = Date.UTC(2026, 0, 1);
const SPAN = seconds(60);

/** A window of a minute with what both sides did in it. */
export function windowOf(
  look: number,
  { share, configured = share, step = 0 }: Pick<Law, 'share' | 'configured' | 'step'>,
  baseline: SideCounts,
  candidate: SideCounts,
): WindowCounts {
  const told = configured === null ? {} : { share: configured };
  return { at: instant(START + look * SPAN), span: SPAN, step, ...told, baseline, candidate };
}

/** Requests of both sides: a Poisson number in all, each routed by itself. */
export function routed(chance: Random, law: Pick<Law, 'perMinute' | 'share'>): [number, number] {
  const all = poisson(chance, law.perMinute);
  const candidate = binomial(chance, all, law.share);
  return [all - candidate, candidate];
}

/** One minute in which each request fails by itself. */
export function minute(chance: Random, look: number, law: Law): WindowCounts {
  const [nb, nc] = routed(chance, law);
  const baseline = { requests: nb, errors: binomial(chance, nb, law.baseline) };
  return windowOf(look, law, baseline, { requests: nc, errors: binomial(chance, nc, law.candidate) });
}

/** Runs whose law is known at each look; `drawn` is asked once a run, for what differs between runs. */
export function ruled(lawOf: (look: number, drawn: number) => Law): (chance: Random) => Windows {
  return (chance) => {
    const drawn = chance.uniform();
    return (look) => minute(chance, look, lawOf(look, drawn));
  };
}

/** The rows of each side that are kept, each row by itself: `ofErrors` of the failed ones, `ofRest` of the others. */
export function thinned(
  chance: Random,
  { requests, errors }: SideCounts,
  keep: { readonly ofErrors: number; readonly ofRest: number },
): SideCounts {
  const kept = binomial(chance, errors, keep.ofErrors);
  return { requests: kept + binomial(chance, requests - errors, keep.ofRest), errors: kept };
}

/** Shares of hourly steps, and the step that a look lies in. */
const LADDER = [0.05, 0.1, 0.25, 0.5];
export function hourly(look: number): { readonly share: number; readonly step: number } {
  const step = Math.min(LADDER.length - 1, Math.floor(look / 60));
  return { share: LADDER[step] ?? 0.5, step };
}
