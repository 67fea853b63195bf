import type { Ledger } from '../../app/ports/ledger.ts';
import { auditLedger } from './sqlite-audit.ts';
import { commandLedger } from './sqlite-commands.ts';
import { deliveryLedger } from './sqlite-deliveries.ts';
import { endpointLedger } from './sqlite-endpoints.ts';
import { releaseLedger } from './sqlite-releases.ts';
import { SqliteStore } from './sqlite-store.ts';
import { waitLedger } from './sqlite-waits.ts';

export interface SqliteLedger extends Ledger {
  /** Lets go of the file; every later call is answered by `LedgerUnavailable`. Idempotent. */
  shut(): void;
}

/**
 * @param path A file, created with its folder where it is missing and readable by its owner only, or `:memory:`.
 * @throws ReleaseError `LedgerUnavailable` when the file cannot be opened; `ConfigurationInvalid` when it is not a
 * ledger, or one that a newer Headgate wrote.
 */
export function openSqliteLedger(path: string): SqliteLedger {
  const store = new SqliteStore(path);
  return {
    ...endpointLedger(store),
    ...waitLedger(store),
    ...commandLedger(store),
    ...releaseLedger(store),
    ...deliveryLedger(store),
    ...auditLedger(store),
    shut: () => store.shut(),
  };
}
