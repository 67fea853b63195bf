import { sha256 } from '../../../src/app/digest.ts';
import {
  longestGiven,
  longestStored,
  numbered,
  requirePath,
  verifiedText,
} from '../../../src/app/ports/evidence-paths.ts';
import type { EvidenceStore } from '../../../src/app/ports/evidence-store.ts';
import type { StoredFile } from '../world.ts';

export interface FileCell {
  get(): Readonly<Record<string, StoredFile>>;
  set(files: Readonly<Record<string, StoredFile>>): void;
}

export function evidenceOver(cell: FileCell): EvidenceStore {
  return {
    put: async (path, content, summary) => {
      requirePath(path, longestGiven);
      const digest = sha256(content);
      const files = cell.get();
      for (let copy = 1; ; copy++) {
        const ref = numbered(path, copy);
        const known = Object.hasOwn(files, ref) ? files[ref] : undefined;
        if (known && known.digest !== digest) continue;
        if (!known) cell.set({ ...files, [ref]: { content, digest } });
        return { ref, digest, summary };
      }
    },
    get: async ({ ref, digest }) => {
      requirePath(ref, longestStored);
      const file = Object.hasOwn(cell.get(), ref) ? cell.get()[ref] : undefined;
      // The bytes cannot change here, so the digest that was computed when they came in is theirs.
      if (file?.digest === digest) return file.content;
      return verifiedText(ref, digest, file && Buffer.from(file.content, 'utf8'));
    },
  };
}
