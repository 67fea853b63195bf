import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLedgerTable, type LocalDynamo, startLocalDynamo } from '../../../local/dynamo.ts';
import { openDynamoLedger } from '../../../src/adapters/aws/dynamo-ledger.ts';
import type { Ledger } from '../../../src/app/ports/ledger.ts';

/** Where the local DynamoDB's program exists: there these tests run, and a program that is missing is a failure. */
export const platform = `${process.platform}/${process.arch}`;
export const hasLocalDynamo = platform === 'linux/x64';

export interface LedgerTable {
  readonly table: string;
  readonly client: DynamoDBClient;
  /** That one, and those of the ledgers that were opened since. */
  readonly clients: readonly DynamoDBClient[];
  readonly ledger: Ledger;
  /** Another ledger on the same table, with connections of its own. */
  reopen(): Promise<Ledger>;
  close(): Promise<void>;
}

/** One local DynamoDB for a file of tests. */
export class LocalTables {
  #dynamo: LocalDynamo | undefined;
  #tables = 0;

  async start(): Promise<void> {
    this.#dynamo = await startLocalDynamo();
  }

  async stop(): Promise<void> {
    await this.#dynamo?.close();
  }

  get endpoint(): string {
    if (!this.#dynamo) throw new TypeError('The local DynamoDB was not started.');
    return this.#dynamo.endpoint;
  }

  /** An empty table. */
  async open(): Promise<LedgerTable> {
    const dynamo = this.#dynamo;
    if (!dynamo) throw new TypeError('The local DynamoDB was not started.');
    this.#tables += 1;
    const table = `ledger-${this.#tables}`;
    const client = dynamo.client();
    const clients = [client];
    await createLedgerTable(client, table);
    return {
      table,
      client,
      clients,
      ledger: openDynamoLedger({ client, table }),
      reopen: async () => {
        const another = dynamo.client();
        clients.push(another);
        return openDynamoLedger({ client: another, table });
      },
      close: async () => {
        for (const each of clients) each.destroy();
      },
    };
  }
}
