import type { Ledger } from '../../../src/app/ports/ledger.ts';
import { changeWorld, type LedgerState, type Live } from '../world.ts';
import { deliveryRows, trailRows } from './ledger-journal.ts';
import { endpointRows, waitRows } from './ledger-ownership.ts';
import { commandRows, releaseRows } from './ledger-records.ts';

/** One transaction at a time over plain rows; what is decided is decided by the rules that every store shares. */
export interface LedgerCell {
  get(): LedgerState;
  set(change: Partial<LedgerState>): void;
}

export const emptyLedger: LedgerState = {
  endpoints: [],
  waits: [],
  commands: [],
  releases: [],
  deliveries: [],
  quarantine: [],
  audit: [],
  onceIds: new Set(),
  nextOrder: 1,
};

export function ledgerIn(live: Live): Ledger {
  return ledgerOver({
    get: () => live.world.ledger,
    set: (change) => changeWorld(live, { ledger: { ...live.world.ledger, ...change } }),
  });
}

export function ledgerOver(cell: LedgerCell): Ledger {
  return {
    ...endpointRows(cell),
    ...waitRows(cell),
    ...commandRows(cell),
    ...releaseRows(cell),
    ...deliveryRows(cell),
    ...trailRows(cell),
  };
}

/** What a store makes of a value that it keeps as JSON. @throws TypeError for what JSON cannot carry. */
export function kept<T>(value: T): T {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`JSON cannot carry a ${typeof value}.`);
  return JSON.parse(text);
}

/** Text as UTF-8 keeps it: half a character becomes a mark. */
export const inUtf8 = (text: string): string => text.toWellFormed();
