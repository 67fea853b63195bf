import { doorMutants } from './mutants-doors.ts';
import { ledgerMutants } from './mutants-ledger.ts';
import { lookMutants } from './mutants-looks.ts';
import { watchMutants } from './mutants-watch.ts';
import { workMutants } from './mutants-work.ts';

/** Parts of the safety net in our own code, each to be taken out by itself: the file, its exact text, and what stands there instead. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** States, or kinds of what is due, at which it is missed: faults there are tried first, and all others after them. */
  readonly near?: readonly string[];
  /** The test file that misses it, where the explorer cannot bring about what it is for. */
  readonly judgedBy?: string;
}

export const mutants: readonly Mutant[] = [
  ...ledgerMutants,
  ...workMutants,
  ...watchMutants,
  ...doorMutants,
  ...lookMutants,
];
