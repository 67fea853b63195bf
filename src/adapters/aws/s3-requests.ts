import { sha256 } from '../../app/digest.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { type Answer, type AwsAccess, baseUrl, insistently } from './signed-requests.ts';

export interface S3Access extends AwsAccess {
  readonly bucket: string;
}

/** The two requests that evidence needs; the S3 client of the SDK alone is larger than a function may be. */
export interface S3Bucket {
  /** `taken`: the key has an object already, of whatever content. @throws ReleaseError `LedgerUnavailable` */
  create(key: string, bytes: Buffer): Promise<'created' | 'taken'>;
  /** Undefined when there is no such object. @throws ReleaseError `LedgerUnavailable` */
  read(key: string): Promise<Buffer | undefined>;
}

/** Both requests may be repeated, as an object is only ever created. */
export function openBucket(access: S3Access): S3Bucket {
  const base = bucketUrl(access);
  return {
    create: async (key, bytes) => {
      const headers = {
        'if-none-match': '*',
        'content-type': key.endsWith('.json') ? 'application/json' : 'text/plain; charset=utf-8',
        'x-amz-checksum-sha256': Buffer.from(sha256(bytes), 'hex').toString('base64'),
      };
      const what = `the evidence store, at PUT ${key}`;
      const request = { method: 'PUT', url: `${base}/${key}`, headers, body: bytes } as const;
      // 409 is another writer at the same moment; asked again, S3 knows who was first.
      const answer = await insistently(access, what, request, ({ code }) => code === 409);
      if (answer.code === 200) return 'created';
      if (answer.code === 412) return 'taken';
      throw failure(what, answer);
    },
    read: async (key) => {
      const what = `the evidence store, at GET ${key}`;
      const request = { method: 'GET', url: `${base}/${key}`, headers: {} } as const;
      const answer = await insistently(access, what, request);
      if (answer.code === 200) return answer.bytes;
      if (answer.code === 404 && codeIn(answer) !== 'NoSuchBucket') return undefined;
      throw failure(what, answer);
    },
  };
}

/** A bucket has its own host on AWS; elsewhere a host for each bucket would need DNS that nobody has. */
function bucketUrl(access: S3Access): string {
  return access.endpoint === undefined
    ? baseUrl(access, `${access.bucket}.s3`)
    : `${baseUrl(access, 's3')}/${access.bucket}`;
}

function failure(what: string, answer: Answer): ReleaseError {
  const says = [what, [answer.code, codeIn(answer)].join(' ').trim()].join(': ');
  return new ReleaseError('LedgerUnavailable', says, { facts: { http: answer.code } });
}

/** `<Code>AccessDenied</Code>` is all that is worth reading of the XML. */
const codeIn = ({ bytes }: Answer): string | undefined =>
  /<Code>([A-Za-z]{1,64})<\/Code>/.exec(bytes.toString('utf8', 0, 4_096))?.[1];
