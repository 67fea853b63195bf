import { mkdirSync, writeFileSync } from 'node:fs';
import { informationBound } from './bounds.ts';
import type { Check, Findings } from './findings.ts';
import { gates } from './gates.ts';
import { contendersOf, OURS } from './judges.ts';
import { percent } from './must-hold.ts';
import { delayPlot, nullsPlot } from './plots.ts';
import type { Family, Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import type { Sizes } from './sizes.ts';
import type { Row } from './summary.ts';
import { spread } from './table.ts';

export interface About {
  readonly command: string;
  readonly seed: number;
  readonly sizes: Sizes;
  readonly workers: number;
  readonly seconds: number;
}

/** Writes docs/benchmarks/judge.md and its plots. */
export function writeReport(findings: Findings, checks: readonly Check[], about: About): void {
  const folder = new URL('../../docs/benchmarks/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const put = (name: string, content: string) => writeFileSync(new URL(name, folder), content);
  put('judge.md', report(findings, checks, about));
  put('judge-delay.svg', delayPlot(findings.rows, ALPHA));
  put('judge-nulls.svg', nullsPlot(findings.rows, ALPHA));
}

const ALPHA = 0.01;

function report({ rows, releases, speed }: Findings, checks: readonly Check[], about: About): string {
  const { sizes, seed, command, workers, seconds } = about;
  return `${[
    '# CanaryBench: how the judge decides',
    `Written by \`${command}\`: seed ${seed}; ${sizes.nulls} runs of each null (${sizes.latencyNulls} of those of latency), ${sizes.harm} of each harm (${sizes.regressions} of the regressions of errors and of nulls on the very margin, ${sizes.margin} of other harm on the very margin), ${sizes.peers} for other judges, ${sizes.slow} for Kayenta's and a quarter of that for F5, ${sizes.releases} releases; Node ${process.versions.node}, ${workers === 1 ? 'one thread' : `${workers} threads`}, ${seconds} seconds. The same seed gives the same figures, the speed apart. Do not edit: write it anew.`,
    'Unless a scenario says otherwise: 1,000 requests a minute, 5 % of them the candidate’s, 0.5 % errors, windows of a minute, a look after each of 240, alpha 1 % both ways, tolerated ratio 1, harmful ratio 2. Bounds are 97.5 % Clopper-Pearson upper bounds. How the traffic is made: `bench/judge/scenarios`.',
    '## What must hold',
    table(
      ['', 'promise', 'bound', 'seen'],
      checks.map(({ held, promise, bound, seen }) => [
        held === 'ok' ? held : `**${held}**`,
        promise,
        bound,
        seen,
      ]),
    ),
    ...(releases
      ? [
          '## Healthy releases under the shipped policy',
          `\`configs/production.yaml\`, 16 requests a second, 0.5 % errors, 95th percentile 180 ms: of ${releases.runs} releases ${releases.promoted} were promoted within three hours (${percent(releases.promoted / releases.runs)}${releases.minutes ? `; median ${releases.minutes.median} minutes, 90 % within ${releases.minutes.p90}` : ''}), ${releases.rolledBack} rolled back, ${releases.late} still going on. Time counts from the first shift to the proof at the last step, with the lag of the evidence, and the minute of each shift counts for no side.`,
        ]
      : []),
    '## Nulls: false rollbacks at any look',
    '![False rollback rates in every null](judge-nulls.svg)',
    nullTable(rows, 'null'),
    '## Harm: what it takes to see it',
    '![Canary requests until a regression is rolled back](judge-delay.svg)',
    'Mean / median / 90th percentile of the runs that were rolled back, from the onset of harm. N* is what any judge needs in the mean at this alpha. A judge without an end to its rule was followed until the harm was seen or the scenario was over.',
    harmTable(rows),
    '## Broken evidence: nothing should be decided',
    nullTable(rows, 'broken'),
    '## Without a promise: what no judge could know, and what is asymptotic',
    nullTable(rows, 'told'),
    '## No harm at all',
    nullTable(rows, 'better'),
    '## The judges',
    rules(),
    [
      '## What the figures do not say',
      'The other judges were written anew from their documentation and checked against published values (`tests/bench`), with the parameters above: another threshold or another schedule gives another row. They answer the question that they ask: thresholds know no baseline, Kayenta looks once an hour, the band asks whether any quantile differs and so sees a shift of the whole distribution that a gate on one quantile sees later. A rule with an end of its own (Argo, Flagger, Kayenta) promotes there and looks no further. A delay is the mean over runs that were rolled back; where the share of those is below 100 %, it flatters.',
      'Requests are independent but where a scenario says otherwise, windows are whole, and clocks agree. Traffic is made, not recorded.',
    ].join('\n\n'),
    ...(speed
      ? [
          '## Speed',
          `The judge alone: ${thousand(speed.judge)} windows a second. \`headgate judge\`, file to answers: ${thousand(speed.command)} windows a second, ${speed.overParse.toFixed(2)} times the time to read the file and JSON.parse its lines (${speed.overLines.toFixed(2)} times JSON.parse alone, of lines that are in memory). One thread, errors alone, a judgement after every window.`,
        ]
      : []),
  ].join('\n\n')}\n`;
}

const thousand = (value: number) => Math.round(value).toLocaleString('en');

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...lines.map(line)].join('\n');
}

const of = (family: Family): readonly Scenario[] =>
  scenarios.filter((scenario) => scenario.family === family);

/** Our figures in full; of the other judges the rate of rollbacks. */
function nullTable(rows: readonly Row[], family: Family): string {
  const present = rows.filter(({ scenario }) => of(family).some(({ name }) => name === scenario));
  const others = [...new Set(present.map(({ judge }) => judge))].filter((judge) => judge !== OURS);
  const lines = of(family).flatMap(({ name, about }) => {
    const ours = present.find(({ scenario, judge }) => scenario === name && judge === OURS);
    if (!ours) return [];
    const beside = others.map((judge) => {
      const row = present.find((one) => one.scenario === name && one.judge === judge);
      return row ? percent(row.falseRollback.rate) : '';
    });
    const { falseRollback, promoted, undecided } = ours;
    const own = `${percent(falseRollback.rate)} (<= ${percent(falseRollback.upper)})`;
    return [[name, about, own, percent(promoted.rate), percent(undecided.rate), ...beside]];
  });
  const head = ['scenario', 'what is true', `${OURS}: rolled back`, 'promoted', 'undecided', ...others];
  return table(head, lines);
}

function harmTable(rows: readonly Row[]): string {
  const lines = of('harm').flatMap((scenario) =>
    rows.filter((row) => row.scenario === scenario.name).map((row) => harmLine(scenario, row)),
  );
  const head = [
    'scenario',
    'judge',
    'rolled back',
    'before the onset',
    'promoted',
    'minutes',
    'canary requests',
  ];
  return table([...head, 'N*', 'bad requests served', 'pairs'], lines);
}

function harmLine(scenario: Scenario, row: Row): string[] {
  const { judge, rollback, promoted, falseRollback, delay } = row;
  const { name, about, rates } = scenario;
  const first = judge === OURS;
  const served = delay && delay.candidateRequests.mean > 0 ? delay : null;
  return [
    first ? `${name}: ${about}` : '',
    judge,
    ...[rollback, falseRollback, promoted].map(({ rate }) => percent(rate)),
    delay ? spread(delay.minutes) : '',
    served ? spread(served.candidateRequests) : '',
    first && rates ? informationBound(rates, ALPHA).toFixed(0) : '',
    served && served.badRequests.mean > 0 ? served.badRequests.mean.toFixed(1) : '',
    delay && delay.pairs.mean > 0 ? spread(delay.pairs) : '',
  ];
}

function rules(): string {
  const seen = new Map<string, string>();
  for (const scenario of scenarios) {
    for (const { name, rule } of contendersOf(scenario)) {
      if (name !== OURS) seen.set(`${name}, ${scenario.peers}`, rule);
    }
  }
  const ours = Object.entries(gates).map(([name, specs]) => [
    `${OURS}, ${name}`,
    specs.map((spec) => JSON.stringify(spec)).join(' '),
  ]);
  return table(['judge', 'rule'], [...ours, ...[...seen].map(([name, rule]) => [name, rule])]);
}
