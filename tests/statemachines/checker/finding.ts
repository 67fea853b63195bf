import type * as fc from 'fast-check';
import type * as z from 'zod';
import { alertStates, alertVariables } from '../../../src/contracts/alert-states.ts';
import type { RetryRule } from '../../../src/contracts/errors.ts';
import { errors } from '../../../src/contracts/errors.ts';
import type { StateContract } from '../../../src/contracts/states.ts';
import { platformErrors, states } from '../../../src/contracts/states.ts';
import { resumable, variables } from '../../../src/contracts/variables.ts';
import { alertOutputs, anAlertRequest, someAlertVariables } from '../../support/alert-arbitraries.ts';
import { aStartRequest, outputArbitraries, someVariables } from '../../support/arbitraries.ts';

export type CheckName =
  | 'structure'
  | 'names'
  | 'transitions'
  | 'time-out'
  | 'dialect'
  | 'arguments'
  | 'assign'
  | 'output'
  | 'definite-assignment'
  | 'choice'
  | 'routes'
  | 'retry'
  | 'platform-retry'
  | 'retry-missing'
  | 'pace'
  | 'catch'
  | 'lease-lost'
  | 'hold'
  | 'ends'
  | 'order'
  | 'bounds';

/** One thing that is wrong with a state machine file, told by one check. `state` is empty for the whole machine. */
export interface Finding {
  readonly check: CheckName;
  readonly state: string;
  readonly says: string;
}

/** What the state machine file is checked against. */
export interface Contracts {
  readonly states: Readonly<Record<string, StateContract>>;
  readonly variables: Readonly<Record<string, z.ZodType>>;
  readonly errors: Readonly<Record<string, { readonly retry: RetryRule }>>;
  readonly platformErrors: readonly string[];
  readonly resumable: readonly string[];
  /** Which machine it is: each has its own duties besides what every machine owes. */
  readonly duties: 'release' | 'alert';
  /** Where a Choice leads that can go on and does not know how. */
  readonly refuge: string;
  readonly samples: Samples;
}

/** Values that the machine's expressions are judged on. */
export interface Samples {
  readonly variables: fc.Arbitrary<Readonly<Record<string, unknown>>>;
  readonly input: fc.Arbitrary<unknown>;
  /** What each state answers. */
  readonly outputs: Readonly<Record<string, fc.Arbitrary<unknown>>>;
}

export const shippedContracts: Contracts = {
  states,
  variables,
  errors,
  platformErrors,
  resumable,
  duties: 'release',
  refuge: 'RestoreBaseline',
  samples: { variables: someVariables, input: aStartRequest, outputs: outputArbitraries },
};

export const alertContracts: Contracts = {
  states: alertStates,
  variables: alertVariables,
  errors,
  platformErrors,
  resumable: [],
  duties: 'alert',
  refuge: 'QuarantineAlert',
  samples: { variables: someAlertVariables, input: anAlertRequest, outputs: alertOutputs },
};
