import type { IoHost } from './io-host.ts';

export interface DemoOptions {
  readonly json: boolean;
  readonly seed: number;
  /** Folder for the certificates and the timeline. */
  readonly out: string;
  readonly ledger: 'sqlite';
  /** No pauses and no animation. */
  readonly fast: boolean;
  readonly stop: AbortSignal;
}

export interface DemoEnd {
  /** Every release ended as the demo announced it. */
  readonly asAnnounced: boolean;
}

export async function runDemo(options: DemoOptions, _host: IoHost): Promise<DemoEnd> {
  throw new RangeError(`not composed yet: ${options.ledger}`);
}
