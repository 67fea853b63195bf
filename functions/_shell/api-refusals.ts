import { type ErrorName, errors, ReleaseError } from '../../src/contracts/errors.ts';

/** What the API says no with: `{ error: { name, message, facts } }`. */
export class ApiRefusal extends Error {
  readonly http: RefusalCode;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    http: RefusalCode,
    name: string,
    message: string,
    facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.http = http;
    this.name = name;
    this.facts = facts;
  }
}

export type RefusalCode = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 500 | 503;

const notThere: readonly ErrorName[] = [
  'UnknownEndpoint',
  'UnknownModelVersion',
  'UnknownRelease',
  'DatabricksNotFound',
];
const unusable: readonly ErrorName[] = ['ConfigurationInvalid', 'PolicyInvalid', 'StepWithoutGates'];

/** Anything that an operation throws, as an answer. What is no ReleaseError is ours to mend and says nothing. */
export function refusalOf(thrown: unknown): ApiRefusal {
  if (thrown instanceof ApiRefusal) return thrown;
  if (!(thrown instanceof ReleaseError)) {
    return new ApiRefusal(500, 'Unexpected', 'the controller met an error of its own; its log says which');
  }
  return new ApiRefusal(codeOf(thrown.name), thrown.name, thrown.message, thrown.facts);
}

function codeOf(name: ErrorName): RefusalCode {
  if (notThere.includes(name)) return 404;
  if (unusable.includes(name)) return 400;
  // The same request may succeed soon, or it does not fit what is the case now.
  return errors[name].retry === 'backoff' ? 503 : 409;
}
