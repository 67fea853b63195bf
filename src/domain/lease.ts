import { after, type Instant, minutes, seconds } from './units.ts';

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

/**
 * How long a handler may live on after it recorded a write: the longest time-out of any function (see
 * `functionTimeoutS`), because nothing ends one that its state machine has given up.
 */
export const longestHandler = seconds(90);
/** How long a read may still show an endpoint as it was before an accepted write. */
export const readsBehind = minutes(1);

/** When a write that was recorded at `recorded` is seen, if it arrives at all. */
export const lastArrival = (recorded: Instant): Instant =>
  after(after(recorded, longestHandler), readsBehind);
