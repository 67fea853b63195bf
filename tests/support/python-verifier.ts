import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { checkCertificate } from '../../src/app/certificate.ts';

const script = fileURLToPath(new URL('../../tools/verify_certificate.py', import.meta.url));

/** What the verifier without our code says of a file. */
export interface PythonSays {
  readonly file: string;
  readonly holds?: boolean;
  readonly sha256?: string;
  readonly decision?: string;
  readonly differences?: readonly (readonly [path: string, what: string])[];
  /** Why it is no certificate at all. */
  readonly faults?: readonly (readonly [path: string, what: string])[];
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @throws Error where this machine has no python3: that the two verifiers agree cannot be shown without it. */
export function runVerifier(...args: readonly string[]): Ended {
  const { error, status, stdout, stderr } = spawnSync('python3', [script, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error)
    throw new Error('python3 cannot be run: install Python 3.9 or newer, it needs no packages', {
      cause: error,
    });
  return { code: status, stdout, stderr };
}

/** The two verifiers' answers in one word each: `holds`, `differs` or `none`. */
export type Word = 'holds' | 'differs' | 'none';

export function ourWord(text: string): Word {
  const checked = checkCertificate(JSON.parse(text));
  if (checked.kind === 'none') return 'none';
  return checked.differences.length === 0 ? 'holds' : 'differs';
}

export const pythonsWord = ({ holds }: PythonSays): Word =>
  holds === undefined ? 'none' : holds ? 'holds' : 'differs';

/** Asks Python about all texts at once, in order. */
export function pythonOn(texts: readonly string[]): PythonSays[] {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-certificates-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = texts.map((text, index) => {
    const file = join(folder, `${index}.json`);
    writeFileSync(file, text);
    return file;
  });
  const { stdout, stderr } = runVerifier('--json', ...files);
  const answers = stdout.split('\n').filter((line) => line !== '');
  if (answers.length !== texts.length)
    throw new Error(`${answers.length} answers to ${texts.length} files: ${stderr}`);
  return answers.map((line): PythonSays => JSON.parse(line));
}

const certificatesBelow = (folder: string): string[] =>
  globSync('**/certificates/*.json', { cwd: folder }).map((file) => join(folder, file));

/** Shows every certificate below a folder to our verifier. @throws Error unless each holds. */
export function verifiedByUs(folder: string): void {
  const refused = certificatesBelow(folder).filter((file) => ourWord(readFileSync(file, 'utf8')) !== 'holds');
  if (refused.length > 0) throw new Error(`Certificates that do not hold: ${refused.join(', ')}`);
}

/**
 * Shows every certificate below a folder to both verifiers.
 * @returns How many there are. @throws Error unless both find that each holds.
 */
export function verifiedByBoth(folder: string): number {
  verifiedByUs(folder);
  const files = certificatesBelow(folder);
  if (files.length === 0) return 0;
  const { code, stderr } = runVerifier(...files);
  if (code !== 0) throw new Error(`tools/verify_certificate.py ends with ${code}: ${stderr}`);
  return files.length;
}
