import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ReleaseError } from '../src/contracts/errors.ts';

const forOthers = 0o077;
/** Names that nobody else is likely to give a file. A folder with one of them was Headgate's before. */
const ours = ['ledger.sqlite', 'machine.sqlite', 'intake-secrets.json'];

/**
 * Makes the folder for its owner only (0700), or closes it to others where it is Headgate's own: called `.headgate`,
 * or with our files in it. Anybody else's folder keeps its mode.
 * @throws ReleaseError `ConfigurationInvalid` for somebody else's folder that others may enter, and for no folder.
 */
export function claimDataFolder(path: string): void {
  let folder: string;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    folder = realpathSync(path);
  } catch (cause) {
    const says = `${path} cannot be used as the data folder`;
    throw new ReleaseError('ConfigurationInvalid', says, { cause, facts: { dataFolder: path } });
  }
  // Windows has no such modes; a folder inherits there who may enter it.
  if (process.platform === 'win32' || !(statSync(folder).mode & forOthers)) return;
  if (!isOurs(folder)) throw openToOthers(path);
  try {
    chmodSync(folder, 0o700);
  } catch (cause) {
    throw openToOthers(path, cause);
  }
}

function isOurs(folder: string): boolean {
  return basename(folder) === '.headgate' || ours.some((name) => existsSync(join(folder, name)));
}

function openToOthers(path: string, cause?: unknown): ReleaseError {
  const says = `others than its owner may enter ${path}: run chmod 700 ${path}, or name a new folder with --data`;
  return new ReleaseError('ConfigurationInvalid', says, { cause, facts: { dataFolder: path } });
}
