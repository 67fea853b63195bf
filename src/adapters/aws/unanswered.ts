import { isReleaseError, ReleaseError } from '../../contracts/errors.ts';

/**
 * A service of AWS that did not do what it was asked: to be tried again, as for the ledger. The SDK has tried for
 * itself before. Its own error names mean nothing to the state machine's Retry.
 * @param service In words, for people.
 */
export function unanswered(service: string, cause: unknown): ReleaseError {
  const plain = isReleaseError(cause) || nameOf(cause) === 'Error';
  const why = cause instanceof Error ? `${plain ? '' : `${cause.name}: `}${cause.message}` : String(cause);
  return new ReleaseError('LedgerUnavailable', `${service}: ${why}`, { cause });
}

/** The service's own name of what went wrong. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** `fetch failed` says nothing; what it was caused by does. */
export function chainOf(error: unknown): string {
  const links: string[] = [];
  for (let link = error; link instanceof Error && links.length < 4; link = link.cause)
    links.push(link.message);
  return links.join(': ') || String(error);
}
