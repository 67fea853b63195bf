import type { Row } from './summary.ts';

/** What healthy releases under the shipped policy came to. */
export interface ReleasesFound {
  readonly runs: number;
  readonly promoted: number;
  readonly rolledBack: number;
  readonly late: number;
  /** Minutes until the last step's proof, of those promoted. */
  readonly minutes: { readonly median: number; readonly p90: number } | null;
}

export interface SpeedFound {
  /** Windows a second of the judge alone, over records that are parsed already. */
  readonly judge: number;
  /** Of `headgate judge` from the file to its answers' text. */
  readonly command: number;
  /** Time of the command's whole way over that of reading the same file and JSON.parse of its lines, in the same run. */
  readonly overParse: number;
  /** The same over JSON.parse alone, of lines that are in memory already. */
  readonly overLines: number;
}

/** All that a run of the bench measured. */
export interface Findings {
  readonly rows: readonly Row[];
  readonly releases: ReleasesFound | null;
  readonly speed: SpeedFound | null;
}

/** One promise and what was seen of it. */
export interface Check {
  readonly promise: string;
  readonly bound: string;
  readonly seen: string;
  /** `unshown`: too few runs to say. */
  readonly held: 'ok' | 'violated' | 'unshown';
}
