import { mkdirSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { gatesJsonSchema } from '../src/contracts/gates.ts';
import { incidentRecord } from '../src/contracts/incident.ts';
import { environmentJsonSchema } from '../src/contracts/policy.ts';
import { stageReportDocument } from '../src/contracts/stage-report.ts';

/** The published JSON schemas, by file name. Written for editors and for people who write test and evaluation jobs. */
export function publishedSchemas(): Readonly<Record<string, z.core.JSONSchema.BaseSchema>> {
  return {
    'environment.schema.json': { title: 'Headgate environment', ...environmentJsonSchema() },
    'gates.schema.json': { title: 'Headgate gates', ...gatesJsonSchema() },
    'incident.v1.schema.json': { title: 'headgate.incident/v1', ...z.toJSONSchema(incidentRecord) },
    'result.v1.schema.json': { title: 'headgate.result/v1', ...z.toJSONSchema(stageReportDocument) },
  };
}

// `node tools/export-schemas.ts && npx biome format --write docs/schema`
if (import.meta.main) {
  const folder = new URL('../docs/schema/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const [name, schema] of Object.entries(publishedSchemas())) {
    writeFileSync(new URL(name, folder), `${JSON.stringify(schema, null, 2)}\n`);
  }
}
