import * as z from 'zod';
import { evidenceRef, outcome } from './variables.ts';

/**
 * What people's tools (CLI, later the console) say to the controller, over `serve`'s loopback API: JSON bodies,
 * `Authorization: Bearer <token>`. Times are ISO 8601. Errors are `{ error: { name, message, facts } }` with 400 for a
 * request that cannot be read, 401 without the token, 404 for what is not there, 409 for what does not fit now.
 */
const name = z.string().min(1).max(512);
const actor = z.string().min(1).max(128).describe('Who asks; goes into the audit trail.');
const time = z.iso.datetime();

/** POST /v1/releases */
export const startRequest = z.strictObject({
  endpoint: name.describe('Endpoint, or the registry name that the configuration maps to one.'),
  version: z
    .string()
    .regex(/^[1-9][0-9]{0,17}$/, 'a version is a whole number from 1, such as 7')
    .optional()
    .describe('Needed unless the intent is rollback.'),
  intent: z.enum(['release', 'rollback']).default('release'),
  actor,
});

/** Where a version stands, why, and what comes next. Also GET /v1/why?version=V[&endpoint=E] (an array of these). */
export const releaseView = z.strictObject({
  releaseId: name,
  endpoint: name,
  model: name,
  version: z.string(),
  intent: z.enum(['release', 'rollback']),
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
  kind: z.enum(['approve', 'abort', 'rollback']),
  reason: z.string().max(2_000).default(''),
  actor,
});

/** POST /v1/endpoints/{endpoint}/adopt */
export const adoptRequest = z.strictObject({ actor });

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

export type StartRequest = z.output<typeof startRequest>;
export type StartAnswer = z.output<typeof startAnswer>;
export type ReleaseView = z.output<typeof releaseView>;
export type EndpointView = z.output<typeof endpointView>;
export type TimelineEntry = z.output<typeof timelineEntry>;
export type CommandRequest = z.output<typeof commandRequest>;
export type CommandAnswer = z.output<typeof commandAnswer>;
