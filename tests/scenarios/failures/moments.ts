import { vi } from 'vitest';
import type { Ledger } from '../../../src/app/ports/ledger.ts';
import type { Stage } from '../stage.ts';

/** Moments between two durable steps, named by the ledger's call before or after which they lie. */

interface Calls {
  readonly recordIntent: 'warm' | 'shift' | 'promote' | 'retire' | 'traffic' | 'configuration';
  readonly registerWait: string;
  readonly decideWait: string;
  readonly closeWait: string;
  readonly audit: string;
}
type Method = keyof Calls;

export interface Moment {
  readonly side: 'before' | 'after';
  readonly method: Method;
  /** Purpose of the intent, state of the wait, or action of the line in the trail. */
  readonly about: string;
  /** 2 for the second such call. */
  readonly time?: number;
}

export const inWords = ({ side, method, about, time }: Moment): string =>
  `${side} ${method} of ${about}${time === undefined ? '' : `, time ${time}`}`;

/** Runs `happen` once at the moment, in the middle of whoever made the call. */
export function at(stage: Stage, moment: Moment, happen: () => Promise<unknown>): void {
  const { ledger } = stage.controller.ports;
  let left = moment.time ?? 1;
  const met = (about: string) => about === moment.about && --left === 0;
  const around = async <T>(about: string, call: () => Promise<T>): Promise<T> => {
    const now = met(about);
    if (now && moment.side === 'before') await happen();
    const answer = await call();
    if (now && moment.side === 'after') await happen();
    return answer;
  };
  hook(ledger, moment.method, around);
}

function hook(
  ledger: Ledger,
  method: Method,
  around: <T>(about: string, call: () => Promise<T>) => Promise<T>,
): void {
  switch (method) {
    case 'recordIntent': {
      const real = ledger.recordIntent.bind(ledger);
      vi.spyOn(ledger, method).mockImplementation((lease, intent) =>
        around(intent.purpose, () => real(lease, intent)),
      );
      return;
    }
    case 'registerWait': {
      const real = ledger.registerWait.bind(ledger);
      vi.spyOn(ledger, method).mockImplementation((lease, wait) =>
        around(wait.state, () => real(lease, wait)),
      );
      return;
    }
    case 'decideWait': {
      const real = ledger.decideWait.bind(ledger);
      vi.spyOn(ledger, method).mockImplementation((key, decision) =>
        around(key.state, () => real(key, decision)),
      );
      return;
    }
    case 'closeWait': {
      const real = ledger.closeWait.bind(ledger);
      vi.spyOn(ledger, method).mockImplementation((key, token) => around(key.state, () => real(key, token)));
      return;
    }
    case 'audit': {
      const real = ledger.audit.bind(ledger);
      vi.spyOn(ledger, method).mockImplementation((entry) => around(entry.action, () => real(entry)));
      return;
    }
  }
}
