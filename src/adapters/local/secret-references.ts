import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Secrets } from '../../app/ports/secrets.ts';
import { ReleaseError } from '../../contracts/errors.ts';

export interface SecretPlaces {
  /** What `env:` reads. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What a relative `file:` starts from: the folder of the configuration file. */
  readonly folder: string;
}

/**
 * Secrets of one machine: `env:NAME`, `file:/absolute` or `file:relative`, each file optionally with `#member` of
 * the JSON object in it. A file must be closed to group and others. Read anew at every call, so that a rotated
 * secret needs no restart.
 */
export function secretReferences(places: SecretPlaces): Secrets {
  return {
    async read(reference) {
      const [, scheme, rest] = /^(env|file):(.+)$/s.exec(reference) ?? [];
      if (scheme === 'env' && rest !== undefined) return fromEnvironment(places.environment, rest);
      if (scheme === 'file' && rest !== undefined) return fromFile(places.folder, rest);
      // Not repeated here: somebody may have put the secret itself where its reference belongs.
      throw invalid('a secret is given by reference: write env:NAME, file:/path or file:/path#member');
    },
  };
}

function fromEnvironment(environment: SecretPlaces['environment'], name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw invalid(
      'env: takes the name of an environment variable: letters, digits and _, such as env:DATABRICKS_TOKEN',
    );
  }
  const value = environment[name];
  if (!value)
    throw invalid(`the environment variable ${name} is ${value === '' ? 'empty' : 'not set'}: export it`);
  return value;
}

async function fromFile(folder: string, rest: string): Promise<string> {
  const hash = rest.lastIndexOf('#');
  const path = resolve(folder, hash < 0 ? rest : rest.slice(0, hash));
  const content = await privateContent(path);
  if (hash >= 0) return memberOf(path, content, rest.slice(hash + 1));
  // Editors and `echo` end a file with a line break that is no part of the secret.
  const value = content.replace(/\r?\n$/, '');
  if (value === '') throw invalid(`the secret file ${path} is empty: write the secret into it`);
  return value;
}

async function privateContent(path: string): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    // Asked of the open file, so that it is the one that is read.
    const found = await file.stat();
    if (!found.isFile()) throw invalid(`the secret file ${path} is no regular file: name a file`);
    // Windows has no such bits: Node reports 0666 for every file there.
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
      throw invalid(`the secret file ${path} is open to group or others: chmod 600 ${path}`);
    }
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof ReleaseError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw invalid(
      `the secret file ${path} cannot be read (${code}): create it, or correct the reference`,
      error,
    );
  } finally {
    await file?.close();
  }
}

function memberOf(path: string, content: string, member: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    // The parser's own message quotes the content.
    throw invalid(`the secret file ${path} is not JSON, so it has no member: write JSON, or drop the # part`);
  }
  const value = isObject(parsed) && Object.hasOwn(parsed, member) ? parsed[member] : undefined;
  if (typeof value !== 'string' || value === '') {
    throw invalid(`the secret file ${path} has no member "${member}" with a text that is not empty: add it`);
  }
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string, cause?: unknown): ReleaseError {
  return new ReleaseError('ConfigurationInvalid', message, { cause });
}
