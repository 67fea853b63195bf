import type { GateFinding } from '../../src/domain/gate.ts';
import type { Answer } from './series.ts';

type Shown = Omit<GateFinding, 'gate' | 'kind'>;

/** One answer as a line of JSON. `late` stands there from the first late record of the series on. */
export function answerLine({ series, t, decision, findings }: Answer): string {
  const gates: Record<string, Shown> = {};
  for (const { gate, verdict, against, for: proof, observed, interval, missing } of findings)
    gates[gate] = { verdict, against, for: proof, observed, interval, missing };
  const { name, late } = series;
  return JSON.stringify(
    late === 0 ? { series: name, t, decision, gates } : { series: name, t, decision, gates, late },
  );
}

/** Answers as lines of JSON, gathered until they are asked for: a call for each would take longer than the judge does. */
export class AnswerLines {
  #lines: string[] = [];

  add(answer: Answer): void {
    this.#lines.push(answerLine(answer));
  }

  /** The lines since it was asked last, without the last line feed; empty when there are none. */
  taken(): string {
    const text = this.#lines.join('\n');
    this.#lines = [];
    return text;
  }
}
