import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { IoHost } from '../../local/io-host.ts';
import { AnswerLines } from '../../local/judge/answers.ts';
import { judgeFile, LineFault, loadGates } from '../../local/judge/run.ts';
import type { Answer, Series } from '../../local/judge/series.ts';
import { Summary } from '../../local/judge/summary.ts';
import type { Session } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { CliFault } from '../fault.ts';
import { columns, printable } from '../render.ts';

interface JudgeOptions {
  readonly gates: string;
  readonly summary: boolean;
}

/** Lines of a long file after which somebody who waits is told. */
const TELL_EVERY = 500_000;

export function addJudge(program: Command, session: Session): void {
  program
    .command('judge')
    .description('judge observations of your own, offline: every series by itself, every window')
    .argument('<observations>', 'a file of JSON lines, or - for stdin')
    .requiredOption('--gates <file>', 'the gates, as docs/policy.md has them')
    .option('--summary', 'only what became of each series at its end', false)
    .addHelpText(
      'after',
      `
With --json there is one line for each window, or with --summary one for each series; otherwise one for each change of
a decision, and a table. docs/cli.md explains records and answers.

Examples:
  headgate judge --gates gates.yaml observations.ndjson --json
  headgate judge --gates gates.yaml --summary - < observations.ndjson`,
    )
    .action(session.ends((file: string, options: JudgeOptions) => judgeObservations(session, file, options)));
}

async function judgeObservations(
  session: Session,
  file: string,
  { gates, summary: onlySummary }: JudgeOptions,
): Promise<ExitName> {
  const { host, folder, stop } = session.context;
  const { json } = session.options();
  const specs = loadGates(resolve(folder, gates), gates);
  const summary = new Summary();
  const answers = new AnswerLines();
  let news: string[] = [];
  let windows = 0;
  let told = 0;
  const answered = (answer: Answer): void => {
    windows += 1;
    if (json && !onlySummary) answers.add(answer);
    else if (summary.add(answer) && !onlySummary) news.push(newsLine(answer));
  };
  const paused = (read: number): void => {
    const text = json ? answers.taken() : news.join('\n');
    news = [];
    if (text !== '') host.out(text);
    if (read - told < TELL_EVERY) return;
    told = read;
    host.err(`${read} lines read, ${windows} windows judged`);
  };
  const source = file === '-' ? '-' : resolve(folder, file);
  const judged = await judgeFile({ specs, file: source, answered, paused, stop }).catch((thrown: unknown) => {
    throw faultOf(thrown, file, windows);
  });
  if (judged === undefined) return 'interrupted';
  if (json && onlySummary) for (const one of summary.all()) host.json(one);
  if (!json) host.out(table(summary));
  tellAudit(host, [...judged.series]);
  return 'ok';
}

function newsLine({ series, t, decision, findings }: Answer): string {
  const because = findings.filter(({ verdict }) => verdict === (decision === 'rollback' ? 'fail' : verdict));
  const gates = because.map(({ gate, verdict }) => `${gate} ${verdict}`).join(', ');
  return printable(`${t} ${series.name}: ${decision} (${gates})`);
}

function table(summary: Summary): string {
  const all = [...summary.all()];
  if (all.length === 0) return 'There was nothing to judge.';
  const rows = all.map(({ series, windows, decision, since, gates, missing }) => [
    printable(series),
    String(windows),
    decision,
    since,
    Object.entries(gates)
      .map(([gate, verdict]) => `${gate} ${verdict}`)
      .join(', '),
    missing[0] ?? '',
  ]);
  const count = (decision: string) => all.filter((one) => one.decision === decision).length;
  const decisions = ['promote', 'rollback', 'hold'].map((decision) => `${count(decision)} ${decision}`);
  return [
    columns([['SERIES', 'WINDOWS', 'DECISION', 'SINCE', 'GATES', 'LACKS'], ...rows]),
    `${all.length} series: ${decisions.join(', ')}.`,
  ].join('\n');
}

/** Records that changed nothing, for whoever wonders where they are. */
function tellAudit(host: IoHost, all: readonly Series[]): void {
  const tell = (count: (series: Series) => number, says: string) => {
    const some = all.filter((series) => count(series) > 0);
    const sum = some.reduce((total, series) => total + count(series), 0);
    const names = some.slice(0, 5).map((series) => `${printable(series.name)} ${count(series)}`);
    const more = some.length > 5 ? `, and ${some.length - 5} more series` : '';
    if (sum > 0) host.err(`${sum} ${says} (${names.join(', ')}${more})`);
  };
  tell(({ late }) => late, 'records came late: their windows were closed, and they changed nothing');
  tell(({ repeated }) => repeated, 'records came again: they were counted once');
}

function faultOf(thrown: unknown, file: string, windows: number): unknown {
  if (thrown instanceof LineFault) {
    const { line, fault } = thrown;
    const name = file === '-' ? 'stdin' : file;
    const key = fault.key === '' ? '' : ` ${fault.key}:`;
    const before =
      windows === 0
        ? 'nothing was judged'
        : `${windows} windows that closed before it were judged, and nothing after them`;
    const what = fault.message;
    return new CliFault(
      'ObservationInvalid',
      `${name}:${line}${key} ${what}; ${fault.fix}`,
      `mend the line and judge the file again: ${before}; docs/cli.md explains records`,
      'usage',
      { cause: thrown, facts: { file: name, line, key: fault.key, what, fix: fault.fix, windows } },
    );
  }
  if (thrown instanceof Error && 'syscall' in thrown)
    return new CliFault('UsageError', `${file} cannot be read`, 'name a file that is there', 'usage', {
      cause: thrown,
    });
  return thrown;
}
