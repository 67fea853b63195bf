import * as z from 'zod';
import type { ErrorName } from './errors.ts';
import type { StateContract } from './states.ts';
import { evidenceRef, failure } from './variables.ts';

/** The Task states of the alert response machine, as `states.ts` is of the release machine. */

/** What the machine is started with. The alert itself lies in the evidence store: it may name thousands of tables. */
export const alertRequest = z.strictObject({
  eventId: z.string().min(1).max(128),
  incidentId: z.string().min(1).max(128),
  alert: evidenceRef,
});

/** What Monte Carlo's API says of the incident now. */
export const reading = z.strictObject({
  /** `notAsked`: no API is configured. `unread`: it could not be asked. `unknown`: it has no such incident. */
  standing: z.enum(['notAsked', 'unread', 'unknown', 'open', 'closed']),
  /** Milliseconds since 1970; null when nobody says when the incident was raised. */
  raisedAt: z.int().min(0).nullable(),
});

export const finding = z.strictObject({
  /** `respond`: there is something to do. `nothing`: it is ours, and changes nothing. `keep`: it is for a person. */
  kind: z.enum(['respond', 'nothing', 'keep']),
  says: z.string().max(4_000),
  /** Which endpoints are to be looked at, and what was to be done there when the alert was attributed. */
  responses: evidenceRef,
});

/** Every variable of the machine. */
export const alertVariables = {
  request: alertRequest,
  reading,
  finding,
  /** What was done; empty until something was. */
  answer: z.strictObject({ says: z.string().max(4_000) }),
  failure,
} as const;

const stores: readonly ErrorName[] = ['LedgerUnavailable'];
const callS = 90;

export const alertStates = {
  ReadAlert: {
    kind: 'call',
    input: z.strictObject({ request: alertRequest }),
    output: z.strictObject({ reading }),
    throws: ['MonteCarloUnavailable', 'ConfigurationInvalid'],
    // The release goes on meanwhile: at most 3 x 15 s and 3 s of pauses, then it is paused instead.
    timeoutS: 15,
  },
  AttributeAlert: {
    kind: 'call',
    input: z.strictObject({ request: alertRequest, reading }),
    output: z.strictObject({ finding }),
    throws: [...stores, 'EvidenceInvalid', 'PolicyInvalid'],
    timeoutS: callS,
  },
  ApplyAlert: {
    kind: 'call',
    input: z.strictObject({ request: alertRequest, reading, finding }),
    output: z.strictObject({ answer: alertVariables.answer }),
    throws: [
      ...stores,
      'DatabricksThrottled',
      'DatabricksUnavailable',
      'DatabricksUnauthenticated',
      'DatabricksAnswerUnreadable',
      'EvidenceInvalid',
      'PolicyInvalid',
      'CommandRejected',
    ],
    timeoutS: callS,
  },
  CommentAlert: {
    kind: 'call',
    input: z.strictObject({ request: alertRequest, answer: alertVariables.answer }),
    output: z.strictObject({ written: z.boolean() }),
    throws: [...stores, 'MonteCarloUnavailable', 'ConfigurationInvalid'],
    timeoutS: callS,
  },
  QuarantineAlert: {
    kind: 'call',
    input: z.strictObject({ request: alertRequest, answer: alertVariables.answer, failure }),
    output: z.strictObject({ kept: z.literal(true) }),
    throws: stores,
    timeoutS: callS,
  },
} as const satisfies Record<string, StateContract>;

export type AlertStateName = keyof typeof alertStates;
export type AlertInput<S extends AlertStateName> = z.output<(typeof alertStates)[S]['input']>;
export type AlertOutput<S extends AlertStateName> = z.output<(typeof alertStates)[S]['output']>;
export type AlertRequest = z.output<typeof alertRequest>;
export type Reading = z.output<typeof reading>;

export const alertStateNames = Object.keys(alertStates) as readonly AlertStateName[];
