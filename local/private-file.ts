import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { ReleaseError } from '../src/contracts/errors.ts';

/** `.headgate/api.json`: where `serve` listens and what opens it. */
export const apiConnection = z.strictObject({ url: z.url(), token: z.string().min(16) });
export type ApiConnection = z.output<typeof apiConnection>;

/** `.headgate/workspace.json`, and the one line that `headgate workspace` prints. */
export const workspaceConnection = z.strictObject({
  host: z.url(),
  token: z.string().min(1),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  epoch: z.strictObject({ real: z.number(), virtual: z.number(), speed: z.number().nonnegative() }),
});
export type WorkspaceConnection = z.output<typeof workspaceConnection>;

/** Writes `content` for its owner's eyes only (0600), whole or not at all. */
export function writePrivate(path: string, content: object): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

/** @returns undefined when there is no such file. @throws ReleaseError `ConfigurationInvalid` when it is not one of ours. */
export function readPrivate<T>(path: string, schema: z.ZodType<T>): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ReleaseError('ConfigurationInvalid', `${path} cannot be read`, { cause });
  }
  const parsed = schema.safeParse(json(text));
  // The content holds a token, so it is not repeated.
  if (!parsed.success) {
    throw new ReleaseError('ConfigurationInvalid', `${path} is not what Headgate writes there; delete it`);
  }
  return parsed.data;
}

/** Removes the file if it is still the one with `content`; another process may have written its own meanwhile. */
export function removePrivate(path: string, content: object): void {
  try {
    if (readFileSync(path, 'utf8') === `${JSON.stringify(content)}\n`) rmSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
