import type { Pair, ScoreSums } from '../../../src/domain/evidence.ts';
import type { Random } from '../random.ts';
import { aliasOf, countsOf } from '../sampling.ts';
import { type Scenario, scenario } from '../scenario.ts';
import { base, routed, silent, type Windows, windowOf } from '../traffic.ts';

/** Pairs that a minute brings. */
export const PAIRS_PER_LOOK = 5;
const PAIRED_SD = 0.15;
const UNPAIRED_SD = 0.2;

/** Mean 0, sd 1, within 2.24: the middle of three uniform numbers, which is Beta(2, 2), standardised. */
function bounded(chance: Random): number {
  const [a, b, c] = [chance.uniform(), chance.uniform(), chance.uniform()];
  const middle = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  return (middle - 0.5) * Math.sqrt(20);
}

/** The same input to both sides: the candidate's score differs by `drop` in the mean, sd 0.15. */
function pair(chance: Random, drop: number, input: string): Pair {
  const baseline = 0.5 + 0.1 * chance.uniform();
  return { metric: 'quality', baseline, candidate: baseline - drop + PAIRED_SD * bounded(chance), input };
}

const paired =
  (drop: number) =>
  (chance: Random): Windows =>
  (look) => ({
    ...windowOf(look, base, silent, silent),
    pairs: Array.from({ length: PAIRS_PER_LOOK }, (_, index) => pair(chance, drop, `${look}-${index}`)),
  });

/** Twenty inputs and the answers to them, sent again and again. */
const replayed =
  (drop: number) =>
  (chance: Random): Windows => {
    const pairs = Array.from({ length: 20 }, (_, index) => pair(chance, drop, `input-${index}`));
    return (look) => ({ ...windowOf(look, base, silent, silent), pairs });
  };

/** Scores of ordinary traffic, each request to one side only. */
const unpaired =
  (drop: number) =>
  (chance: Random): Windows =>
  (look) => {
    const [nb, nc] = routed(chance, base);
    const side = (requests: number, mean: number) => ({
      requests,
      errors: 0,
      scores: { quality: scored(chance, requests, mean) },
    });
    return windowOf(look, base, side(nb, 0.55), side(nc, 0.55 - drop));
  };

/** Scores of live requests come in 21 grades around the mean, weighted as Beta(2, 2) and scaled to an sd of 0.2. */
const GRADES = Array.from({ length: 21 }, (_, index) => index / 10 - 1);
const weightOf = (grade: number) => 1.1025 - grade * grade;
const total = GRADES.reduce((sum, grade) => sum + weightOf(grade), 0);
const variance = GRADES.reduce((sum, grade) => sum + weightOf(grade) * grade * grade, 0) / total;
const DEVIATIONS = GRADES.map((grade) => (UNPAIRED_SD * grade) / Math.sqrt(variance));
const grades = aliasOf(GRADES.map(weightOf));

function scored(chance: Random, n: number, mean: number): ScoreSums {
  let [sum, sumOfSquares] = [0, 0];
  for (const [index, count] of countsOf(chance, grades, n).entries()) {
    const score = mean + (DEVIATIONS[index] ?? 0);
    sum += count * score;
    sumOfSquares += count * score * score;
  }
  return { n, sum, sumOfSquares };
}

const of = { gates: 'quality', peers: 'none' } as const;
const PATIENCE = 1440;

export const qualityNulls: readonly Scenario[] = [
  scenario('null', {
    ...of,
    name: 'quality-at-margin',
    about: 'pairs: scores lower by the margin of 0.02 in the mean',
    notToBePromoted: true,
    start: paired(0.02),
  }),
  scenario('null', {
    name: 'quality-unpaired-at-margin',
    about: 'a canary of 5 %: scores lower by the margin of 0.02 in the mean',
    gates: 'quality-unpaired',
    peers: 'none',
    notToBePromoted: true,
    start: unpaired(0.02),
  }),
];

export const qualityBetter: readonly Scenario[] = [
  scenario('better', {
    ...of,
    name: 'quality-alike',
    about: 'pairs: no difference, sd 0.15',
    start: paired(0),
  }),
];

export const qualityHarm: readonly Scenario[] = [
  ...[0.05, 0.1].map((drop) =>
    scenario('harm', {
      ...of,
      name: `quality-${drop}`,
      about: `pairs: scores lower by ${drop} (margin 0.02, sd 0.15)`,
      looks: PATIENCE,
      start: paired(drop),
    }),
  ),
  scenario('harm', {
    name: 'quality-unpaired-0.05',
    about: 'a canary of 5 %: scores lower by 0.05 (margin 0.02, sd 0.2)',
    gates: 'quality-unpaired',
    peers: 'none',
    looks: PATIENCE,
    start: unpaired(0.05),
  }),
];

export const qualityBroken: readonly Scenario[] = [
  scenario('broken', {
    ...of,
    name: 'replayed-probes',
    about: '20 inputs at the margin, sent again each minute',
    start: replayed(0.02),
  }),
];
