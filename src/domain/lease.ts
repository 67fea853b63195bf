/**
 * The right to write to an endpoint. It carries a number that only grows: whoever holds a lower one than the
 * ledger's row has lost it. It never ends by the clock, because an approval may take three days.
 */
export interface Lease {
  readonly endpoint: string;
  readonly epoch: number;
}

/** Stands for "no claim was made"; epochs in the ledger start at 1. */
export const noEpoch = 0;

export function holds(lease: Lease, current: { readonly endpoint: string; readonly epoch: number }): boolean {
  return lease.endpoint === current.endpoint && lease.epoch === current.epoch && lease.epoch > noEpoch;
}
