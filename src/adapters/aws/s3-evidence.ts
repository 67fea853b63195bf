import { sha256 } from '../../app/digest.ts';
import {
  longestGiven,
  longestStored,
  numbered,
  requirePath,
  verifiedText,
} from '../../app/ports/evidence-paths.ts';
import type { EvidenceStore } from '../../app/ports/evidence-store.ts';
import { openBucket, type S3Access, type S3Bucket } from './s3-requests.ts';

/**
 * Evidence as objects of a bucket; a reference is the object's key. An object is written once, under the condition
 * that there is none, and never replaced, whoever else writes at the same time.
 *
 * Reading something that is missing needs the right to list the bucket: without it S3 says 403 instead of 404.
 */
export function openS3Evidence(access: S3Access): EvidenceStore {
  const bucket = openBucket(access);
  return {
    async put(path, content, summary) {
      requirePath(path, longestGiven);
      const bytes = Buffer.from(content, 'utf8');
      return { ref: await place(bucket, path, bytes), digest: sha256(bytes), summary };
    },
    async get({ ref, digest }) {
      requirePath(ref, longestStored);
      return verifiedText(ref, digest, await bucket.read(ref));
    },
  };
}

/** @returns The key that holds the bytes now: `path`, or the first free or equal one of `-2`, `-3`, ... */
async function place(bucket: S3Bucket, path: string, bytes: Buffer): Promise<string> {
  for (let copy = 1; ; copy += 1) {
    const key = numbered(path, copy);
    if ((await bucket.create(key, bytes)) === 'created') return key;
    // Ours, when the answer to an earlier attempt was lost.
    if ((await bucket.read(key))?.equals(bytes)) return key;
  }
}
