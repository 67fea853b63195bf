import { informationBound } from './bounds.ts';
import { OURS } from './judges.ts';
import { scenarios } from './scenarios/index.ts';
import type { Row } from './summary.ts';

const WIDTH = 720;
const COLOURS = [
  '#0b6e4f',
  '#c1440e',
  '#3d5a98',
  '#8a5a00',
  '#7b2d8b',
  '#555555',
  '#00798c',
  '#b8336a',
  '#8ab17d',
  '#d1a000',
];

const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${round(x)}" y="${round(y)}" ${more}>${escaped(words)}</text>`;
const segment = (x1: number, y1: number, x2: number, y2: number, more: string): string =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${more}/>`;
const round = (value: number): number => Math.round(value * 10) / 10;
const escaped = (words: string): string => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function picture(height: number, title: string, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

const GRID = 'stroke="#dddddd"';

/** Mean canary requests until a regression of errors is seen, by judge, beside what no judge can do without. */
export function delayPlot(rows: readonly Row[], alpha: number): string {
  const measured = scenarios.filter(({ rates, looks }) => rates && looks > 240);
  const height = 420;
  const left = 70;
  const [right, top, bottom] = [540, 40, 370];
  const rateOf = (index: number) => measured[index]?.rates?.candidate ?? 0.01;
  const xOf = (rate: number) => left + 20 + ((right - left - 40) * Math.log(rate / 0.01)) / Math.log(5);
  const yOf = (requests: number) =>
    bottom - ((bottom - top) * Math.log10(requests / 30)) / Math.log10(100_000 / 30);
  const judges = [...new Set(rows.map(({ judge }) => judge))];
  const series = judges.map((judge) => ({
    name: judge,
    points: measured.flatMap(({ name }, index) => {
      const row = rows.find((one) => one.judge === judge && one.scenario === name);
      const sure = row?.delay && row.rollback.seen >= 0.99 * row.runs ? row.delay : null;
      return sure ? [[rateOf(index), sure.candidateRequests.mean] as const] : [];
    }),
  }));
  const bound = measured.flatMap(({ rates }) =>
    rates ? [[rates.candidate, informationBound(rates, alpha)] as const] : [],
  );
  const drawn = [{ name: 'N*, the bound', points: bound }, ...series].filter(
    ({ points }) => points.length > 0,
  );
  const parts = drawn.flatMap(({ name, points }, index) => {
    const colour = index === 0 ? '#000000' : (COLOURS[(index - 1) % COLOURS.length] ?? '#000000');
    const way = points.map(([x, y]) => `${round(xOf(x))},${round(yOf(y))}`).join(' ');
    const style = index === 0 ? 'stroke-dasharray="6 4"' : `stroke-width="${name === OURS ? 3 : 1.5}"`;
    const legend = top + 18 * index;
    return [
      `<polyline points="${way}" fill="none" stroke="${colour}" ${style}/>`,
      ...points.map(
        ([x, y]) => `<circle cx="${round(xOf(x))}" cy="${round(yOf(y))}" r="3" fill="${colour}"/>`,
      ),
      segment(right + 12, legend - 4, right + 32, legend - 4, `stroke="${colour}" ${style}`),
      text(right + 38, legend, `${name}${isValid(rows, name, alpha) ? '' : ' †'}`),
    ];
  });
  const axes = [
    ...[100, 1000, 10_000, 100_000].flatMap((requests) => [
      segment(left, yOf(requests), right, yOf(requests), GRID),
      text(left - 8, yOf(requests) + 4, requests.toLocaleString('en'), 'text-anchor="end"'),
    ]),
    ...measured.map((_, index) =>
      text(xOf(rateOf(index)), bottom + 20, `${100 * rateOf(index)} %`, 'text-anchor="middle"'),
    ),
    text(right + 12, bottom + 20, '† not shown to keep alpha'),
    text(
      (left + right) / 2,
      bottom + 40,
      'errors of the candidate; baseline 0.5 %, share 5 %',
      'text-anchor="middle"',
    ),
    text(left, 20, 'Mean canary requests until rollback (both axes logarithmic)', 'font-weight="bold"'),
  ];
  return picture(height, 'Canary requests until a regression of errors is rolled back', [...axes, ...parts]);
}

/** Whether a judge keeps its promise where nothing happens at all. */
function isValid(rows: readonly Row[], judge: string, alpha: number): boolean {
  const atRest = rows.find((row) => row.scenario === 'stationary' && row.judge === judge);
  return atRest === undefined || atRest.falseRollback.upper <= alpha;
}

/** False rollbacks of our judge in every null, with the upper bound of each, beside alpha. */
export function nullsPlot(rows: readonly Row[], alpha: number): string {
  const nulls = scenarios.flatMap(({ name, family }) => {
    const row = rows.find((one) => one.scenario === name && one.judge === OURS);
    return family === 'null' && row ? [row] : [];
  });
  const [left, right, top, step] = [220, 690, 50, 18];
  const height = top + step * nulls.length + 40;
  // What lies further out is drawn at the edge.
  const most = 1.25 * alpha;
  const xOf = (rate: number) => left + ((right - left) * Math.min(rate, most)) / most;
  const parts = nulls.flatMap(({ scenario, falseRollback: { rate, upper } }, index) => {
    const y = top + step * index;
    const colour = upper <= alpha ? '#0b6e4f' : '#c1440e';
    return [
      text(left - 10, y + 4, scenario, 'text-anchor="end"'),
      segment(xOf(rate), y, xOf(upper), y, `stroke="${colour}" stroke-width="2"`),
      segment(xOf(upper), y - 4, xOf(upper), y + 4, `stroke="${colour}" stroke-width="2"`),
      `<circle cx="${round(xOf(rate))}" cy="${y}" r="4" fill="${colour}"/>`,
    ];
  });
  const end = top + step * nulls.length;
  const axes = [
    ...[0, 0.0025, 0.005, 0.0075, 0.01].flatMap((rate) => [
      segment(xOf(rate), top - 14, xOf(rate), end, GRID),
      text(xOf(rate), end + 16, `${100 * rate} %`, 'text-anchor="middle"'),
    ]),
    segment(xOf(alpha), top - 14, xOf(alpha), end, 'stroke="#000000" stroke-dasharray="6 4"'),
    text(
      10,
      20,
      'False rollbacks at any of 240 looks: rate, 97.5 % upper bound, alpha (dashed)',
      'font-weight="bold"',
    ),
  ];
  return picture(height, 'False rollback rates in every null', [...axes, ...parts]);
}
