import { effectOf, firstToObey, type Release } from '../domain/release.ts';
import { refusalBy } from './ports/ledger-command-rules.ts';
import type { Ports } from './ports/ports.ts';

/**
 * For states that only call: before the workspace is asked anything, and again at each retry. What stops a release
 * must not wait for an answer that no longer matters. Nothing rests on this: the ledger refuses the next forward
 * intent and the next wait all the same.
 * @throws `ReleaseInterrupted` while a command that stops the release is pending.
 */
export async function heedStop(ports: Ports, { releaseId }: Pick<Release, 'releaseId'>): Promise<void> {
  const pending = (await ports.ledger.commands(releaseId)).filter(({ phase }) => phase === 'pending');
  const first = firstToObey(pending);
  if (first && effectOf(first.kind) === 'restore') throw refusalBy(first);
}
