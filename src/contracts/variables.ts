import * as z from 'zod';
import type { EvidenceRef } from '../domain/evidence.ts';
import type { Lease } from '../domain/lease.ts';
import { intents, type Outcome, type Release } from '../domain/release.ts';

/** Pieces that states hand to each other. Small: rows lie in the evidence store, state carries references. */
export const evidenceRef = z.strictObject({
  ref: z.string().min(1).max(512),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  summary: z.string().max(1_000),
});

export const releaseIdentity = z.strictObject({
  releaseId: z.string().min(1).max(80),
  endpoint: z.string().min(1).max(63),
  model: z.string().min(1).max(512),
  version: z.string().min(1).max(32),
  intent: z.enum(intents),
});

export const leaseRef = z.strictObject({ endpoint: z.string().min(1).max(63), epoch: z.int().min(0) });

export const planRef = z.strictObject({
  document: evidenceRef,
  /** Candidate's share of each step, in percent. */
  shares: z.array(z.int().min(1).max(100)).min(1).max(99),
});

/** Why the release is being undone: the error that a Catch saw, or a decision. `cause` is text, often JSON. */
export const failure = z.strictObject({ error: z.string().max(256), cause: z.string().max(32_768) });

export const outcome = z.strictObject({
  kind: z.enum(['promoted', 'restored', 'rolledBack', 'rejected', 'superseded', 'observed']),
  says: z.string().max(4_000),
});

/** When the candidate had which share: opened when a step's traffic was observed, closed when it was judged. */
export const exposure = z
  .array(
    z.strictObject({
      step: z.int().min(0).max(99),
      candidate: z.int().min(1).max(100),
      from: z.int().min(0),
      until: z.int().min(0).nullable(),
    }),
  )
  .max(100);

export const decision = z.strictObject({
  kind: z.enum(['advance', 'promote', 'retire', 'rollback', 'hold']),
  says: z.string().max(4_000),
});

/** States that a hold can return to. */
export const resumable = [
  'Test',
  'Evaluate',
  'AssessIntegration',
  'DeployToStaging',
  'VerifyStaging',
  'Approve',
  'WarmCandidate',
  'Shadow',
  'ShiftTraffic',
  'Bake',
  'Promote',
  'RetireBaseline',
] as const;

/** Every variable of the release machine. A name that is not here does not exist there. */
export const variables = {
  release: releaseIdentity,
  lease: leaseRef,
  plan: planRef,
  /** Index of the step; equal to the number of steps during the soak. */
  step: z.int().min(0).max(99),
  exposure,
  /** Counts visits to states that wait, so that each visit has a row of its own. */
  visit: z.int().min(0),
  /** What the judge is to judge: the watcher's snapshot. */
  snapshot: evidenceRef,
  decision,
  failure,
  resume: z.enum(resumable),
  outcome,
} as const;

export type VariableName = keyof typeof variables;

// Wire and domain must not drift apart: a difference is a compile error.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
type Checked = [
  Same<Readonly<z.output<typeof evidenceRef>>, EvidenceRef>,
  Same<Readonly<z.output<typeof releaseIdentity>>, Release>,
  Same<Readonly<z.output<typeof leaseRef>>, Lease>,
  Same<Readonly<z.output<typeof outcome>>, Outcome>,
];
export const wireIsDomain: Checked = [true, true, true, true];
