import type { Random } from '../random.ts';
import { type Scenario, scenario } from '../scenario.ts';
import { base, silent, type Windows, windowOf } from '../traffic.ts';
import { PAIRS_PER_LOOK } from './quality.ts';

/** A law of scores, in units that `scale` brings to between 0 and 1, its `centre` added. */
interface ScoreLaw {
  readonly draw: (chance: Random) => number;
  readonly scale: number;
  readonly centre: number;
}

/** Ten standard deviations to either end: nobody ever sees one. */
const bell: ScoreLaw = { draw: (chance) => chance.normal(), scale: 0.05, centre: 0.5 };
/** Exponential, without the last e^-8 of it: most scores are low, and a few decide the correlation. */
const LONGEST = 8;
const skewed: ScoreLaw = {
  draw: (chance) => -Math.log1p(-chance.uniform() * -Math.expm1(-LONGEST)),
  scale: 0.08,
  centre: 0,
};

/** One input in fifty lies far from all others: most samples of a hundred hold one or two of them. */
const rare: ScoreLaw = {
  draw: (chance) => (chance.uniform() < 0.02 ? 1 : 0) + 0.1 * chance.uniform(),
  scale: 0.5,
  centre: 0,
};

/** Both sides' scores of an input, whose correlation is exactly `rho` whatever their law. */
const ranked =
  (rho: number, { draw, scale, centre }: ScoreLaw) =>
  (chance: Random): Windows => {
    const rest = Math.sqrt(1 - rho * rho);
    const pair = (input: string) => {
      const [own, other] = [draw(chance), draw(chance)];
      const candidate = centre + scale * (rho * own + rest * other);
      return { metric: 'quality', baseline: centre + scale * own, candidate, input };
    };
    return (look) => ({
      ...windowOf(look, base, silent, silent),
      pairs: Array.from({ length: PAIRS_PER_LOOK }, (_, index) => pair(`${look}-${index}`)),
    });
  };

const of = { gates: 'correlation', peers: 'none' } as const;

export const correlationNulls: readonly Scenario[] = [
  scenario('null', {
    ...of,
    name: 'correlation-at-limit',
    about: 'normal scores of 5 inputs a minute, correlated by 0.8, which is the limit',
    notToBePromoted: true,
    start: ranked(0.8, bell),
  }),
];

/** The test takes Fisher's z for normal, which few pairs of skewed scores are not quite. */
export const correlationTold: readonly Scenario[] = [
  scenario('told', {
    ...of,
    name: 'correlation-skewed',
    about: 'exponential scores at the limit of 0.8: the test is asymptotic, and promises nothing exact',
    start: ranked(0.8, skewed),
  }),
  scenario('told', {
    ...of,
    name: 'correlation-rare',
    about: 'the same where one input in fifty scores far from all others',
    start: ranked(0.8, rare),
  }),
];

export const correlationHarm: readonly Scenario[] = [
  scenario('harm', {
    ...of,
    name: 'correlation-0.6',
    about: 'normal scores, correlated by 0.6 (limit 0.8)',
    looks: 960,
    start: ranked(0.6, bell),
  }),
];
