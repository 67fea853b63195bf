import type { Release } from '../domain/release.ts';

/** The trail's line `ReleaseRequested`: what was asked for and why, written and read in one place. */

type Asked = Pick<Release, 'intent' | 'version'>;

const what = ({ intent, version }: Asked): string => `${intent} of version ${version}`;

export const requestLine = (asked: Asked, reason: string): string =>
  reason === '' ? what(asked) : `${what(asked)}: ${reason}`;

/** Empty when no reason was given. */
export function reasonIn(line: string, asked: Asked): string {
  const before = `${what(asked)}: `;
  return line.startsWith(before) ? line.slice(before.length) : '';
}
