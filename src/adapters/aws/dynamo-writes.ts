import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { type Column, parseRow, type Row } from '../../app/ports/ledger-rows.ts';
import { requireFits } from './dynamo-errors.ts';
import type { Key } from './dynamo-keys.ts';

/** What was read of a row: its version, or that there is none. A write or a check holds as long as that is so. */
export type Guard = number | 'absent';
type Columns = Readonly<Record<string, Column>>;

export type Write =
  | { readonly kind: 'put'; readonly key: Key; readonly item: Columns; readonly guard?: Guard }
  | { readonly kind: 'check'; readonly key: Key; readonly guard: Guard }
  | { readonly kind: 'remove'; readonly key: Key };

/** Writes the whole row as the version after the one that was read. */
export const put = (key: Key, columns: Columns, guard: Guard): Write => ({
  kind: 'put',
  key,
  item: { ...columns, v: guard === 'absent' ? 1 : guard + 1 },
  guard,
});

/** Writes what is the same whoever writes it: a row in a list that points to another. */
export const point = (key: Key, to: Key): Write => ({
  kind: 'put',
  key,
  item: { rowPk: to.pk, rowSk: to.sk },
});

export const check = (key: Key, guard: Guard): Write => ({ kind: 'check', key, guard });
export const remove = (key: Key): Write => ({ kind: 'remove', key });

/** @throws ReleaseError `LedgerUnavailable` for a row without a version. */
export function guardOf(table: string, row: Row | undefined): Guard {
  return row ? parseRow(z.object({ v: z.int().positive() }), table, row).v : 'absent';
}

/** The key that a row of a list points to. */
export function pointedTo(row: Row): Key {
  const { rowPk, rowSk } = parseRow(z.object({ rowPk: z.string(), rowSk: z.string() }), 'lists', row);
  return { pk: rowPk, sk: rowSk };
}

/** @throws ReleaseError `ContractBroken` for a row that DynamoDB would not take. */
export function transactItem(TableName: string, write: Write): TransactWriteItem {
  switch (write.kind) {
    case 'put': {
      const item = { ...write.item, ...write.key };
      requireFits(write.key, item);
      return { Put: { TableName, Item: marshall(item), ...(write.guard ? conditionOn(write.guard) : {}) } };
    }
    case 'check':
      return { ConditionCheck: { TableName, Key: marshall(write.key), ...conditionOn(write.guard) } };
    case 'remove':
      return { Delete: { TableName, Key: marshall(write.key) } };
  }
}

function conditionOn(guard: Guard) {
  return guard === 'absent'
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : { ConditionExpression: 'v = :v', ExpressionAttributeValues: marshall({ ':v': guard }) };
}
