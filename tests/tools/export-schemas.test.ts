import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { environmentSchema } from '../../src/contracts/policy.ts';
import { publishedSchemas } from '../../tools/export-schemas.ts';

describe('the published JSON schemas', () => {
  it.each(Object.entries(publishedSchemas()))('%s is what the code says', (name, schema) => {
    const published: unknown = JSON.parse(readFileSync(`docs/schema/${name}`, 'utf8'));
    // After a change: node tools/export-schemas.ts && npx biome format --write docs/schema
    expect(published).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  it('accept and refuse what the code accepts and refuses', () => {
    const schema = z.fromJSONSchema(publishedSchemas()['environment.schema.json'] ?? true);
    const production: unknown = parse(readFileSync('configs/production.yaml', 'utf8'));
    const broken = { ...Object(production), tick: 15 };
    expect([schema.safeParse(production).success, schema.safeParse(broken).success]).toEqual([true, false]);
    expect(environmentSchema.safeParse(broken).success).toBe(false);
  });
});
