import type * as z from 'zod';
import type { RetryRule } from '../../../src/contracts/errors.ts';
import { errors } from '../../../src/contracts/errors.ts';
import type { StateContract } from '../../../src/contracts/states.ts';
import { platformErrors, states } from '../../../src/contracts/states.ts';
import { resumable, variables } from '../../../src/contracts/variables.ts';

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
}

export const shippedContracts: Contracts = { states, variables, errors, platformErrors, resumable };
