import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ReleaseError } from '../../contracts/errors.ts';
import { refuseToSend } from './errors.ts';

/**
 * A text in the tags of a model version. Unity Catalog allows 50 tags on an object, 255 characters in a key (none of
 * `. , - = / :`) and 1,000 in a value (docs.databricks.com, "Apply tags to Unity Catalog securable objects"), so the
 * text is packed and cut: the tag `name` says how many parts there are and what they amount to, `name_0`, `name_1`, ...
 * are the parts. The first one is written last: until then, what is there is what was there before, or does not add up.
 */
export interface PackedText {
  readonly parts: readonly (readonly [key: string, value: string])[];
  readonly head: readonly [key: string, value: string];
}

/** Leaves 30 of an object's 50 tags to everybody else. */
const mostParts = 19;
const partLength = 900;

/** @throws ReleaseError `DatabricksRejected` for a text that does not fit: packed, it has at most 12 KiB. */
export function packed(name: string, text: string): PackedText {
  const bytes = gzipSync(text).toString('base64url');
  const parts = bytes.match(new RegExp(`.{1,${partLength}}`, 'g')) ?? [];
  if (parts.length > mostParts) {
    throw refuseToSend(
      `${text.length} characters for ${name} take more tags than a model version has to spare`,
    );
  }
  const key = tagKey(name);
  return {
    parts: parts.map((part, index) => [`${key}_${index}`, part]),
    head: [key, `${parts.length} ${digestOf(text)}`],
  };
}

/**
 * The text that the tags hold under `name`; undefined where they hold none.
 * @throws ReleaseError `EvidenceInvalid` where the parts do not add up to what was written.
 */
export function unpacked(name: string, tags: ReadonlyMap<string, string>): string | undefined {
  const key = tagKey(name);
  const head = tags.get(key);
  if (head === undefined) return undefined;
  const [, count = '', digest] = /^(\d{1,2}) ([0-9a-f]{64})$/.exec(head) ?? [];
  const bytes = Array.from({ length: Number(count) }, (_, index) => tags.get(`${key}_${index}`) ?? '').join(
    '',
  );
  const text = textIn(bytes);
  if (text !== undefined && digestOf(text) === digest) return text;
  throw new ReleaseError(
    'EvidenceInvalid',
    `the tags ${key} and ${key}_0 to ${key}_${Number(count) - 1} do not add up`,
  );
}

function textIn(bytes: string): string | undefined {
  try {
    return gunzipSync(Buffer.from(bytes, 'base64url')).toString('utf8');
  } catch {
    // Whatever is wrong with them, they are not what was written.
    return undefined;
  }
}

/** Names that only differ in what a key may not hold get different keys all the same. */
const tagKey = (name: string): string => {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_').slice(0, 200);
  return plain === name ? name : `${plain}_${digestOf(name).slice(0, 6)}`;
};

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
