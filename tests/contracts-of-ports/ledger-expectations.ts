import { expect } from 'vitest';
import type { Ledger, WaitKey } from '../../src/app/ports/ledger.ts';
import { type ErrorName, ReleaseError } from '../../src/contracts/errors.ts';

/** One store that a test has for itself. */
export interface OpenedLedger {
  readonly ledger: Ledger;
  /** Another ledger on the same store, as a second process or the next start would open it. */
  readonly reopen?: () => Promise<Ledger>;
  close(): Promise<void>;
}

export type OpenLedger = () => Promise<OpenedLedger>;

/** Everything the port shows. Closed waits show by their key only, so the keys that matter are given. */
export async function dump(ledger: Ledger, keys: readonly WaitKey[] = []): Promise<unknown> {
  const releases = await ledger.releases();
  const open = await ledger.unclosedWaits();
  return {
    endpoints: await ledger.endpoints(),
    releases,
    commands: await Promise.all(releases.map((release) => ledger.commands(release.releaseId))),
    open,
    waits: await Promise.all(keys.map((key) => ledger.wait(key))),
    unpublished: await ledger.unpublishedDeliveries(),
    quarantined: await ledger.quarantined(),
    trail: await ledger.auditTrail(),
  };
}

/** The call is refused by `name` with at least these facts, and the ledger is as it was. */
export async function expectRefused(
  ledger: Ledger,
  call: () => Promise<unknown>,
  name: ErrorName,
  facts: Record<string, unknown> = {},
  keys: readonly WaitKey[] = [],
): Promise<void> {
  const before = await dump(ledger, keys);
  const refusal = await call().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(ReleaseError);
  expect(refusal).toMatchObject({ name, facts });
  expect(await dump(ledger, keys)).toEqual(before);
}

/** The call is accepted and the ledger is as it was. */
export async function expectNoChange(
  ledger: Ledger,
  call: () => Promise<unknown>,
  keys: readonly WaitKey[] = [],
): Promise<void> {
  const before = await dump(ledger, keys);
  await call();
  expect(await dump(ledger, keys)).toEqual(before);
}
