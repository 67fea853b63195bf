import { evidenceStoreContract } from '../contracts-of-ports/evidence-store.contract.ts';
import { ledgerContract } from '../contracts-of-ports/ledger.contract.ts';
import { evidenceOver } from './fakes/evidence.ts';
import { emptyLedger, ledgerOver } from './fakes/ledger.ts';
import type { LedgerState, StoredFile } from './world.ts';

ledgerContract('the explorer', async () => {
  let state: LedgerState = emptyLedger;
  const cell = {
    get: () => state,
    set: (change: Partial<LedgerState>) => {
      state = { ...state, ...change };
    },
  };
  return { ledger: ledgerOver(cell), reopen: async () => ledgerOver(cell), close: async () => {} };
});

evidenceStoreContract('the explorer', async () => {
  let files: Readonly<Record<string, StoredFile>> = {};
  const cell = {
    get: () => files,
    set: (changed: typeof files) => {
      files = changed;
    },
  };
  return { store: evidenceOver(cell), reopen: async () => evidenceOver(cell), close: async () => {} };
});
