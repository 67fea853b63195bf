import type { GateSpec } from '../../src/domain/gate.ts';
import { Judge, type Judgement } from '../../src/domain/judge.ts';
import type { NonEmpty } from '../../src/domain/units.ts';
import { RecordFault } from './fault.ts';
import type { ObservationRecord } from './record.ts';
import { OpenWindow } from './window.ts';

/** What the judge says of one closed window. */
export interface Answer extends Judgement {
  readonly series: Series;
  /** The window's moment, as it was written. */
  readonly t: string;
}

/** One series on its way through the judge. Its windows close by the time of the records, not by their order. */
export class Series {
  readonly name: string;
  readonly #judge: Judge;
  #open: OpenWindow;
  #windows = 0;
  #late = 0;
  #repeated = 0;

  constructor(specs: NonEmpty<GateSpec>, first: ObservationRecord) {
    this.name = first.series;
    this.#judge = new Judge(specs);
    this.#open = new OpenWindow(first);
  }

  /** Windows that were judged. */
  get windows(): number {
    return this.#windows;
  }

  /** Records that came after their window was closed: they changed nothing. */
  get late(): number {
    return this.#late;
  }

  /** Parts that came again while their window was open: they changed nothing. */
  get repeated(): number {
    return this.#repeated;
  }

  /** @returns What is said of the window that this record closes. @throws RecordFault */
  add(record: ObservationRecord): Answer | undefined {
    if (record.at < this.#open.at) this.#late += 1;
    else if (record.at === this.#open.at) {
      if (!this.#open.add(record)) this.#repeated += 1;
    } else {
      this.#follows(record);
      const answer = this.close();
      this.#open = new OpenWindow(record);
      return answer;
    }
    return undefined;
  }

  /** @throws RecordFault for a window that begins within the open one: its requests would count twice. */
  #follows({ at, t }: ObservationRecord): void {
    const { at: begun, span } = this.#open;
    if (at >= begun + span) return;
    const what = `${t} lies within the window before, which is ${span / 1000} s long`;
    throw new RecordFault('t', what, 'write the start of the window, after the end of the one before');
  }

  /** Judges the open window: no part of it is to come any more. @throws RecordFault for sums that no judge can take. */
  close(): Answer {
    const { t, counts } = this.#open.closed();
    try {
      this.#judge.add(counts);
      this.#windows += 1;
      return { series: this, t, ...this.#judge.judgement() };
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new RecordFault(
        '',
        `the window ${t} cannot be judged: ${cause.message}`,
        'see whether its counts can be true',
      );
    }
  }
}
