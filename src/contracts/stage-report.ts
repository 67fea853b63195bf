import * as z from 'zod';
import type { StageReport } from '../domain/evidence.ts';

const text = z.string().min(1).max(2_000);

const check = z.strictObject({
  name: text,
  kind: text.describe('What sort of check it is: functionality, routing, configuration, performance, ...'),
  passed: z.boolean(),
  value: z.number().optional(),
  unit: text.optional(),
  evidence: text.optional().describe('Where the proof of this check lies.'),
});

const metric = z.strictObject({
  name: text,
  value: z.number(),
  n: z.int().positive().optional().describe('Number of samples behind the value.'),
  interval: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low <= high, 'an interval is [low, high] with low <= high')
    .optional(),
  pairedSamples: text.optional().describe('Where the paired samples behind the value lie.'),
});

/**
 * `headgate.result/v1`: what a test or evaluation job returns from its last task, as JSON text. Run id and artefact
 * path are part of it, because a metric without them is not evidence.
 */
export const stageReportDocument = z
  .strictObject({
    schema: z.literal('headgate.result/v1'),
    runId: text.describe('MLflow run that holds the numbers.'),
    artifactPath: text.describe('Path of the artefact within that run.'),
    model: z.strictObject({ name: text, version: text }),
    checks: z.array(check).max(1_000),
    metrics: z.array(metric).max(1_000),
  })
  .describe('What a Headgate test or evaluation job returns from its last task.');

/** The document in the domain's words. */
export const stageReport = stageReportDocument.transform(
  ({ runId, artifactPath, model, checks, metrics }): StageReport => ({
    runId,
    artefactPath: artifactPath,
    model,
    checks: checks.map(withoutUndefined),
    metrics: metrics.map(withoutUndefined),
  }),
);

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** `exactOptionalPropertyTypes` tells an absent key from one that is undefined; parsed JSON has only absent ones. */
function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>;
}
