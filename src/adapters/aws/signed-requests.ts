import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { sha256 } from '../../app/digest.ts';
import type { Clock } from '../../app/ports/clock.ts';
import { millis, seconds } from '../../domain/units.ts';
import { chainOf, unanswered } from './unanswered.ts';

/** Where S3 is reached, and by whose right. */
export interface AwsAccess {
  readonly region: string;
  /** Base URL of something compatible in place of AWS. */
  readonly endpoint?: string | undefined;
  readonly credentials: AwsCredentials;
  /** For the pauses between attempts. */
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface SignedRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface Answer {
  readonly code: number;
  readonly bytes: Buffer;
}

// At most 4 x 8 s and 1.4 s of pauses: within the 85 s of a function, and the state machine's Retry comes after it.
const attempts = 4;
const patience = seconds(8);
const firstPause = millis(200);

/**
 * Sends a request that may be repeated, as long as nothing is heard, `again` says so of the answer, or it is 429 or
 * 5xx; answers what came last.
 * @param what In words, for people.
 * @throws ReleaseError `LedgerUnavailable` when no answer came at all.
 */
export async function insistently(
  access: AwsAccess,
  what: string,
  request: SignedRequest,
  again: (answer: Answer) => boolean = () => false,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const last = attempt === attempts;
    try {
      const answer = await sent(access, request);
      if (last || !(again(answer) || answer.code === 429 || answer.code >= 500)) return answer;
    } catch (error) {
      if (last) throw unanswered(what, new Error(chainOf(error)));
    }
    await access.clock.sleep(millis(firstPause * 2 ** (attempt - 1)));
  }
}

async function sent(access: AwsAccess, { method, url, headers, body }: SignedRequest): Promise<Answer> {
  const { accessKeyId, secretAccessKey, sessionToken } = access.credentials;
  const signer = new SignatureV4({
    service: 's3',
    region: access.region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    sha256: Sha256,
    // S3's rule: a path is signed as it is sent.
    uriEscapePath: false,
  });
  const { host, hostname, pathname, protocol } = new URL(url);
  const signed = await signer.sign({
    method,
    protocol,
    hostname,
    path: pathname,
    query: {},
    headers: { ...headers, host, 'x-amz-content-sha256': sha256(body ?? '') },
  });
  // fetch writes this one itself.
  const { host: _, ...sending } = signed.headers;
  // The time-out counts on the machine's own time: it guards against a silent network.
  const response = await (access.fetch ?? fetch)(url, {
    method,
    headers: sending,
    ...(body ? { body: new Uint8Array(body) } : {}),
    redirect: 'manual',
    signal: AbortSignal.timeout(patience),
  });
  return {
    code: response.status,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

/** `https://NAME.REGION.amazonaws.com`, or the endpoint in place of AWS; no slash at its end. */
export function baseUrl({ region, endpoint }: AwsAccess, name: string): string {
  if (endpoint !== undefined) return endpoint.replace(/\/+$/, '');
  return `https://${name}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** The hash that the signer is given: keyed where it asks for a key. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    if (secret === undefined) this.#hash = createHash('sha256');
    else this.#hash = createHmac('sha256', typeof secret === 'string' ? secret : bytesOf(secret));
  }
  update(content: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof content === 'string' ? content : bytesOf(content));
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }
  /** The signer makes a new one instead. */
  reset(): void {}
}

const bytesOf = (content: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(content)
    ? new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
    : new Uint8Array(content);
