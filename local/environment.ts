import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file that comes with Headgate: the user's own in the working folder, else the one in the package. */
export function shippedFile(path: string): string {
  const own = resolve(path);
  return existsSync(own) ? own : join(packageFolder(), path);
}

/** The nearest folder above this module that holds the package's manifest: the module may lie in a build. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** An environment file, read and checked as a whole: for the CLI, which does not reach into adapters. */
export { loadEnvironment as readEnvironment } from '../src/adapters/local/environment-file.ts';
