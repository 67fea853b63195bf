import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliContext, Parts } from '../../cli/context.ts';
import { runCli } from '../../cli/main.ts';
import { type Listening, serveApi } from '../../local/api-server.ts';
import { writePrivate } from '../../local/private-file.ts';
import type { Operations } from '../../src/app/operations.ts';
import { type RecordingHost, recordingHost } from './recording-host.ts';
import { scriptedOperations } from './scripted-operations.ts';

export interface Bench {
  readonly folder: string;
  readonly host: RecordingHost;
  readonly asked: readonly (readonly unknown[])[];
  readonly stop: AbortController;
  readonly server: Listening | undefined;
  run(...argv: string[]): Promise<number>;
  end(): Promise<void>;
}

export interface BenchOptions {
  /** A controller with these operations listens, and its connection file lies in the folder. */
  readonly controller?: Partial<Operations>;
  readonly env?: Record<string, string>;
  readonly parts?: Partial<Parts>;
  /** Called in place of each pause. */
  readonly onSleep?: () => void | Promise<void>;
}

const absent = async (): Promise<never> => {
  throw new Error('this part is not on the bench');
};

/** The whole command line program in this process, in a folder of its own. */
export async function bench(options: BenchOptions = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-cli-'));
  const host = recordingHost();
  const stop = new AbortController();
  const { operations, asked } = scriptedOperations(options.controller);
  const token = '0123456789abcdef';
  let server: Listening | undefined;
  if (options.controller !== undefined) {
    server = await serveApi(operations, { port: 0, token, host: '127.0.0.1' });
    writePrivate(join(folder, '.headgate/api.json'), { url: server.url, token });
  }
  const context: CliContext = {
    host,
    env: options.env ?? {},
    folder,
    user: 'ada',
    fetch,
    sleep: async (_, signal) => {
      await options.onSleep?.();
      signal.throwIfAborted();
    },
    stop: stop.signal,
    parts: {
      startWorkspace: absent,
      serve: absent,
      runDemo: absent,
      copyFromWorkspace: absent,
      ...options.parts,
    },
  };
  return {
    folder,
    host,
    asked,
    stop,
    server,
    run: (...argv) => runCli(argv, context),
    end: async () => {
      await server?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
