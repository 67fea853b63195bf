import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Ledger } from '../../app/ports/ledger.ts';
import { auditLedger } from './dynamo-audit.ts';
import { commandLedger } from './dynamo-commands.ts';
import { deliveryLedger } from './dynamo-deliveries.ts';
import { endpointLedger } from './dynamo-endpoints.ts';
import { releaseLedger } from './dynamo-releases.ts';
import { DynamoStore } from './dynamo-store.ts';
import { waitLedger } from './dynamo-waits.ts';

/**
 * The ledger in one DynamoDB table with the keys of `ledgerTable` (src/contracts/ledger-table.ts). Nothing is read or
 * written before the first call; the client stays its owner's, to be destroyed by whoever made it. It should have a
 * time-out for requests: a second try of a write whose answer is late does no harm, and no answer at all is an error.
 * Every error of the SDK is answered as `LedgerUnavailable` with that as its cause; a row too large for DynamoDB as
 * `ContractBroken`.
 */
export function openDynamoLedger(options: {
  readonly client: DynamoDBClient;
  readonly table: string;
}): Ledger {
  const store = new DynamoStore(options.client, options.table);
  return {
    ...endpointLedger(store),
    ...waitLedger(store),
    ...commandLedger(store),
    ...releaseLedger(store),
    ...deliveryLedger(store),
    ...auditLedger(store),
  };
}
