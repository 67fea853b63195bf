import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../../../src/adapters/local/schema-shape.ts';
import { environmentJsonSchema } from '../../../src/contracts/policy.ts';

/** Names of all keys that a file may have, at whatever depth. */
function keysOf(shape: unknown, found = new Set<string>()): Set<string> {
  if (typeof shape !== 'object' || shape === null) return found;
  for (const key of Object.keys((shape as Shape).properties ?? {})) found.add(key);
  for (const part of Object.values(shape)) keysOf(part, found);
  return found;
}

describe('docs/policy.md', () => {
  it('explains every key that there is', () => {
    const page = readFileSync('docs/policy.md', 'utf8');
    const code = (page.match(/`[^`\n]+`/g) ?? []).join(' ');
    const keys = [...keysOf(environmentJsonSchema())];
    expect(keys.length).toBeGreaterThan(60);
    expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(code))).toEqual([]);
  });
});
