import * as z from 'zod';
import { type ErrorName, ReleaseError } from '../../contracts/errors.ts';

/** What a message of ours needs to name a request. Never a header, never a body that we sent. */
export interface RequestLine {
  readonly method: string;
  /** Without the query: page tokens say nothing to a reader. */
  readonly path: string;
}

/** An HTTP answer whose body was read to its end. */
export interface Answer {
  readonly code: number;
  readonly headers: Headers;
  readonly text: string;
}

/** An error body in one shape, whatever shape the workspace, a gateway or a proxy gave it. */
export interface Complaint {
  /** `error_code`: text, a number for refused credentials, `SCIM_<status>`, or `UNKNOWN` for a shape nobody documents. */
  readonly errorCode: string | number | undefined;
  readonly message: string;
  readonly requestId: string | undefined;
}

const longest = 400;

const text = z.string().optional().catch(undefined);
const standardBody = z.looseObject({
  error_code: z.union([z.string(), z.number()]).optional().catch(undefined),
  message: text,
  error: z
    .union([z.string(), z.looseObject({ message: text })])
    .optional()
    .catch(undefined),
  error_description: text,
  detail: text,
  status: z.union([z.string(), z.number()]).optional().catch(undefined),
  scimType: text,
  details: z
    .array(z.looseObject({ request_id: text }))
    .optional()
    .catch(undefined),
});

/** @returns The parsed JSON, or undefined when `source` is not JSON. */
export function parsedJson(source: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(source) };
  } catch {
    return undefined;
  }
}

export function isHtml(source: string): boolean {
  return /^\s*<(!doctype|html|head|body)/i.test(source);
}

/** One line of at most 400 characters. */
function excerpt(source: string): string {
  const line = source.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** Reads every error body that workspaces are known to send: JSON of four kinds, `CODE: message`, HTML, nothing. */
export function complaintOf(answer: Answer): Complaint {
  const { errorCode, message, requestId } = bodyOf(answer.text);
  return {
    errorCode,
    message: excerpt(message || answer.headers.get('x-databricks-reason-phrase') || 'no message'),
    requestId: answer.headers.get('x-request-id') ?? requestId,
  };
}

function bodyOf(source: string): Complaint {
  const unknown = { errorCode: 'UNKNOWN', message: source, requestId: undefined };
  if (source.trim() === '') return { ...unknown, errorCode: undefined, message: '' };
  const json = parsedJson(source);
  if (json) {
    const body = standardBody.safeParse(json.value);
    return body.success ? jsonBodyOf(body.data, source) : unknown;
  }
  if (isHtml(source)) {
    const inner = /<(pre|title|h1)[^>]*>([\s\S]*?)<\/\1>/i.exec(source)?.[2] ?? '';
    return { ...unknown, message: inner.replace(/<[^>]*>/g, ' ') || 'an HTML page' };
  }
  const coded = /^([A-Z][A-Z0-9_]+): ([\s\S]*)$/.exec(source);
  return coded ? { ...unknown, errorCode: coded[1], message: coded[2] ?? '' } : unknown;
}

function jsonBodyOf(body: z.output<typeof standardBody>, source: string): Complaint {
  const requestId = body.details?.find((detail) => detail.request_id)?.request_id;
  if (body.error_code !== undefined) {
    return { errorCode: body.error_code, message: body.message ?? '', requestId };
  }
  if (body.detail !== undefined || body.scimType !== undefined) {
    const code = `SCIM_${body.status ?? 'UNKNOWN'}`;
    return { errorCode: code, message: body.detail ?? body.scimType ?? '', requestId };
  }
  if (typeof body.error === 'string') {
    return { errorCode: body.error, message: body.error_description ?? body.message ?? '', requestId };
  }
  return { errorCode: 'UNKNOWN', message: body.error?.message ?? body.message ?? source, requestId };
}

interface Row {
  readonly from: number;
  readonly to: number;
  readonly when?: (complaint: Complaint, answer: Answer, request: RequestLine) => boolean;
  readonly name: ErrorName;
}

/** Official clients turn these two into "does not exist" as well; the jobs API answers them as HTTP 400. */
const missingRunOrJob = /^(?:Job|Run) .* does not exist|^Run: .* in job: .* doesn't exist/;
const badToken = /invalid (?:access )?token/i;

/** The first row that fits names the error. */
const rows: readonly Row[] = [
  { from: 429, to: 429, name: 'DatabricksThrottled' },
  // To ask again does not help where the object is there already; an update in progress does end.
  {
    from: 409,
    to: 409,
    when: ({ errorCode }) => /ALREADY_EXISTS$/.test(String(errorCode)),
    name: 'DatabricksRejected',
  },
  { from: 409, to: 409, name: 'DatabricksConflict' },
  { from: 401, to: 401, name: 'DatabricksUnauthenticated' },
  // A wrong token is a 403 with a number as code, and in places the plain text "Invalid Token".
  {
    from: 403,
    to: 403,
    when: ({ errorCode, message }, { headers }) =>
      typeof errorCode === 'number' ||
      badToken.test(headers.get('x-databricks-reason-phrase') ?? '') ||
      (errorCode === 'UNKNOWN' && badToken.test(message)),
    name: 'DatabricksUnauthenticated',
  },
  { from: 403, to: 403, name: 'DatabricksForbidden' },
  { from: 404, to: 404, name: 'DatabricksNotFound' },
  {
    from: 400,
    to: 400,
    when: ({ errorCode, message }, _, { path }) =>
      errorCode === 'RESOURCE_DOES_NOT_EXIST' ||
      (errorCode === 'INVALID_PARAMETER_VALUE' &&
        /^\/api\/2\.\d\/jobs\//.test(path) &&
        missingRunOrJob.test(message)),
    name: 'DatabricksNotFound',
  },
  // 408 request time-out and 499 cancelled are the server giving up, not a judgement of the request.
  { from: 408, to: 408, name: 'DatabricksUnavailable' },
  { from: 499, to: 499, name: 'DatabricksUnavailable' },
  { from: 500, to: 599, name: 'DatabricksUnavailable' },
  { from: 300, to: 499, name: 'DatabricksRejected' },
];

/**
 * The named error for an answer outside 200 to 299. Its facts: `method`, `path`, `code` (HTTP), `errorCode`,
 * `requestId`, and `retryAfterMs` when the workspace named a pause.
 */
export function refusal(answer: Answer, request: RequestLine): ReleaseError {
  const complaint = complaintOf(answer);
  const row = rows.find(
    ({ from, to, when }) =>
      answer.code >= from && answer.code <= to && (when?.(complaint, answer, request) ?? true),
  );
  const code = complaint.errorCode === undefined ? '' : ` ${excerpt(String(complaint.errorCode))}`;
  const id = complaint.requestId === undefined ? '' : ` (request ${complaint.requestId})`;
  const pause = retryAfterMs(answer.headers);
  return new ReleaseError(
    row?.name ?? 'DatabricksAnswerUnreadable',
    `${request.method} ${request.path}: ${answer.code}${code}: ${complaint.message}${id}`,
    {
      facts: {
        ...requestFacts(request),
        code: answer.code,
        ...(complaint.errorCode !== undefined && { errorCode: complaint.errorCode }),
        ...(complaint.requestId !== undefined && { requestId: complaint.requestId }),
        ...(pause !== undefined && { retryAfterMs: pause }),
      },
    },
  );
}

/** No answer: the request may or may not have had its effect. `facts.lost` says how it was lost. */
export function lost(
  request: RequestLine,
  how: 'connection' | 'time-out' | 'answer',
  why: string,
  cause?: unknown,
): ReleaseError {
  return new ReleaseError('DatabricksUnavailable', `${request.method} ${request.path}: ${excerpt(why)}`, {
    cause,
    facts: { ...requestFacts(request), lost: how },
  });
}

/** An answer of 200 to 299 that does not follow its contract. The message tells where, never the body itself. */
export function unreadable(request: RequestLine, why: string): ReleaseError {
  const message = `${request.method} ${request.path}: the answer is unreadable: ${excerpt(why)}`;
  return new ReleaseError('DatabricksAnswerUnreadable', message, { facts: requestFacts(request) });
}

/** A request that we refuse to send. */
export function refuseToSend(what: string): ReleaseError {
  return new ReleaseError('DatabricksRejected', `not sent: ${excerpt(what)}`);
}

function requestFacts(request: RequestLine): { method: string; path: string } {
  return { method: request.method, path: request.path };
}

/** Only whole seconds are used by the workspace; anything else counts as no header. */
function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim();
  return value && /^\d{1,6}$/.test(value) ? Number(value) * 1000 : undefined;
}
