import { ReleaseError } from '../../contracts/errors.ts';
import type { Millis } from '../../domain/units.ts';
import { type Answer, lost, type RequestLine, refuseToSend, unreadable } from './errors.ts';

/** One HTTP request, ready to send. */
export interface HttpRequest extends RequestLine {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeout: Millis;
  readonly signal?: AbortSignal | undefined;
}

// The workspace caps an inline SQL result at 25 MiB and a model's answer at 16 MB; escaping can double either.
const largestAnswer = 64 * 1024 * 1024;

/**
 * The workspace's base URL. Plain HTTP would show the token to the network, so it is for loopback only.
 * @throws ReleaseError ConfigurationInvalid
 */
export function workspaceUrl(host: string): URL {
  const url = URL.parse(host);
  // The host itself is not repeated in the message: a mistaken one may hold a user and a password.
  const invalid = (why: string) =>
    new ReleaseError(
      'ConfigurationInvalid',
      `The workspace host ${why}; write it as https://<workspace host>.`,
    );
  if (!url) throw invalid('is not a URL');
  if (url.username || url.password) throw invalid('holds a user or a password');
  if (url.pathname !== '/' || url.search || url.hash) throw invalid('holds more than scheme, name and port');
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:') throw invalid(`has the scheme ${url.protocol}`);
  if (!isLoopback(url.hostname)) throw invalid('is plain http, which is for loopback addresses only');
  return url;
}

function isLoopback(hostname: string): boolean {
  // URL has already brought every spelling of an IPv4 address into dotted decimals.
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * A path of the API with each value as one segment.
 * @throws ReleaseError DatabricksRejected for a value that a URL would resolve away
 */
export function path(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  const segments = values.map((value) => {
    const segment = String(value);
    if (segment === '' || segment === '.' || segment === '..') {
      throw refuseToSend(`${JSON.stringify(segment)} cannot be a name in a path`);
    }
    return encodeURIComponent(segment);
  });
  return String.raw({ raw: parts }, ...segments);
}

/**
 * Sends one request and reads its answer to the end. Time-outs count on the machine's own time, also where the
 * clock port is virtual: they guard against a silent network, and a network lives in real time.
 *
 * @param redact Takes our secrets out of a text. Applied to whatever may reach a message or an error body.
 * @throws ReleaseError DatabricksUnavailable (`facts.lost`); the signal's reason when the caller gave up.
 */
export async function exchange(
  fetcher: typeof globalThis.fetch,
  request: HttpRequest,
  redact: (text: string) => string,
): Promise<Answer> {
  const patience = AbortSignal.timeout(request.timeout);
  try {
    const response = await fetcher(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body !== undefined && { body: request.body }),
      // A redirect would carry the token to wherever the answer points.
      redirect: 'manual',
      signal: request.signal ? AbortSignal.any([patience, request.signal]) : patience,
    });
    const text = await readText(response, request);
    return { code: response.status, headers: response.headers, text: response.ok ? text : redact(text) };
  } catch (error) {
    if (error instanceof ReleaseError) throw error;
    request.signal?.throwIfAborted();
    if (patience.aborted) {
      throw lost(request, 'time-out', `no answer within ${request.timeout / 1000} s`);
    }
    const why = redact(chainOf(error));
    // The original is not kept as cause: it may hold the request, and the request holds the token.
    throw lost(request, 'connection', `the connection failed: ${why}`, new Error(why));
  }
}

async function readText(response: Response, request: RequestLine): Promise<string> {
  if (!response.body) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > largestAnswer) throw unreadable(request, `it is longer than ${largestAnswer} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** `fetch failed` says nothing; what it was caused by does. */
function chainOf(error: unknown): string {
  const links: string[] = [];
  for (let link = error; link instanceof Error && links.length < 4; link = link.cause) {
    const code = 'code' in link && typeof link.code === 'string' ? `${link.code} ` : '';
    links.push(`${code}${link.message}`);
  }
  return links.length > 0 ? links.join(': ') : 'unknown reason';
}
