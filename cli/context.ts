import type { copyFromWorkspace } from '../local/breakglass-workspace.ts';
import type { DemoEnd, DemoOptions } from '../local/demo.ts';
import type { IoHost } from '../local/io-host.ts';
import type { ServeOptions } from '../local/serve.ts';
import type { startWorkspace } from '../local/workspace/workspace.ts';
import type { ExitName } from './exit-codes.ts';

/** Everything a command needs of the world around it. */
export interface CliContext {
  readonly host: IoHost;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative paths start from. */
  readonly folder: string;
  /** Name of the user at the terminal, for the audit trail. */
  readonly user: string;
  readonly fetch: typeof fetch;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Aborted when the user or the system asks the program to end. */
  readonly stop: AbortSignal;
  readonly parts: Parts;
}

/** What takes long to load, or runs a whole controller: behind functions, so that other commands stay quick. */
export interface Parts {
  readonly startWorkspace: typeof startWorkspace;
  /** Resolves when the controller has stopped. */
  serve(options: ServeOptions, host: IoHost): Promise<void>;
  runDemo(options: DemoOptions, host: IoHost): Promise<DemoEnd>;
  readonly copyFromWorkspace: typeof copyFromWorkspace;
}

export const shippedParts: Parts = {
  startWorkspace: async (options) =>
    (await import('../local/workspace/workspace.ts')).startWorkspace(options),
  serve: async (options, host) => (await import('../local/serve.ts')).serve(options, host),
  runDemo: async (options, host) => (await import('../local/demo.ts')).runDemo(options, host),
  copyFromWorkspace: async (options) =>
    (await import('../local/breakglass-workspace.ts')).copyFromWorkspace(options),
};

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly api?: string;
  readonly data: string;
  readonly as?: string;
}

/** One run of the program. */
export interface Session {
  readonly context: CliContext;
  options(): GlobalOptions;
  /** Wraps what a command does; its answer becomes the exit code. */
  ends<A extends unknown[]>(act: (...given: A) => Promise<ExitName>): (...given: A) => Promise<void>;
}
