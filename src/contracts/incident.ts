import * as z from 'zod';
import { evidenceRef, exposure, outcome, releaseIdentity } from './variables.ts';

/** Milliseconds since 1970 on the controller's clock; null where it did not happen or is not known. */
const time = z.int().nullable();
const seconds = z.number().min(0).nullable();
const count = z.int().min(0);

const trigger = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('evidence'),
    gates: z
      .array(z.strictObject({ gate: z.string(), says: z.string() }))
      .describe('The gates that failed, with their numbers.'),
    certificate: evidenceRef.nullable().describe('From which anyone can recompute the verdict.'),
  }),
  z.strictObject({
    kind: z.enum(['alert', 'rollback', 'abort', 'supersede']),
    actor: z.string(),
    reason: z.string(),
    url: z.string().nullable().describe('Of the incident, where the reason names one.'),
  }),
  z.strictObject({
    kind: z.literal('request').describe('A rollback of an endpoint with no release in flight.'),
    actor: z.string(),
    reason: z.string(),
  }),
  z.strictObject({ kind: z.literal('drill'), actor: z.string(), reason: z.string() }),
  z.strictObject({ kind: z.literal('error').describe('A stage, a deadline or the platform: see `error`.') }),
]);

/** `headgate.incident/v1` of a release or a rollback, `headgate.drill/v1` of a drill. */
export const incidentRecord = z
  .strictObject({
    schema: z.enum(['headgate.incident/v1', 'headgate.drill/v1']),
    release: releaseIdentity,
    outcome: outcome.extend({ kind: outcome.shape.kind.exclude(['promoted']) }),
    error: z
      .string()
      .describe('EvidenceAgainst, DrillTriggered, RollbackRequested, or a name of the errors table.'),
    trigger,
    triggeredAt: time.describe('The decision, the command or the alert; else when the restore began.'),
    acceptedAt: time.describe('The platform accepted the first restoring write; null when none was needed.'),
    baselineObservedAt: time.describe('The baseline was first seen to serve 100 %.'),
    finalAt: time.describe('The whole configuration was seen, and no older write could arrive any more.'),
    acceptedSeconds: seconds.describe('From the trigger to `acceptedAt`.'),
    rollbackSeconds: seconds.describe('From the trigger to `baselineObservedAt`: the recovery time.'),
    platformRefusedSeconds: z
      .number()
      .min(0)
      .describe('Of `rollbackSeconds`, how long the platform refused (409, 429, 5xx, our credentials).'),
    databricksCalls: count
      .nullable()
      .describe('Calls of the attempt whose write was accepted, that write included.'),
    refusals: z.array(z.strictObject({ from: z.int(), until: time, says: z.string() })),
    served: z
      .strictObject({
        candidateRequests: count,
        candidateErrors: count,
        baselineRequests: count,
        baselineErrors: count,
        expectedErrors: z
          .number()
          .min(0)
          .nullable()
          .describe("What the candidate's requests would have failed at the baseline's rate of that time."),
        badRequests: count
          .nullable()
          .describe(
            'candidateErrors beyond expectedErrors; 0 where both sides are one version, as in a drill.',
          ),
      })
      .nullable()
      .describe('Null when the candidate had no traffic or the request log did not answer.'),
    exposure,
    timeline: z.array(
      z.strictObject({ at: z.int(), actor: z.string(), action: z.string(), says: z.string() }),
    ),
  })
  .describe('How a release that was not promoted ended: why, when, and what it cost.');

export type IncidentRecord = z.output<typeof incidentRecord>;
