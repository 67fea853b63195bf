import * as z from 'zod';
import { intents } from '../domain/release.ts';
import { isPerson } from './actors.ts';
import { evidenceRef, outcome } from './variables.ts';

/**
 * What people's tools (CLI, later the console) say to the controller, over `serve`'s loopback API: JSON bodies,
 * `Authorization: Bearer <token>`. Times are ISO 8601. Errors are `{ error: { name, message, facts } }` with 400 for a
 * request that cannot be read, 401 without the token, 404 for what is not there, 409 for what does not fit now.
 */
const name = z.string().min(1).max(512);
const actor = z
  .string()
  .min(1)
  .max(128)
  .refine(isPerson, 'is what automation goes by; name who asks')
  .describe('Who asks; goes into the audit trail.');
const time = z.iso.datetime();
const reason = z.string().max(2_000).default('');

/** Something that only a person can settle: told in the trail, and shown until a person acted there or it is over. */
export const needView = z.strictObject({
  order: z.int(),
  at: time,
  says: z.string(),
  endpoint: z.string().nullable(),
  releaseId: z.string().nullable(),
});

/** What stops forward movement on an endpoint: see docs/operations.md. */
export const freezeView = z.strictObject({
  kind: z.enum(['freeze', 'breakglass']),
  by: z.string(),
  reason: z.string(),
  at: time,
});

/** POST /v1/releases */
export const startRequest = z.strictObject({
  endpoint: name.describe('Endpoint, or the registry name that the configuration maps to one.'),
  version: z
    .string()
    .regex(/^[1-9][0-9]{0,17}$/, 'a version is a whole number from 1, such as 7')
    .optional()
    .describe('Needed unless the intent is rollback.'),
  intent: z.enum(['release', 'rollback']).default('release'),
  reason: z
    .string()
    .max(2_000)
    .optional()
    .describe('Of a rollback: goes into its record. Of an emergency: needed, and audited.'),
  emergency: z
    .boolean()
    .optional()
    .describe('Past the comparison with the baseline, and past freeze windows; never past approval.'),
  actor,
});

/**
 * Where a version stands, why, and what comes next. Also GET /v1/releases[?endpoint=E&phase=P] and
 * GET /v1/why?version=V[&endpoint=E] (arrays of these).
 */
export const releaseView = z.strictObject({
  releaseId: name,
  endpoint: name,
  model: name,
  version: z.string(),
  intent: z.enum(intents),
  requestedBy: z.string(),
  requestedAt: time,
  phase: z.enum(['queued', 'running', 'held', 'ended']),
  /** State of the machine where it stands; null unless running or held. */
  state: z.string().nullable(),
  candidateShare: z.int().min(0).max(100).nullable(),
  outcome: outcome.nullable(),
  endedAt: time.nullable(),
  /** Why it is where it is, and the next thing that happens or that a person can do. */
  why: z.string(),
  next: z.string(),
  files: z.array(evidenceRef),
  needs: z.array(needView),
});
export const releasePhases = releaseView.shape.phase.options;

/** What the newest rollback drill measured; times in seconds, null where one was not seen. */
export const drillView = z.strictObject({
  releaseId: name,
  version: z.string(),
  at: time,
  outcome,
  rtoSeconds: z.number().nullable().describe('From the trigger to the baseline seen at 100 %.'),
  acceptedSeconds: z.number().nullable().describe('Of that, until the restoring write was accepted.'),
  observedSeconds: z.number().nullable().describe('Of that, from there until the baseline was seen.'),
  platformRefusedSeconds: z.number().describe('Of that, how long the platform refused.'),
  databricksCalls: z.int().nullable(),
  badRequests: z.int().nullable(),
});

/** POST /v1/endpoints/{endpoint}/drill: answered as POST /v1/releases. */
export const drillRequest = z.strictObject({
  inProduction: z.boolean().default(false).describe('Where the configuration does not allow it.'),
  reason,
  actor,
});

/** GET /v1/endpoints */
export const endpointView = z.strictObject({
  endpoint: name,
  model: name,
  phase: z.enum(['notAdopted', 'closed', 'forward', 'restoring']),
  servingVersion: z.string().nullable(),
  lastGoodVersion: z.string().nullable(),
  release: releaseView.nullable(),
  queued: z.array(z.string()).describe('Versions that wait, in order.'),
  drill: drillView.nullable(),
  freeze: freezeView.nullable(),
  drift: z
    .strictObject({ since: time, says: z.string() })
    .nullable()
    .describe('Changed by somebody else while nobody here owned it.'),
  needs: z.array(needView),
});

/** GET /v1/timeline?after=N[&releaseId=ID]: what happened, in order; the live view asks again after the last order. */
export const timelineEntry = z.strictObject({
  order: z.int(),
  at: time,
  actor: z.string(),
  action: z.string(),
  says: z.string(),
  endpoint: z.string().nullable(),
  releaseId: z.string().nullable(),
});

/** POST /v1/releases/{releaseId}/commands */
export const commandRequest = z.strictObject({
  kind: z.enum(['approve', 'abort', 'rollback', 'hold', 'resume']),
  reason,
  actor,
});

/** POST /v1/endpoints/{endpoint}/adopt */
export const adoptRequest = z.strictObject({ actor });

/** POST /v1/freeze: stops forward movement on one endpoint, or on all that are configured; rollbacks go on. */
export const freezeRequest = z
  .strictObject({
    endpoint: name.optional().describe('Every configured endpoint when absent.'),
    off: z.boolean().default(false).describe('Lifts it; releases that are held stay held.'),
    reason,
    actor,
  })
  .refine((request) => request.off || request.reason !== '', {
    path: ['reason'],
    message: 'say why, for whoever wants to go on',
  });
export const freezeAnswer = z.strictObject({
  endpoints: z.array(z.strictObject({ endpoint: name, freeze: freezeView.nullable(), says: z.string() })),
  releases: z
    .array(z.strictObject({ releaseId: name, endpoint: name, version: z.string(), says: z.string() }))
    .describe('Releases under way there, and what becomes of each.'),
});

/** POST /v1/endpoints/{endpoint}/breakglass */
export const breakglassRequest = z.strictObject({
  take: z.boolean().default(true).describe('False: only the request, and Headgate keeps the endpoint.'),
  reason,
  actor,
});
/** A request that restores an endpoint by hand; whoever sends it adds the bearer token of a workspace. */
export const restoringRequest = z.strictObject({
  method: z.literal('PUT'),
  url: z.url(),
  body: z.record(z.string(), z.unknown()),
});
export const breakglassAnswer = z.strictObject({
  endpoint: name,
  version: z.string(),
  entity: z.string(),
  verifiedAt: time,
  request: restoringRequest,
  took: z
    .strictObject({
      epoch: z.int(),
      release: z.string().nullable().describe('The release that this ended.'),
      quietAt: time.nullable().describe('Until then a write that was under way may still arrive.'),
    })
    .nullable()
    .describe('Null when nothing was taken from Headgate.'),
});

/** GET /v1/audit?after=N: the trail with its chain, at most 1,000 lines at a time, as docs/operations.md says. */
export const auditLine = z.strictObject({
  order: z.int(),
  at: time,
  actor: z.string(),
  action: z.string(),
  says: z.string(),
  endpoint: z.string().nullable(),
  releaseId: z.string().nullable(),
  evidence: evidenceRef.nullable(),
  onceId: z.string().nullable(),
  previous: z.string(),
  digest: z.string(),
});

export const startAnswer = z.strictObject({
  release: releaseView,
  began: z.enum(['started', 'queued', 'duplicate']),
});
export const commandAnswer = z.strictObject({
  commandId: name,
  phase: z.enum(['pending', 'applied', 'rejected']),
  says: z.string(),
});
export const apiError = z.strictObject({
  error: z.strictObject({ name: z.string(), message: z.string(), facts: z.record(z.string(), z.unknown()) }),
});

export type NeedView = z.output<typeof needView>;
export type FreezeView = z.output<typeof freezeView>;
export type FreezeRequest = z.output<typeof freezeRequest>;
export type FreezeAnswer = z.output<typeof freezeAnswer>;
export type BreakglassRequest = z.output<typeof breakglassRequest>;
export type BreakglassAnswer = z.output<typeof breakglassAnswer>;
export type RestoringRequest = z.output<typeof restoringRequest>;
export type AuditLine = z.output<typeof auditLine>;
export type StartRequest = z.output<typeof startRequest>;
export type StartAnswer = z.output<typeof startAnswer>;
export type ReleaseView = z.output<typeof releaseView>;
export type EndpointView = z.output<typeof endpointView>;
export type DrillView = z.output<typeof drillView>;
export type DrillRequest = z.output<typeof drillRequest>;
export type TimelineEntry = z.output<typeof timelineEntry>;
export type CommandRequest = z.output<typeof commandRequest>;
export type CommandAnswer = z.output<typeof commandAnswer>;
