import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openDynamoLedger } from '../src/adapters/aws/dynamo-ledger.ts';
import type { Ledger } from '../src/app/ports/ledger.ts';
import { ReleaseError } from '../src/contracts/errors.ts';
import { ledgerTable } from '../src/contracts/ledger-table.ts';
import { freePort } from './free-port.ts';

/** A DynamoDB of this machine, in memory: gone when it is closed, and when this process ends. */
export interface LocalDynamo {
  readonly endpoint: string;
  /** A client of it with connections of its own, to be destroyed by the caller. */
  client(): DynamoDBClient;
  close(): Promise<void>;
}

/** A free port may be taken by another before the program listens on it. */
const tries = 3;
const startupMs = 10_000;

/**
 * Starts the program of the optional package `@dynoxide/linux-x64` on a free port of the loopback.
 * @throws ReleaseError `ConfigurationInvalid` where that package is not installed, so on every other platform;
 *   `LedgerUnavailable` when the program does not answer.
 */
export async function startLocalDynamo(): Promise<LocalDynamo> {
  const program = localProgram();
  let complaint = 'it did not answer';
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const child = spawn(program, ['serve', '--host', '127.0.0.1', '--port', String(port)], {
      stdio: 'ignore',
    });
    // It keeps nobody from ending, and ends with whoever started it.
    child.unref();
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', (error) => {
        complaint = error.message;
        resolve();
      });
    }).finally(() => process.off('exit', kill));
    const close = async () => {
      child.ref();
      kill();
      await ended;
    };
    if (await answers(endpoint, child)) return { endpoint, client: () => clientOf(endpoint), close };
    await close();
  }
  throw new ReleaseError('LedgerUnavailable', `the local DynamoDB (${program}): ${complaint}`);
}

/** An empty table for a ledger. */
export async function createLedgerTable(client: DynamoDBClient, table: string): Promise<void> {
  const { partitionKey, sortKey } = ledgerTable;
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [partitionKey, sortKey].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
    }),
  );
}

/** A ledger in a DynamoDB of its own, which ends with it. */
export async function openLocalDynamoLedger(): Promise<Ledger & { shut(): Promise<void> }> {
  const dynamo = await startLocalDynamo();
  const client = dynamo.client();
  const shut = async () => {
    client.destroy();
    await dynamo.close();
  };
  try {
    await createLedgerTable(client, 'headgate');
  } catch (error) {
    await shut();
    throw new ReleaseError('LedgerUnavailable', 'the local DynamoDB takes no table', { cause: error });
  }
  return { ...openDynamoLedger({ client, table: 'headgate' }), shut };
}

function localProgram(): string {
  try {
    return createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide');
  } catch (error) {
    throw new ReleaseError(
      'ConfigurationInvalid',
      'a DynamoDB on this machine needs the optional package @dynoxide/linux-x64, which is not installed on this ' +
        `${process.platform}/${process.arch}`,
      { cause: error, facts: { localDynamo: `${process.platform}/${process.arch}` } },
    );
  }
}

/** Any region and any key will do: the program does not look at them, and they open nothing elsewhere. */
const clientOf = (endpoint: string) =>
  new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

async function answers(endpoint: string, child: ChildProcess): Promise<boolean> {
  const until = Date.now() + startupMs;
  while (Date.now() < until && child.exitCode === null && child.pid !== undefined) {
    const answer = await fetch(endpoint, { signal: AbortSignal.timeout(startupMs) }).catch(() => undefined);
    if (answer) return true;
    await pause(10);
  }
  return false;
}
