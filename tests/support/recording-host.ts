import type { IoHost } from '../../local/io-host.ts';

export interface RecordingHost extends IoHost {
  readonly stdout: string[];
  readonly stderr: string[];
  readonly titles: string[];
  /** The lines of stdout, each read as JSON. */
  lines(): unknown[];
}

/** A host without a terminal, or with one that keeps everything. */
export function recordingHost(): RecordingHost {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const titles: string[] = [];
  return {
    stdout,
    stderr,
    titles,
    lines: () => stdout.map((line) => JSON.parse(line)),
    isTty: false,
    columns: 100,
    out: (text) => void stdout.push(text),
    err: (text) => void stderr.push(text),
    json: (value) => void stdout.push(JSON.stringify(value)),
    paint: (_, text) => text,
    progress: async (first) => {
      titles.push(first);
      return {
        update: (title) => void titles.push(title),
        line: (text) => void stdout.push(text),
        done: async (title, good) => void titles.push(`${title} ${good}`),
      };
    },
  };
}
