import { atRestInvariants } from './invariants-at-rest.ts';
import { commandInvariants } from './invariants-commands.ts';
import { controlInvariants } from './invariants-control.ts';
import { forwardInvariants } from './invariants-forward.ts';
import { machineInvariants } from './invariants-machine.ts';
import { observedInvariants } from './invariants-observed.ts';
import { reconcilerInvariants } from './invariants-reconciler.ts';
import { trafficInvariants } from './invariants-traffic.ts';
import type { Happening, World } from './world.ts';

/** What must hold after every step, each as one named pure function that says what is wrong, or nothing. */
export interface Invariant {
  readonly name: string;
  /** Ids of the promises in docs/safety.md. */
  readonly ids: readonly string[];
  readonly says: string;
  broken(step: StepTaken): string | undefined;
}

export interface StepTaken {
  readonly before: World;
  readonly after: World;
  readonly happenings: readonly Happening[];
}

/** What must hold when every start has ended and nothing is under way. */
export interface RestInvariant extends Omit<Invariant, 'broken'> {
  broken(world: World): string | undefined;
}

export interface Violation {
  readonly invariant: string;
  readonly ids: readonly string[];
  readonly says: string;
}

export const stepInvariants: readonly Invariant[] = [
  ...trafficInvariants,
  ...controlInvariants,
  ...forwardInvariants,
  ...machineInvariants,
  ...commandInvariants,
  ...observedInvariants,
  ...reconcilerInvariants,
];
export const restInvariants: readonly RestInvariant[] = atRestInvariants;

export function violationsOf(step: StepTaken): Violation[] {
  if (step.happenings.length === 0) return [];
  return stepInvariants.flatMap((one) => found(one, one.broken(step)));
}

export const violationsAtRest = (world: World): Violation[] =>
  restInvariants.flatMap((one) => found(one, one.broken(world)));

function found({ name, ids }: Pick<Invariant, 'name' | 'ids'>, says: string | undefined): Violation[] {
  return says === undefined ? [] : [{ invariant: name, ids, says }];
}
