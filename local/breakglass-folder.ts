import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shelf } from '../src/app/ports/ports.ts';
import { type RestoreCopy, restoreCopy } from '../src/contracts/restore-copy.ts';

/**
 * `<data>/breakglass/<endpoint>.json`: the request that restores an endpoint by hand, as a plain file beside the stores,
 * for when neither `serve` nor a store of ours can be opened. Its owner only may read it: it may hold what a tag may not.
 */
export function breakglassFolder(data: string): Shelf {
  const folder = join(data, name);
  return {
    async put(endpoint, text) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = join(folder, `~${randomUUID()}`);
      await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
      await rename(draft, join(folder, `${encodeURIComponent(endpoint)}.json`));
    },
  };
}

const name = 'breakglass';

/**
 * The newest file for an endpoint, by its name, its model's or the registry's, in a data folder; only where that has none,
 * in those that a simulator's runs left below it. Undefined where there is none. A file that is not ours is passed over.
 */
export async function fileCopyIn(
  data: string,
  named: string,
): Promise<{ file: string; copy: RestoreCopy } | undefined> {
  // However new a simulator's file is: its request would go to a simulator.
  const own = await copiesIn([data], named);
  if (own[0]) return own[0];
  const below = (await namesIn(data)).filter((one) => one.startsWith('simulator-'));
  const simulated = await copiesIn(
    below.map((one) => join(data, one)),
    named,
  );
  return simulated[0];
}

/** Newest first. */
async function copiesIn(
  folders: readonly string[],
  named: string,
): Promise<{ file: string; copy: RestoreCopy }[]> {
  const found: { file: string; copy: RestoreCopy }[] = [];
  for (const folder of folders.map((one) => join(one, name))) {
    for (const one of await namesIn(folder)) {
      const copy = await copyAt(join(folder, one));
      if (copy && [copy.endpoint, copy.model, copy.name].includes(named))
        found.push({ file: join(folder, one), copy });
    }
  }
  return found.sort((a, b) => b.copy.keptAt.localeCompare(a.copy.keptAt));
}

async function copyAt(file: string): Promise<RestoreCopy | undefined> {
  try {
    return restoreCopy.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
