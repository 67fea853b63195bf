/** An error answer as the workspace words it: an HTTP code and `{error_code, message}`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly httpCode: number;
  /** A word, or a number where the real API answers one (wrong or missing credentials). */
  readonly errorCode: string | number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    httpCode: number,
    errorCode: string | number,
    message: string,
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.httpCode = httpCode;
    this.errorCode = errorCode;
    this.headers = headers;
  }
}

export const invalidParameter = (message: string): Refusal =>
  new Refusal(400, 'INVALID_PARAMETER_VALUE', message);
export const missing = (message: string): Refusal => new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', message);
export const conflict = (message: string): Refusal => new Refusal(409, 'RESOURCE_CONFLICT', message);
export const alreadyExists = (message: string): Refusal =>
  new Refusal(409, 'RESOURCE_ALREADY_EXISTS', message);
export const malformed = (message: string): Refusal => new Refusal(400, 'MALFORMED_REQUEST', message);

/** @param retryAfter whole seconds, or undefined for an answer without the header. */
export function throttled(message: string, retryAfter?: number): Refusal {
  return new Refusal(
    429,
    'REQUEST_LIMIT_EXCEEDED',
    message,
    retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
  );
}
