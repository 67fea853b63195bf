import { type Instant, millis } from '../../src/domain/units.ts';
import type { DrivenClock } from '../clock.ts';
import type { Machine } from './asl-schema.ts';
import type { Failure } from './retry.ts';
import type { ExecutionRow } from './store.ts';

/** What a handler came back with. */
export interface Returned {
  readonly attempt: string;
  readonly requestId: string;
  readonly outcome:
    | { readonly kind: 'value'; readonly value: unknown }
    | { readonly kind: 'failed'; readonly failure: Failure };
}

/** One open execution in this process: its row, and what it is waiting for. */
export class Run {
  readonly machine: Machine;
  /** The newest row that was committed. */
  row: ExecutionRow;
  /** False once the execution has closed, or the engine has. */
  live = true;
  /** Grows with each commit: what was computed on an older row is thrown away. */
  version = 0;
  /** The attempt whose handler this process has called. */
  called: string | undefined;
  returned: Returned | undefined;
  #wake: (() => void) | undefined;

  constructor(row: ExecutionRow, machine: Machine) {
    this.row = row;
    this.machine = machine;
  }

  /** Something happened that the execution may be waiting for. */
  wake(): void {
    this.#wake?.();
  }

  /** Returns at `until`, or when something happens. It may return early: look again. */
  async pause(clock: DrivenClock, until: Instant | undefined): Promise<void> {
    const alarm = new AbortController();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (until === undefined) return;
      clock.sleep(millis(Math.max(0, until - clock.now())), alarm.signal).then(resolve, () => {
        // Aborted below: something else came first.
      });
    });
    this.#wake = undefined;
    alarm.abort();
  }
}
