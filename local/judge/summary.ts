import type { Answer, Series } from './series.ts';

/** What became of one series: what it was found to be, since when, and why. */
export interface SeriesSummary {
  readonly series: string;
  readonly windows: number;
  readonly decision: Answer['decision'];
  /** The window in which the decision was reached that still stands; for a promotion, that of its last step. */
  readonly since: string;
  /** Verdict by gate after the last window. */
  readonly gates: Readonly<Record<string, string>>;
  /** What the gates lack; empty when nothing. */
  readonly missing: readonly string[];
  /** Records that came after their window was closed, and parts that came again. */
  readonly late: number;
  readonly repeated: number;
}

/** Gathers the answers to all series, and says which of them are news. */
export class Summary {
  readonly #last = new Map<Series, { answer: Answer; since: string }>();

  /** @returns Whether the decision is another one than after the window before; the first window's too, unless it holds. */
  add(answer: Answer): boolean {
    const last = this.#last.get(answer.series);
    if (last === undefined) {
      this.#last.set(answer.series, { answer, since: answer.t });
      return answer.decision !== 'hold';
    }
    const isNews = last.answer.decision !== answer.decision;
    if (isNews) last.since = answer.t;
    last.answer = answer;
    return isNews;
  }

  /** In the order in which series first were judged. */
  *all(): Generator<SeriesSummary> {
    for (const [series, { answer, since }] of this.#last) {
      const { name, windows, late, repeated } = series;
      yield {
        series: name,
        windows,
        decision: answer.decision,
        since,
        gates: Object.fromEntries(answer.findings.map(({ gate, verdict }) => [gate, verdict])),
        missing: answer.findings.flatMap(({ gate, missing }) =>
          missing ? [`${gate}: ${missing.what}`] : [],
        ),
        late,
        repeated,
      };
    }
  }
}
