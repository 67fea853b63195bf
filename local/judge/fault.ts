/** What is wrong with one record of observations, and what mends it. */
export class RecordFault extends Error {
  /** Where in the record, such as `candidate.errors`; empty for the record as a whole. */
  readonly key: string;
  readonly fix: string;

  constructor(key: string, what: string, fix: string) {
    super(what);
    this.name = 'RecordFault';
    this.key = key;
    this.fix = fix;
  }
}

/** A line of a file that cannot be judged; nothing after it is. */
export class LineFault extends Error {
  /** From 1. */
  readonly line: number;
  readonly fault: RecordFault;

  constructor(line: number, fault: RecordFault) {
    super(fault.message, { cause: fault });
    this.name = 'LineFault';
    this.line = line;
    this.fault = fault;
  }
}

/** A value as it was written, short. */
export function seen(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
