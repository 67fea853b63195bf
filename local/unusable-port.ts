import { ReleaseError } from '../src/contracts/errors.ts';

/**
 * What a listener says that could not begin.
 * @param cause The error of the server; `EADDRINUSE` where something listens on the port already.
 * @param another What of ours that something probably is.
 */
export function unusablePort(port: number, cause: Error, another: 'controller' | 'simulator'): ReleaseError {
  const taken = 'code' in cause && cause.code === 'EADDRINUSE';
  const why = taken ? `is taken; is another ${another} running?` : 'cannot be used';
  return new ReleaseError('ConfigurationInvalid', `port ${port} ${why}`, { cause, facts: { port } });
}
