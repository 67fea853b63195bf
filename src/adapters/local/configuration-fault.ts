import type { Path } from './yaml-source.ts';

/** One thing that is wrong with a configuration, and what mends it. Neither text holds a secret. */
export interface ConfigurationFault {
  readonly path: Path;
  readonly what: string;
  readonly fix: string;
}

// Databricks personal tokens and service-principal secrets, and credentials inside of a URL.
const secretLike = /\b(dapi|dose)[0-9a-f]{16,}|:\/\/[^/\s]*:[^/\s]*@/i;

export function looksSecret(value: unknown): boolean {
  return typeof value === 'string' && secretLike.test(value);
}

/** A value as people wrote it, short. Faults that would repeat a secret are replaced where they are collected. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

export const inlineSecret = {
  what: 'a secret is written here itself (not shown)',
  fix: 'put it where only the controller can read it, refer to it as env:NAME, file:PATH or aws:SECRET-ID, and replace it: it was in a file',
};
