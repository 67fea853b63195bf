/** Where a program of ours may print. Everything else returns values. */
export interface IoHost {
  /** stdout is a terminal: somebody looks on. */
  readonly isTty: boolean;
  /** Columns of that terminal; 100 when there is none. */
  readonly columns: number;
  /** A line, or several, on stdout. */
  out(text: string): void;
  /** A line on stderr: hints and errors, nothing that a program would want to read. */
  err(text: string): void;
  /** One line of JSON on stdout. */
  json(value: unknown): void;
  /** `text` in a colour, or as it is where colours are off (no terminal, NO_COLOR). */
  paint(style: Style, text: string): string;
  /** Something that takes a while and is looked at meanwhile. */
  progress(title: string): Promise<Progress>;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Progress {
  /** What is the case now; on a terminal it replaces what was said before, elsewhere it is not printed. */
  update(title: string): void;
  /** What happened; it stays. */
  line(text: string): void;
  /** Ends it, leaving `title` behind. */
  done(title: string, good: boolean): Promise<void>;
}
