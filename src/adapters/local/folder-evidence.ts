import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { sha256 } from '../../app/digest.ts';
import {
  longestGiven,
  longestStored,
  numbered,
  requirePath,
  verifiedText,
} from '../../app/ports/evidence-paths.ts';
import type { EvidenceStore } from '../../app/ports/evidence-store.ts';
import { ReleaseError } from '../../contracts/errors.ts';

/**
 * Evidence as files below `root`, readable by their owner only; a reference is the path below it. A file appears
 * whole or not at all and is never replaced, whoever else writes at the same time.
 * @param root Created by the first `put`. Its file system must know hard links.
 */
export function openFolderEvidence(root: string): EvidenceStore {
  const base = resolve(root);
  return {
    async put(path, content, summary) {
      requirePath(path, longestGiven);
      const bytes = Buffer.from(content, 'utf8');
      const ref = await answered(path, () => place(base, path, bytes));
      return { ref, digest: sha256(bytes), summary };
    },

    async get({ ref, digest }) {
      requirePath(ref, longestStored);
      const bytes = await answered(ref, () => contentOf(join(base, ref)));
      return verifiedText(ref, digest, bytes);
    },
  };
}

/** @returns The path that holds the bytes now: `path`, or the first free or equal one of `-2`, `-3`, ... */
async function place(root: string, path: string, bytes: Buffer): Promise<string> {
  const folder = dirname(join(root, path));
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  // `~` is in no valid path, so what a crash leaves behind can be taken for nobody's evidence.
  const draft = join(folder, `~${randomUUID()}`);
  try {
    await writeDurably(draft, bytes);
    for (let copy = 1; ; copy += 1) {
      const candidate = numbered(path, copy);
      const target = join(root, candidate);
      if ((await linked(draft, target)) || (await contentOf(target))?.equals(bytes)) {
        await syncFolders(folder, made === undefined ? root : dirname(made));
        return candidate;
      }
    }
  } finally {
    await unlink(draft).catch(ignoreAbsence);
  }
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Hard links never replace what is there: of two writers one is first, and the other learns it. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** A new name is durable once its folder is, and a new folder once the one above it is: from `folder` up to `top`. */
async function syncFolders(folder: string, top: string): Promise<void> {
  // Windows cannot open a folder as a file, and writes its folders through by itself.
  if (process.platform === 'win32') return;
  for (let at = folder; at.length >= top.length; at = dirname(at)) {
    const handle = await open(at, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (at === dirname(at)) return;
  }
}

/** Undefined when there is no such file. */
async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function ignoreAbsence(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

async function answered<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ReleaseError('LedgerUnavailable', `the evidence store, at ${path}: ${why}`, { cause: error });
  }
}
