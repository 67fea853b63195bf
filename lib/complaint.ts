import { isReleaseError } from '../src/contracts/errors.ts';

/** What is wrong with the configuration, as the CLI says it; anything else is a defect and keeps its stack. */
export function complaintOf(thrown: unknown): string {
  if (!isReleaseError(thrown)) return thrown instanceof Error ? `${thrown.stack}` : String(thrown);
  return `${thrown.name}:${thrown.message.includes('\n') ? '\n' : ' '}${thrown.message}`;
}
