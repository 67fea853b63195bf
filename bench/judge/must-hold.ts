import { informationBound, upperBound } from './bounds.ts';
import type { Check, Findings, ReleasesFound, SpeedFound } from './findings.ts';
import { gates } from './gates.ts';
import { contendersOf, OURS } from './judges.ts';
import type { Family, Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import type { Rate, Row } from './summary.ts';

/** Every promise that what was run can show, held or not. */
export function mustHold({ rows, releases, speed }: Findings): Check[] {
  const ours = rows.filter(({ judge }) => judge === OURS);
  return [
    ...every('null', ours, neverRollsBack),
    ...every('null', ours, neverPromotes, ({ notToBePromoted }) => notToBePromoted === true),
    ...every('broken', ours, neverRollsBack),
    ...every('broken', ours, neverPromotes),
    ...every('harm', ours, neverPromotes, ({ promotedBefore }) => promotedBefore !== true),
    ...every('harm', ours, seesHarm),
    ...regressions(rows),
    ...latency(ours),
    ...quality(ours),
    ...(releases ? [through(releases), falselyRolledBack(releases)] : []),
    ...(speed ? speedOf(speed) : []),
  ];
}

type Judged = (scenario: Scenario, row: Row) => Check;

const every = (
  family: Family,
  ours: readonly Row[],
  check: Judged,
  applies: (scenario: Scenario) => boolean = () => true,
): Check[] =>
  scenarios.flatMap((scenario) => {
    const row = ours.find((one) => one.scenario === scenario.name);
    return scenario.family === family && applies(scenario) && row ? [check(scenario, row)] : [];
  });

const alphaOf = (scenario: Scenario, of: 'alphaRollback' | 'alphaPromote'): number =>
  Math.max(...gates[scenario.gates].filter(({ kind }) => kind !== 'sample-ratio').map((gate) => gate[of]));

const neverRollsBack: Judged = (scenario, { falseRollback, runs }) => {
  const alpha = alphaOf(scenario, 'alphaRollback');
  return {
    promise: `${scenario.name}: rolled back falsely at any look`,
    bound: `upper bound <= ${percent(alpha)}`,
    seen: `${falseRollback.seen} of ${runs}, upper bound ${percent(falseRollback.upper)}`,
    held: rateHeld(falseRollback, runs, alpha),
  };
};

const neverPromotes: Judged = (scenario, { promoted, runs }) => {
  const alpha = alphaOf(scenario, 'alphaPromote');
  return {
    promise: `${scenario.name}: promoted falsely`,
    bound: `upper bound <= ${percent(alpha)}`,
    seen: `${promoted.seen} of ${runs}, upper bound ${percent(promoted.upper)}`,
    held: rateHeld(promoted, runs, alpha),
  };
};

const seesHarm: Judged = (scenario, { rollback, falseRollback, runs }) => ({
  promise: `${scenario.name}: rolled back`,
  bound: `>= 99 % within ${scenario.looks - scenario.onset} minutes`,
  seen: `${rollback.seen} of ${runs - falseRollback.seen}`,
  held: held(rollback.seen >= 0.99 * (runs - falseRollback.seen)),
});

/** Beside the information bound, and beside the best rule that users have and that keeps its promise at rest. */
function regressions(rows: readonly Row[]): Check[] {
  return scenarios.flatMap((scenario) => {
    const { name, rates, looks } = scenario;
    const mine = meanRequests(rows, name, OURS);
    if (!rates || looks <= 240 || mine === undefined) return [];
    const most = 1.5 * informationBound(rates, alphaOf(scenario, 'alphaRollback')) + rates.share * 1000;
    const check = (what: string, bound: number, beside = ''): Check => ({
      promise: `${name}: mean canary requests ${what}`,
      bound: `<= ${bound.toFixed(0)}${beside}`,
      seen: mine.toFixed(0),
      held: held(mine <= bound),
    });
    const rival = bestRival(scenario, rows);
    return [
      check('beside N*', most, ' (1.5 N* and a window)'),
      ...(rival ? [check('beside the best valid peer', 0.65 * rival.mean, ` (0.65 of ${rival.name})`)] : []),
    ];
  });
}

function bestRival(scenario: Scenario, rows: readonly Row[]): { name: string; mean: number } | undefined {
  const alpha = alphaOf(scenario, 'alphaRollback');
  const valid = contendersOf(scenario).filter(({ name, standing }) => {
    const atRest = rows.find((row) => row.scenario === 'stationary' && row.judge === name);
    return standing === 'listed' && atRest !== undefined && atRest.falseRollback.upper <= alpha;
  });
  const means = valid.flatMap(({ name }) => {
    const row = rows.find((one) => one.scenario === scenario.name && one.judge === name);
    // A rule that misses some of the harm has no mean delay.
    const mean = row && row.rollback.seen === row.runs ? row.delay?.candidateRequests.mean : undefined;
    return mean === undefined ? [] : [{ name, mean }];
  });
  return means.toSorted((a, b) => a.mean - b.mean)[0];
}

const meanRequests = (rows: readonly Row[], scenario: string, judge: string): number | undefined =>
  rows.find((row) => row.scenario === scenario && row.judge === judge)?.delay?.candidateRequests.mean;

function latency(ours: readonly Row[]): Check[] {
  return (
    [
      ['latency-15', 32],
      ['latency-15-alpha-5', 22],
    ] as const
  ).flatMap(([name, most]) => {
    const median = ours.find(({ scenario }) => scenario === name)?.delay?.minutes.median;
    if (median === undefined) return [];
    return [
      {
        promise: `${name}: median minutes`,
        bound: `<= ${most}`,
        seen: `${median}`,
        held: held(median <= most),
      },
    ];
  });
}

function quality(ours: readonly Row[]): Check[] {
  const of = (name: string) => ours.find(({ scenario }) => scenario === name)?.delay;
  const pairs = of('quality-0.05')?.pairs.mean;
  const traffic = of('quality-unpaired-0.05')?.requests.mean;
  if (pairs === undefined) return [];
  const few = {
    promise: 'quality-0.05: mean pairs',
    bound: '<= 350',
    seen: pairs.toFixed(0),
    held: held(pairs <= 350),
  };
  if (traffic === undefined) return [few];
  const times = traffic / pairs;
  return [
    few,
    {
      promise: 'quality-0.05: traffic of the unpaired canary over pairs',
      bound: '>= 30',
      seen: times.toFixed(1),
      held: held(times >= 30),
    },
  ];
}

const through = ({ runs, promoted, minutes }: ReleasesFound): Check => ({
  promise: 'healthy releases promoted within 3 hours by the shipped plan',
  bound: '>= 80 %',
  seen: `${percent(promoted / runs)} of ${runs}${minutes ? `, median ${minutes.median} minutes` : ''}`,
  held: held(promoted >= 0.8 * runs),
});

const falselyRolledBack = ({ runs, rolledBack }: ReleasesFound): Check => ({
  promise: 'healthy releases rolled back under the shipped policy',
  bound: 'upper bound <= 2 %',
  seen: `${rolledBack} of ${runs}, upper bound ${percent(upperBound(rolledBack, runs))}`,
  held: rateHeld(
    { seen: rolledBack, rate: rolledBack / runs, upper: upperBound(rolledBack, runs) },
    runs,
    0.02,
  ),
});

function speedOf({ judge, command, overParse }: SpeedFound): Check[] {
  const rate = (promise: string, seen: number): Check => ({
    promise,
    bound: '>= 50,000 windows a second',
    seen: Math.round(seen).toLocaleString('en'),
    held: held(seen >= 50_000),
  });
  return [
    rate('speed of the judge alone', judge),
    rate('speed of headgate judge', command),
    {
      promise: 'time of headgate judge over that of reading the file and JSON.parse',
      bound: '<= 3',
      seen: overParse.toFixed(2),
      held: held(overParse <= 3),
    },
  ];
}

const held = (ok: boolean): Check['held'] => (ok ? 'ok' : 'violated');

/**
 * A bound on a rate. With so few runs that half of alpha could not be told from alpha, exceeding it is proven by the
 * lower bound only, and a bound that is not met is not shown.
 */
function rateHeld({ seen, upper }: Rate, runs: number, alpha: number): Check['held'] {
  if (upper <= alpha) return 'ok';
  const tooFew = upperBound(Math.round((alpha / 2) * runs), runs) > alpha;
  return tooFew && 1 - upperBound(runs - seen, runs) <= alpha ? 'unshown' : 'violated';
}

export const percent = (rate: number): string => `${(100 * rate).toFixed(2)} %`;
