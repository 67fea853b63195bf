import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { ReleaseError } from '../../contracts/errors.ts';
import type { Key } from './dynamo-keys.ts';

/** DynamoDB's bound for an item: names and values of its attributes, in UTF-8. */
const largestItem = 400 * 1024;

/** @throws ReleaseError `ContractBroken` for an item that DynamoDB would not take, before anything is sent. */
export function requireFits(key: Key, item: Readonly<Record<string, unknown>>): void {
  // A number takes at most 21 bytes and a flag 1; 21 for each is near enough below a bound of 409,600.
  const bytes = Object.entries(item).reduce(
    (sum, [name, value]) =>
      sum + Buffer.byteLength(name) + (typeof value === 'string' ? Buffer.byteLength(value) : 21),
    0,
  );
  if (bytes <= largestItem) return;
  throw new ReleaseError(
    'ContractBroken',
    `the ledger keeps at most 400 KiB in one row, and ${key.pk} ${key.sk} would take ${Math.ceil(bytes / 1024)} KiB`,
    { facts: { row: `${key.pk} ${key.sk}`, bytes } },
  );
}

type Code = (code: string) => boolean;
const raced: Code = (code) => code === 'ConditionalCheckFailed' || code === 'TransactionConflict';
const throttled: Code = (code) => code === 'ThrottlingError' || code === 'ProvisionedThroughputExceeded';

/** Whether a transaction was cancelled for at least one row by the first, and for no row by anything but these. */
function cancelledBy(error: unknown, first: Code, ...beside: readonly Code[]): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
  const known = [first, ...beside, (code: string) => code === 'None'];
  return codes.some(first) && codes.every((code) => known.some((is) => is(code)));
}

/**
 * Whether a transaction was refused because rows changed since they were read, or are being changed: then looking
 * again tells more. Also where a row was throttled beside that: a version that has passed does not come back, so the
 * same transaction would be refused for ever. False for every other refusal, also where one row was invalid.
 */
export const isRace = (error: unknown): boolean => cancelledBy(error, raced, throttled);

/**
 * Whether DynamoDB put a transaction off, and would take the same later: it is still at work on it, or it throttles
 * a row. The SDK sends neither again, as it counts a cancelled transaction as answered.
 */
export const isPutOff = (error: unknown): boolean =>
  (error instanceof Error && error.name === 'TransactionInProgressException') ||
  cancelledBy(error, throttled);

/** The error with which the ledger answers for one of the SDK's. */
export function unavailable(table: string, operation: string, error: unknown): ReleaseError {
  return new ReleaseError('LedgerUnavailable', `the ledger table ${table}, ${operation}: ${wordsOf(error)}`, {
    cause: error,
    facts: { table },
  });
}

/** The text of a ValidationException may repeat what was sent, task tokens included; its name says enough. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed';
  if (error.name === 'ValidationException') return error.name;
  if (error instanceof TransactionCanceledException) {
    return `${error.name} (${(error.CancellationReasons ?? []).map((reason) => reason.Code).join(', ')})`;
  }
  return `${error.name}: ${error.message}`;
}
