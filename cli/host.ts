import { styleText } from 'node:util';
import type { IoHost, Progress } from '../local/io-host.ts';
import { liveProgress } from './live.ts';

interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** @param env NO_COLOR, by https://no-color.org: any value but the empty one switches colours off. */
export function ioHost(
  stdout: Sink,
  stderr: Sink,
  env: Readonly<Record<string, string | undefined>>,
): IoHost {
  const isTty = stdout.isTTY === true;
  const coloured = isTty && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const out = (text: string) => void stdout.write(`${text}\n`);
  return {
    isTty,
    columns: stdout.columns ?? 100,
    out,
    err: (text) => void stderr.write(`${text}\n`),
    json: (value) => out(JSON.stringify(value)),
    paint: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
    progress: async (title) => (isTty && env['TERM'] !== 'dumb' ? liveProgress(title) : plainProgress(out)),
  };
}

function plainProgress(out: (text: string) => void): Progress {
  return {
    update: () => {},
    line: out,
    done: async (title) => out(title),
  };
}

/** The host of this process. A reader that goes away (`headgate watch | head`) ends it quietly. */
export function processHost(): IoHost {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  return ioHost(process.stdout, process.stderr, process.env);
}
