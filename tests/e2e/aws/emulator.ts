import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../local/free-port.ts';
import { programPath, type Running, start, type Variables } from '../processes.ts';
import { pythonEnvironment } from '../python.ts';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

export interface Emulator {
  readonly url: string;
  readonly pid: number;
  readonly logFile: string;
  /** Variables that lead any AWS tool to the emulator, and nowhere else. */
  readonly variables: Variables;
  logTail(lines: number): Promise<string>;
  stop(): Promise<void>;
}

/** An account that exists nowhere else. */
export const account = { id: '000000000000', region: 'us-east-1' } as const;

/** Installs the pinned emulator if that was not done before. @returns the program */
export async function emulatorProgram(): Promise<string> {
  const { bin } = await pythonEnvironment('aws-emulator', requirements);
  return join(bin, 'ministack');
}

/**
 * Starts the emulator on a free port of this machine.
 * @param folder for its log and for everything that it writes
 * @throws Error with the end of its log when it does not answer within 30 s
 */
export async function startEmulator(program: string, folder: string): Promise<Emulator> {
  const home = join(folder, 'emulator');
  await mkdir(home, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(folder, 'emulator.log');
  // Its functions inherit its whole environment and run on the first `node` of its PATH.
  const env = {
    PATH: programPath,
    HOME: home,
    TMPDIR: home,
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    PYTHONUNBUFFERED: '1',
  };
  const running = await start(program, [], { env, cwd: home, log: logFile });
  const emulator: Emulator = {
    url,
    pid: running.pid,
    logFile,
    variables: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: account.region,
      AWS_DEFAULT_REGION: account.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      // A profile of the user's would win over some of these.
      AWS_CONFIG_FILE: join(home, 'no-aws-config'),
      AWS_SHARED_CREDENTIALS_FILE: join(home, 'no-aws-credentials'),
    },
    logTail: async (lines) => {
      const text = existsSync(logFile) ? await readFile(logFile, 'utf8') : '';
      return text.trimEnd().split('\n').slice(-lines).join('\n');
    },
    stop: running.stop,
  };
  await answering(emulator, running);
  return emulator;
}

async function answering(emulator: Emulator, running: Running): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (running.code() === null && Date.now() < deadline) {
    if (await healthy(emulator.url)) return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  await running.stop();
  throw new Error(`The emulator did not start. The end of its log:\n${await emulator.logTail(30)}`);
}

async function healthy(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    // Not listening yet.
    return false;
  }
}
