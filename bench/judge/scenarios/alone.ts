import type { SideCounts } from '../../../src/domain/evidence.ts';
import type { Random } from '../random.ts';
import { type Scenario, scenario } from '../scenario.ts';
import { base, ruled, type Windows } from '../traffic.ts';

/** Half an hour each at 25 and 50 %; from then on the candidate has all traffic, and nothing stands beside it. */
const ALONE_FROM = 60;
const ALONE_STEP = 2;
const place = (look: number) => {
  if (look >= ALONE_FROM) return { share: 1, step: ALONE_STEP };
  return look < ALONE_FROM / 2 ? { share: 0.25, step: 0 } : { share: 0.5, step: 1 };
};
/** Error rates of both sides before, and of the candidate once it is alone. */
const alone = (before: number, candidateOf: (look: number, drawn: number) => number) =>
  ruled((look, drawn) => ({
    ...base,
    ...place(look),
    baseline: before,
    candidate: look < ALONE_FROM ? before : candidateOf(look, drawn),
  }));

/** The same with slow requests for failed ones: above an objective of 120 ms, or not. */
const slowly =
  (start: (chance: Random) => Windows) =>
  (chance: Random): Windows => {
    const windows = start(chance);
    const side = ({ requests, errors: slow }: SideCounts): SideCounts => {
      return { requests, errors: 0, latencyMs: { le: [120, null], n: [requests - slow, slow] } };
    };
    return (look) => {
      const { baseline, candidate, ...rest } = windows(look);
      return { ...rest, baseline: baseline && side(baseline), candidate: candidate && side(candidate) };
    };
  };

const of = { peers: 'none', finalStep: ALONE_STEP } as const;
const HOURS_3 = 180;

export const aloneNulls: readonly Scenario[] = [
  scenario('null', {
    ...of,
    name: 'alone-alike',
    about: 'steps of 25, 50 and 100 %: 0.5 % errors before and at 100 %',
    start: alone(0.005, () => 0.005),
  }),
  scenario('null', {
    ...of,
    name: 'alone-at-ceiling',
    about: '0.1 % errors before, and at 100 % the ceiling of 1 %',
    notToBePromoted: true,
    start: alone(0.001, () => 0.01),
  }),
  scenario('null', {
    ...of,
    name: 'alone-at-ratio',
    about: '2 % errors before, and at 100 % the harmful ratio of 2 times that',
    start: alone(0.02, () => 0.04),
  }),
  scenario('null', {
    ...of,
    gates: 'latency-slo',
    name: 'alone-slo-at-limit',
    about: '1 % slower than 120 ms before, and at 100 % the 5 % that the objective allows',
    notToBePromoted: true,
    start: slowly(alone(0.01, () => 0.05)),
  }),
];

/**
 * At 100 % nobody can tell a version that fails from a world in which every version would, and what was usual before is
 * known from some hundred errors only.
 */
export const aloneTold: readonly Scenario[] = [
  scenario('told', {
    ...of,
    name: 'alone-incident',
    about: 'twenty minutes at 5 % errors at 100 %, which may be anybody’s fault',
    start: alone(0.005, (look, drawn) => {
      const from = ALONE_FROM + Math.floor(140 * drawn);
      return look >= from && look < from + 20 ? 0.05 : 0.005;
    }),
  }),
  scenario('told', {
    ...of,
    name: 'alone-three-times',
    about: '1.5 % errors at 100 % after 0.5 %: hardly more than twice what the rate before may have been',
    start: alone(0.005, () => 0.015),
  }),
];

export const aloneHarm: readonly Scenario[] = [
  scenario('harm', {
    ...of,
    name: 'alone-harmful',
    about: '2 % errors at 100 % only, against 0.5 % in all steps before',
    looks: 300,
    onset: ALONE_FROM,
    start: alone(0.005, () => 0.02),
  }),
  scenario('harm', {
    ...of,
    name: 'alone-late',
    about: '2 % errors after three healthy hours at 100 %, in which it was promoted as it should be',
    looks: 480,
    onset: ALONE_FROM + HOURS_3,
    promotedBefore: true,
    start: alone(0.005, (look) => (look < ALONE_FROM + HOURS_3 ? 0.005 : 0.02)),
  }),
  scenario('harm', {
    ...of,
    gates: 'latency-slo',
    name: 'alone-slo-late',
    about: '15 % instead of 4 % slower than 120 ms after three healthy hours at 100 %',
    looks: 480,
    onset: ALONE_FROM + HOURS_3,
    promotedBefore: true,
    start: slowly(alone(0.04, (look) => (look < ALONE_FROM + HOURS_3 ? 0.04 : 0.15))),
  }),
];
