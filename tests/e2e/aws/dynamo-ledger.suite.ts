import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe } from 'vitest';
import { createLedgerTable } from '../../../local/dynamo.ts';
import { openDynamoLedger } from '../../../src/adapters/aws/dynamo-ledger.ts';
import type { Ledger } from '../../../src/app/ports/ledger.ts';
import { closingContract } from '../../contracts-of-ports/ledger-closing.ts';
import { commandsContract } from '../../contracts-of-ports/ledger-commands.ts';
import { decidedWaitsContract } from '../../contracts-of-ports/ledger-decided-waits.ts';
import { endpointsContract } from '../../contracts-of-ports/ledger-endpoints.ts';
import { intentsContract } from '../../contracts-of-ports/ledger-intents.ts';
import { journalContract } from '../../contracts-of-ports/ledger-journal.ts';
import { releasesContract } from '../../contracts-of-ports/ledger-releases.ts';
import { waitsContract } from '../../contracts-of-ports/ledger-waits.ts';

// Races and random histories, which take minutes here, are asked of the local binary only.
describe("the ledger in the emulator's DynamoDB", () => {
  let ledger: Ledger;
  let client: DynamoDBClient;
  beforeEach(async () => {
    // Endpoint, region and credentials come from the variables that lead to the emulator.
    client = new DynamoDBClient({});
    const table = `ledger-${randomUUID()}`;
    await createLedgerTable(client, table);
    ledger = openDynamoLedger({ client, table });
  });
  afterEach(() => client.destroy());

  const opened = () => ledger;
  endpointsContract(opened);
  intentsContract(opened);
  closingContract(opened);
  waitsContract(opened);
  decidedWaitsContract(opened);
  commandsContract(opened);
  releasesContract(opened);
  journalContract(opened);
});
