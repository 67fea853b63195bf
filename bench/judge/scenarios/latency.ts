import {
  blend,
  bucketsUpTo,
  type Distribution,
  drawnIn,
  lognormal,
  pareto,
  shifted,
  timed,
} from '../latency.ts';
import type { Random } from '../random.ts';
import type { Alias } from '../sampling.ts';
import { type Scenario, scenario } from '../scenario.ts';
import { base, hourly, routed, type Windows, windowOf } from '../traffic.ts';

const wide = bucketsUpTo(340);

/** Both sides keep their distribution through the run. */
function steady(
  baseline: Distribution,
  candidate: Distribution,
  errorRate = 0,
  le = bucketsUpTo(260),
): (chance: Random) => Windows {
  const [ofBaseline, ofCandidate] = [drawnIn(baseline, le), drawnIn(candidate, le)];
  return (chance) => (look) => {
    const [nb, nc] = routed(chance, base);
    return windowOf(
      look,
      base,
      timed(chance, nb, errorRate, ofBaseline, le),
      timed(chance, nc, errorRate, ofCandidate, le),
    );
  };
}

/** Both sides share a lognormal distribution whose median changes with the look; so may the share. */
function moving(
  medianOf: (look: number, drawn: number) => number,
  placeOf: (look: number) => { readonly share: number; readonly step: number } = () => ({
    share: 0.05,
    step: 0,
  }),
): (chance: Random) => Windows {
  const known = new Map<number, Alias>();
  const lawOf = (median: number): Alias => {
    const law = known.get(median) ?? drawnIn(lognormal(median), wide);
    known.set(median, law);
    return law;
  };
  return (chance) => {
    const drawn = chance.uniform();
    return (look) => {
      const place = placeOf(look);
      const [nb, nc] = routed(chance, { ...base, ...place });
      const law = lawOf(medianOf(look, drawn));
      const baseline = timed(chance, nb, 0.005, law, wide);
      return windowOf(look, place, baseline, timed(chance, nc, 0.005, law, wide));
    };
  };
}

/** In four hours both sides become twice as slow. */
const slowing = (look: number) => 50 * (1 + look / 240);
/** An hour in which both sides are 1.8 times as slow. */
const incident = (look: number, drawn: number) => {
  const from = Math.floor(180 * drawn);
  return look >= from && look < from + 60 ? 90 : 50;
};
const tailed = blend(lognormal(), pareto(60), 0.05);

const of = { gates: 'latency', peers: 'latency' } as const;

export const latencyNulls: readonly Scenario[] = [
  {
    name: 'latency-alike',
    about: 'both lognormal, median 50 ms, sigma 0.5',
    start: steady(lognormal(), lognormal(), 0.005),
  },
  {
    name: 'latency-within-margin',
    about: 'the candidate slower by the margin of 5 ms',
    start: steady(lognormal(), shifted(lognormal(), 5)),
  },
  {
    name: 'latency-heavy-tails',
    about: 'one request in twenty Pareto, index 1.5',
    start: steady(tailed, tailed, 0.005, wide),
  },
  {
    name: 'latency-shared-drift',
    about: 'both sides become twice as slow in four hours',
    start: moving(slowing),
  },
  {
    name: 'latency-drift-and-steps',
    about: 'the same through hourly steps of 5, 10, 25 and 50 %',
    start: moving(slowing, hourly),
  },
].map((brief) => scenario('null', { ...of, ...brief }));

export const sloNulls: readonly Scenario[] = [
  scenario('null', {
    name: 'slo-shared-incident',
    about: 'both sides break a 95th percentile of 120 ms for an hour',
    gates: 'latency-slo',
    peers: 'none',
    start: moving(incident),
  }),
];

const PATIENCE = 960;
const shifts = [10, 15, 25, 50].map((ms) =>
  scenario('harm', {
    ...of,
    name: `latency-${ms}`,
    about: `the candidate slower by ${ms} ms (margin 5 ms)`,
    looks: PATIENCE,
    onMargin: ms === 10,
    start: steady(lognormal(), shifted(lognormal(), ms)),
  }),
);

export const latencyHarm: readonly Scenario[] = [
  ...shifts,
  scenario('harm', {
    ...of,
    name: 'latency-15-alpha-5',
    about: 'the candidate slower by 15 ms (margin 5 ms), alpha 5 %',
    gates: 'latency-5',
    peers: 'none',
    looks: PATIENCE,
    start: steady(lognormal(), shifted(lognormal(), 15)),
  }),
  scenario('harm', {
    name: 'slo-breach',
    about: 'the candidate alone 25 ms above a 95th percentile of 120 ms',
    gates: 'latency-slo',
    peers: 'none',
    start: steady(lognormal(), shifted(lognormal(), 25)),
  }),
];
