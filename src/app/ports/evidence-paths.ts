import { posix } from 'node:path';
import { ReleaseError } from '../../contracts/errors.ts';
import { sha256 } from '../digest.ts';

/** What every evidence store agrees on: which paths there are, how copies are numbered, what is read back. */

/** Characters of a segment. File systems take 255; what is given leaves room for the number of a copy. */
export const longestGiven = 200;
export const longestStored = 255;

/** @throws ReleaseError `EvidenceInvalid` unless `path` is segments of [A-Za-z0-9._-] joined by /. */
export function requirePath(path: string, longest: number): void {
  const sound = path
    .split('/')
    .every(
      (segment) =>
        /^[A-Za-z0-9._-]+$/.test(segment) && segment.length <= longest && segment !== '.' && segment !== '..',
    );
  if (sound) return;
  throw new ReleaseError(
    'EvidenceInvalid',
    `${JSON.stringify(path)} is no path of an evidence file: segments of up to ${longest} of [A-Za-z0-9._-], joined by /`,
    { facts: { path } },
  );
}

/** @param copy From 1, which is the path itself. */
export function numbered(path: string, copy: number): string {
  if (copy === 1) return path;
  const extension = posix.extname(path);
  return `${path.slice(0, path.length - extension.length)}-${copy}${extension}`;
}

/**
 * @param bytes What the store holds at `ref`; undefined when it holds nothing.
 * @returns The text, when its bytes have the digest. @throws ReleaseError `EvidenceInvalid`.
 */
export function verifiedText(ref: string, digest: string, bytes: Uint8Array | undefined): string {
  if (!bytes) throw new ReleaseError('EvidenceInvalid', `the evidence ${ref} is missing`, { facts: { ref } });
  const found = sha256(bytes);
  if (found === digest) return Buffer.from(bytes).toString('utf8');
  throw new ReleaseError('EvidenceInvalid', `the evidence ${ref} was changed: its digest is not ${digest}`, {
    facts: { ref, expected: digest, found },
  });
}
