import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Row } from '../../app/ports/ledger-rows.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { isPutOff, isRace, unavailable } from './dynamo-errors.ts';
import type { Key } from './dynamo-keys.ts';
import { transactItem, type Write } from './dynamo-writes.ts';

/** What was decided over rows that were read, and what it writes if they still are as they were. */
export interface Decision<Answer> {
  readonly answer: Answer;
  /** All or nothing, and nothing unless each condition holds. */
  readonly writes: readonly Write[];
}

/** Half of these on average: 4 + 8 + ... + 128 + 18 x 200 ms, so about 2 s in all before the ledger gives up. */
const mostRounds = 24;
const pauseMs = (round: number) => Math.random() * Math.min(200, 4 * 2 ** round);

const keysPerBatch = 100;

/**
 * One DynamoDB table. Reads are strongly consistent, but two reads are two moments, and another's transaction may
 * show in the one and not yet in the other. So nothing is decided by reads alone: what a decision rests on is part of
 * the transaction that writes it, as a condition on the version that was read.
 */
export class DynamoStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async get(key: Key): Promise<Row | undefined> {
    const { Item } = await this.#answered('GetItem', () =>
      this.#client.send(
        new GetItemCommand({ TableName: this.#table, Key: marshall(key), ConsistentRead: true }),
      ),
    );
    return Item && unmarshall(Item);
  }

  /** Items of a partition by their `sk`: those that begin with `prefix`, and come after `after`. */
  async query(
    pk: string,
    range: {
      readonly prefix?: string;
      readonly after?: string;
      readonly most?: number;
      readonly newestFirst?: boolean;
    } = {},
  ): Promise<Row[]> {
    const { prefix = '', after = prefix, most = Number.POSITIVE_INFINITY, newestFirst = false } = range;
    const found: Row[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.#answered('Query', () =>
        this.#client.send(
          new QueryCommand({
            TableName: this.#table,
            ConsistentRead: true,
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :after AND :end',
            // U+FFFF sorts behind every character that a key of ours has.
            ExpressionAttributeValues: marshall({
              ':pk': pk,
              ':after': `${after} `,
              ':end': `${prefix}\uffff`,
            }),
            ScanIndexForward: !newestFirst,
            ...(Number.isFinite(most) ? { Limit: most - found.length } : {}),
            ...(start ? { ExclusiveStartKey: start } : {}),
          }),
        ),
      );
      found.push(...(page.Items ?? []).map((item) => unmarshall(item)));
      start = page.LastEvaluatedKey;
    } while (start && found.length < most);
    return found;
  }

  /** The items that exist of these, in no order. */
  async getAll(keys: readonly Key[]): Promise<Row[]> {
    const found: Row[] = [];
    let left = keys.map((key) => marshall(key));
    for (let fruitless = 0; left.length > 0; ) {
      if (fruitless > 0) await pause(pauseMs(fruitless));
      const asked = left.slice(0, keysPerBatch);
      const { Responses, UnprocessedKeys } = await this.#answered('BatchGetItem', () =>
        this.#client.send(
          new BatchGetItemCommand({ RequestItems: { [this.#table]: { Keys: asked, ConsistentRead: true } } }),
        ),
      );
      found.push(...(Responses?.[this.#table] ?? []).map((item) => unmarshall(item)));
      const late = UnprocessedKeys?.[this.#table]?.Keys ?? [];
      fruitless = late.length < asked.length ? 0 : fruitless + 1;
      if (fruitless === mostRounds) throw this.#gaveUp('it put off the same reads');
      left = [...late, ...left.slice(keysPerBatch)];
    }
    return found;
  }

  /** The next number of a counter: higher than all that it gave before, with holes. */
  async next(counter: Key): Promise<number> {
    const { Attributes } = await this.#answered('UpdateItem', () =>
      this.#client.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: marshall(counter),
          UpdateExpression: 'ADD #count :one',
          ExpressionAttributeNames: { '#count': 'count' },
          ExpressionAttributeValues: marshall({ ':one': 1 }),
          ReturnValues: 'UPDATED_NEW',
        }),
      ),
    );
    return Number(unmarshall(Attributes ?? {})['count']);
  }

  /**
   * Decides and writes. Where a row has changed since `decide` read it, `decide` reads and decides anew.
   * @param decide Answers `again` when what it read shows a write of another that is not yet there in full.
   * @throws ReleaseError what `decide` throws; `LedgerUnavailable` when others always were faster.
   */
  async write<Answer>(decide: (round: number) => Promise<Decision<Answer> | 'again'>): Promise<Answer> {
    for (let round = 0; round < mostRounds; round += 1) {
      if (round > 0) await pause(pauseMs(round));
      const decision = await decide(round);
      if (decision === 'again') continue;
      if (decision.writes.length === 0 || (await this.#commit(decision.writes))) return decision.answer;
    }
    throw this.#gaveUp('the rows were changed by others');
  }

  /** @returns Whether it was written; false when a condition did not hold any more. */
  async #commit(writes: readonly Write[]): Promise<boolean> {
    // The token makes a second try, the SDK's after an answer that was lost or ours, the same write and no other.
    const transaction = new TransactWriteItemsCommand({
      ClientRequestToken: randomUUID(),
      TransactItems: writes.map((write) => transactItem(this.#table, write)),
    });
    for (let round = 0; ; round += 1) {
      try {
        await this.#client.send(transaction);
        return true;
      } catch (error) {
        if (isRace(error)) return false;
        if (!isPutOff(error) || round === mostRounds)
          throw unavailable(this.#table, 'TransactWriteItems', error);
        await pause(pauseMs(round));
      }
    }
  }

  #gaveUp(says: string): ReleaseError {
    return new ReleaseError(
      'LedgerUnavailable',
      `the ledger table ${this.#table}: ${says} in each of ${mostRounds} attempts`,
      { facts: { table: this.#table } },
    );
  }

  async #answered<T>(operation: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw unavailable(this.#table, operation, error);
    }
  }
}
