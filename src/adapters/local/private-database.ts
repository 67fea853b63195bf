import { chmodSync, closeSync, openSync, statSync } from 'node:fs';

const forOthers = 0o077;

/**
 * Makes an empty file for SQLite that nobody but its owner may read; SQLite gives its side files the same mode. Where
 * the files are there already and open to others, as earlier versions left them, they are closed to them.
 * @throws The file system's error, for a folder that is not there or a file of another user.
 */
export function reservePrivateDatabase(path: string): void {
  try {
    // Never opened when it is there: closing it would end the locks that this process may hold on it through SQLite
    // (sqlite.org/howtocorrupt.html, section 2.2).
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  for (const one of [path, `${path}-wal`, `${path}-shm`]) {
    const mode = statSync(one, { throwIfNoEntry: false })?.mode ?? 0;
    if (mode & forOthers) chmodSync(one, mode & 0o700);
  }
}
