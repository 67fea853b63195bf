import * as z from 'zod';
import { intents } from '../domain/release.ts';
import type { ErrorName } from './errors.ts';
import {
  decision,
  evidenceRef,
  exposure,
  failure,
  leaseRef,
  outcome,
  planRef,
  releaseIdentity,
  resumable,
  variables,
} from './variables.ts';

/**
 * The release machine's Task states: what each is given, what it answers, what it throws on purpose. The state's name
 * is also its function's file (kebab-case), its placeholder in the state machine file and its construct id.
 */
export interface StateContract {
  /** `call` answers by returning; `wait` registers a row and is answered later, through its task token. */
  readonly kind: 'call' | 'wait';
  readonly input: z.ZodType;
  /** Of a wait: what its token's success carries. */
  readonly output: z.ZodType;
  readonly throws: readonly ErrorName[];
  /** Constant upper bound in the state machine file. Of a wait: beyond any deadline of its row. */
  readonly timeoutS: number;
}

const of = { release: releaseIdentity, lease: leaseRef };
const planned = { ...of, plan: planRef };
const stepped = { ...planned, step: variables.step, exposure };
const waiting = { visit: variables.visit, token: z.string().min(1).max(2_048) };

const stores: readonly ErrorName[] = ['LedgerUnavailable', 'LeaseLost'];
const workspace: readonly ErrorName[] = [
  'DatabricksThrottled',
  'DatabricksUnavailable',
  'DatabricksUnauthenticated',
  'DatabricksAnswerUnreadable',
  'DatabricksForbidden',
  'DatabricksNotFound',
  'DatabricksRejected',
];
const stops: readonly ErrorName[] = ['ReleaseInterrupted', 'HoldRequested'];
const waits: readonly ErrorName[] = [...stores, ...stops, 'DeadlinePassed', 'StageFailed'];
const writes: readonly ErrorName[] = [
  ...stores,
  ...stops,
  ...workspace,
  'DatabricksConflict',
  'ForeignChange',
  'EndpointDraining',
  'FreezeWindow',
];

/** A release that went through the restore was not promoted. */
const undone = outcome.extend({ kind: outcome.shape.kind.exclude(['promoted']) });

/** What a wait hands on: what it ended with, in words, and the evidence where there is any. */
const stageDone = z.strictObject({ says: z.string().max(4_000), evidence: evidenceRef.nullable() });

const handlerS = 90;
/** Ten days: beyond the longest deadline that policy accepts for a wait before traffic. */
const longWaitS = 864_000;

export const states = {
  ClaimEndpoint: {
    kind: 'call',
    input: z.strictObject({
      request: z.strictObject({
        releaseId: z.string().min(1).max(80).optional(),
        endpoint: z.string().min(1).max(63),
        version: z.string().min(1).max(32).optional(),
        intent: z.enum(intents),
      }),
      execution: z.strictObject({ arn: z.string().min(1).max(256), name: z.string().min(1).max(80) }),
    }),
    output: z.strictObject({ release: releaseIdentity, lease: leaseRef }),
    throws: [
      ...stores,
      ...workspace,
      'LeaseHeldByOther',
      'UnknownEndpoint',
      'UnknownModelVersion',
      'PolicyInvalid',
      'StepWithoutGates',
      'UndeclaredHiddenFields',
      'NoLastGood',
      'ConfigurationInvalid',
    ],
    timeoutS: handlerS,
  },
  PlanRelease: {
    kind: 'call',
    input: z.strictObject(of),
    output: z.strictObject({ plan: planRef }),
    throws: [
      ...stores,
      ...workspace,
      'UnknownModelVersion',
      'PolicyInvalid',
      'SeveralEntitiesWithTraffic',
      'GatewayFallbackOn',
      'RouteOptimisedEndpoint',
      'EndpointStopped',
      'EndpointUpdateInProgress',
      'StepWithoutGates',
      'UndeclaredHiddenFields',
      'AlreadyServing',
      'RollbackNotReady',
      'ForeignChange',
    ],
    timeoutS: handlerS,
  },
  Test: {
    kind: 'wait',
    input: z.strictObject({ ...planned, ...waiting }),
    output: stageDone,
    throws: [...waits, ...workspace, 'EvidenceInvalid'],
    timeoutS: longWaitS,
  },
  Evaluate: {
    kind: 'wait',
    input: z.strictObject({ ...planned, ...waiting }),
    output: stageDone,
    throws: [...waits, ...workspace, 'EvidenceInvalid'],
    timeoutS: longWaitS,
  },
  AssessIntegration: {
    kind: 'call',
    input: z.strictObject(planned),
    output: stageDone,
    throws: [...stores, ...stops, ...workspace, 'UnknownModelVersion', 'ArtefactChanged'],
    timeoutS: handlerS,
  },
  DeployToStaging: {
    kind: 'wait',
    input: z.strictObject({ ...planned, ...waiting }),
    output: stageDone,
    throws: [...waits, ...workspace, 'DatabricksConflict', 'EndpointUpdateFailed'],
    timeoutS: longWaitS,
  },
  VerifyStaging: {
    kind: 'wait',
    input: z.strictObject({ ...planned, ...waiting }),
    output: stageDone,
    throws: [...waits, ...workspace, 'EvidenceInvalid'],
    timeoutS: longWaitS,
  },
  Approve: {
    kind: 'wait',
    input: z.strictObject({ ...planned, ...waiting }),
    output: stageDone,
    throws: waits,
    timeoutS: 2_592_000,
  },
  WarmCandidate: {
    kind: 'wait',
    input: z.strictObject({ ...planned, ...waiting }),
    output: stageDone,
    throws: [...writes, 'DeadlinePassed', 'EndpointUpdateFailed', 'UnknownModelVersion', 'ArtefactChanged'],
    timeoutS: longWaitS,
  },
  Shadow: {
    kind: 'wait',
    input: z.strictObject({ ...planned, ...waiting }),
    output: stageDone,
    throws: [...waits, ...workspace],
    timeoutS: longWaitS,
  },
  ShiftTraffic: {
    kind: 'call',
    input: z.strictObject(stepped),
    output: z.strictObject({ candidate: z.int().min(0).max(100) }),
    throws: [...writes, 'RollbackNotReady'],
    timeoutS: handlerS,
  },
  VerifyTraffic: {
    kind: 'call',
    input: z.strictObject(stepped),
    output: z.strictObject({ candidate: z.int().min(0).max(100), exposure }),
    throws: [
      ...stores,
      ...workspace,
      'ReleaseInterrupted',
      'TrafficSettling',
      'EndpointUpdateFailed',
      'ForeignChange',
    ],
    timeoutS: handlerS,
  },
  Bake: {
    kind: 'wait',
    input: z.strictObject({ ...stepped, ...waiting }),
    output: z.strictObject({ snapshot: evidenceRef }),
    throws: [...waits, 'ForeignChange'],
    timeoutS: longWaitS,
  },
  JudgeHealth: {
    kind: 'call',
    input: z.strictObject({ ...stepped, snapshot: evidenceRef }),
    output: z.strictObject({ decision, certificate: evidenceRef, exposure }),
    throws: [...stores, 'EvidenceInvalid'],
    timeoutS: handlerS,
  },
  Hold: {
    kind: 'wait',
    input: z.strictObject({ ...stepped, ...waiting, resume: z.enum(resumable), failure }),
    output: z.discriminatedUnion('next', [
      z.strictObject({ next: z.literal('resume') }),
      z.strictObject({ next: z.literal('judge'), snapshot: evidenceRef }),
    ]),
    throws: [...stores, 'ReleaseInterrupted', 'DeadlinePassed', 'StageFailed'],
    timeoutS: 2_592_000,
  },
  Promote: {
    kind: 'call',
    input: z.strictObject({ ...planned, exposure }),
    // Less than 100 only where people set the shares (observe-only).
    output: z.strictObject({ candidate: z.int().min(0).max(100), exposure }),
    throws: [
      ...writes,
      'RollbackNotReady',
      'TrafficSettling',
      'EndpointUpdateFailed',
      'UnknownModelVersion',
      'ArtefactChanged',
    ],
    timeoutS: handlerS,
  },
  RetireBaseline: {
    kind: 'wait',
    input: z.strictObject({ ...planned, ...waiting }),
    output: stageDone,
    throws: waits,
    timeoutS: longWaitS,
  },
  RestoreBaseline: {
    kind: 'call',
    input: z.strictObject({ ...of, failure }),
    output: z.strictObject({ wrote: z.boolean() }),
    throws: [...stores, ...workspace, 'DatabricksConflict'],
    timeoutS: handlerS,
  },
  VerifyBaseline: {
    kind: 'call',
    input: z.strictObject(of),
    output: z.strictObject({ baseline: z.literal(100) }),
    throws: [...stores, ...workspace, 'DatabricksConflict', 'TrafficSettling', 'EndpointDraining'],
    timeoutS: handlerS,
  },
  AwaitBaseline: {
    kind: 'wait',
    input: z.strictObject({ ...of, ...waiting, failure }),
    output: stageDone,
    throws: stores,
    timeoutS: longWaitS,
  },
  RecordIncident: {
    kind: 'call',
    input: z.strictObject({ ...of, failure, exposure }),
    output: z.strictObject({ outcome: undone, incident: evidenceRef }),
    throws: [...stores, ...workspace],
    timeoutS: handlerS,
  },
  Conclude: {
    kind: 'call',
    input: z.strictObject({ ...of, outcome }),
    output: z.strictObject({ outcome }),
    throws: [...stores, ...workspace, 'ReleaseInterrupted', 'EndpointDraining'],
    timeoutS: handlerS,
  },
} as const satisfies Record<string, StateContract>;

export type StateName = keyof typeof states;
export type StateInput<S extends StateName> = z.output<(typeof states)[S]['input']>;
export type StateOutput<S extends StateName> = z.output<(typeof states)[S]['output']>;
export type WaitState = {
  [S in StateName]: (typeof states)[S]['kind'] extends 'wait' ? S : never;
}[StateName];

export const stateNames = Object.keys(states) as readonly StateName[];

/** `JudgeHealth` -> `judge-health`: the state's file in `functions/`. */
export function functionFile(state: string): string {
  return state.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase();
}

/** Errors of the platform that any Lambda task may see and retries. */
export const platformErrors = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
] as const;
