import type { GateSpec } from '../../src/domain/gate.ts';
import type { NonEmpty } from '../../src/domain/units.ts';
import { LineFault, RecordFault } from './fault.ts';
import { type ObservationRecord, RecordReader } from './record.ts';
import { RecordScanner } from './scanner.ts';
import { type Answer, Series } from './series.ts';

/** Longer lines are no records: a file without line ends would be held in memory as a whole. */
const LONGEST = 16 * 1024 * 1024;
const LINE_FEED = 10;
/** Zeros behind what was read: one look beyond the end of a buffer halves the speed of all looks that follow. */
const PADDING = new Uint8Array(16);

/**
 * Judges lines of observations as they are read, each series by itself. Of a series it holds one window and no more,
 * of the file what was read of the last line.
 */
export class ObservationJudge {
  readonly #specs: NonEmpty<GateSpec>;
  readonly #told: (answer: Answer) => void;
  readonly #scanner = new RecordScanner();
  readonly #reader = new RecordReader();
  readonly #series = new Map<string, Series>();
  #rest: Uint8Array = new Uint8Array(0);
  #lines = 0;

  /** @param told Called with each answer, in the order in which windows close. */
  constructor(specs: NonEmpty<GateSpec>, told: (answer: Answer) => void) {
    this.#specs = specs;
    this.#told = told;
  }

  /** Series in the order in which they first came. */
  get series(): Iterable<Series> {
    return this.#series.values();
  }

  /** Lines so far, empty ones too. */
  get lines(): number {
    return this.#lines;
  }

  /** @param piece The next bytes of the file. @throws LineFault for the first line that cannot be judged. */
  push(piece: Uint8Array): void {
    const bytes = Buffer.concat([this.#rest, piece, PADDING]);
    const length = bytes.length - PADDING.length;
    let from = 0;
    while (from < length) {
      const record = this.#scanner.scan(bytes, from);
      const end = record === undefined ? bytes.indexOf(LINE_FEED, from) : this.#scanner.end;
      if (end === -1) break;
      this.#lines += 1;
      if (record === undefined) this.#line(bytes.toString('utf8', from, end));
      else this.#guarded(record);
      from = record === undefined ? end + 1 : end;
    }
    this.#rest = bytes.subarray(from, length);
    if (this.#rest.length <= LONGEST) return;
    this.#lines += 1;
    throw this.#fault(new RecordFault('', 'is longer than 16 MiB', 'end each record with a line feed'));
  }

  /** Nothing follows: the last line may lack its end, and all open windows close. @throws LineFault */
  end(): void {
    if (this.#rest.length > 0) {
      this.#lines += 1;
      this.#line(Buffer.from(this.#rest).toString('utf8'));
      this.#rest = new Uint8Array(0);
    }
    try {
      for (const series of this.#series.values()) this.#told(series.close());
    } catch (thrown) {
      throw this.#fault(thrown);
    }
  }

  /** A line of whatever form. */
  #line(line: string): void {
    // A mark that some editors put before the first line of a file in UTF-8.
    const text = this.#lines === 1 && line.startsWith('\uFEFF') ? line.slice(1) : line;
    if (text.trim() === '') return;
    try {
      const record = this.#reader.read(text);
      this.#scanner.learn(record);
      this.#take(record);
    } catch (thrown) {
      throw this.#fault(thrown);
    }
  }

  #guarded(record: ObservationRecord): void {
    try {
      this.#take(record);
    } catch (thrown) {
      throw this.#fault(thrown);
    }
  }

  #take(record: ObservationRecord): void {
    const series = this.#series.get(record.series);
    if (series === undefined) this.#series.set(record.series, new Series(this.#specs, record));
    else {
      const answer = series.add(record);
      if (answer !== undefined) this.#told(answer);
    }
  }

  /** What was thrown, with the number of the line. */
  #fault(thrown: unknown): unknown {
    return thrown instanceof RecordFault ? new LineFault(this.#lines, thrown) : thrown;
  }
}
