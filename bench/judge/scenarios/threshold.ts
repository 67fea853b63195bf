import type { Reading } from '../../../src/domain/evidence.ts';
import type { Random } from '../random.ts';
import { binomial } from '../sampling.ts';
import { type GatesName, type Scenario, scenario } from '../scenario.ts';
import { base, silent, type Windows, windowOf } from '../traffic.ts';

/** Samples behind the reading of each minute. */
const SAMPLES = 50;

/** The true rates behind one reading; `baseline` where somebody measures it, too. */
interface Truth {
  readonly candidate: number;
  readonly baseline?: number;
  readonly step?: number;
}

const sampled =
  (name: string, truthOf: (look: number) => Truth) =>
  (chance: Random): Windows =>
  (look) => {
    const { candidate, baseline, step = 0 } = truthOf(look);
    const rate = (p: number) => binomial(chance, SAMPLES, p) / SAMPLES;
    const own: Reading = { name, value: rate(candidate), n: SAMPLES };
    const reading = baseline === undefined ? own : { ...own, baseline: rate(baseline) };
    return { ...windowOf(look, { ...base, step }, silent, silent), readings: [reading] };
  };

const most = (truth: Truth) => sampled('refusals', () => truth);
const least = (truth: Truth) => sampled('accuracy', () => truth);
const of = (gates: GatesName) => ({ gates, peers: 'none' }) as const;

export const thresholdNulls: readonly Scenario[] = [
  scenario('null', {
    ...of('threshold-max'),
    name: 'threshold-at-max',
    about: 'a rate of 5 %, which is its upper limit; 50 samples a minute',
    notToBePromoted: true,
    onMargin: true,
    start: most({ candidate: 0.05 }),
  }),
  scenario('null', {
    ...of('threshold-min'),
    name: 'threshold-at-min',
    about: 'a rate of 90 %, which is its lower limit',
    notToBePromoted: true,
    onMargin: true,
    start: least({ candidate: 0.9 }),
  }),
  scenario('null', {
    ...of('threshold-max'),
    name: 'threshold-shared',
    about: 'a rate of 10 % on both sides, twice the upper limit',
    notToBePromoted: true,
    start: most({ candidate: 0.1, baseline: 0.1 }),
  }),
];

export const thresholdHarm: readonly Scenario[] = [
  scenario('harm', {
    ...of('threshold-max'),
    name: 'threshold-above',
    about: 'a rate of 10 %, twice the upper limit',
    start: most({ candidate: 0.1 }),
  }),
  scenario('harm', {
    ...of('threshold-max'),
    name: 'threshold-above-beside',
    about: 'the same beside a baseline of 4 %',
    start: most({ candidate: 0.1, baseline: 0.04 }),
  }),
  scenario('harm', {
    ...of('threshold-min'),
    name: 'threshold-below',
    about: 'a rate of 80 % beside a baseline of 92 % (lower limit 90 %)',
    start: least({ candidate: 0.8, baseline: 0.92 }),
  }),
  scenario('harm', {
    ...of('threshold-max'),
    name: 'threshold-late',
    about: 'a rate of 10 % from minute 180 on, 3 % before (upper limit 5 %)',
    looks: 420,
    onset: 180,
    finalStep: 1,
    start: sampled('refusals', (look) =>
      look < 180 ? { candidate: 0.03, step: 0 } : { candidate: 0.1, step: 1 },
    ),
  }),
];
