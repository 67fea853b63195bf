import { ledgerMutants } from './mutants-ledger.ts';
import { watchMutants } from './mutants-watch.ts';
import { workMutants } from './mutants-work.ts';

/** Parts of the safety net in our own code, each to be taken out by itself: the file, its exact text, and what stands there instead. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const mutants: readonly Mutant[] = [...ledgerMutants, ...workMutants, ...watchMutants];
