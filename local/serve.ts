import type { IoHost } from './io-host.ts';

export interface ServeOptions {
  /** Which of the configuration's environments: names the file when `config` is absent. */
  readonly environment: string;
  readonly config: string | undefined;
  /** Folder of the ledger, the evidence and the connection file. */
  readonly data: string;
  readonly port: number;
  readonly intakePort: number;
  /** Connection file of a running simulator to use in place of the configured workspaces. */
  readonly workspace: string | undefined;
  /** Overrides and secrets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  /** Aborted when the controller shall stop. */
  readonly stop: AbortSignal;
}

/** Runs the controller until `stop` is aborted. */
export async function serve(options: ServeOptions, _host: IoHost): Promise<void> {
  throw new RangeError(`not composed yet: ${options.environment}`);
}
