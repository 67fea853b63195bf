import { isDeepStrictEqual } from 'node:util';
import { type ErrorName, errors } from '../../src/contracts/errors.ts';
import { platformErrors } from '../../src/contracts/states.ts';
import type { Invariant } from './invariants.ts';
import { shippedMachines } from './surroundings.ts';
import type { Happening, World } from './world.ts';
import { sameWait } from './writes.ts';

/** What the state machines do with what goes wrong. */

/** What Step Functions itself gives nobody to catch. */
const uncatchable = ['States.Runtime', 'States.DataLimitExceeded'];

/** Where nothing is left to bring back, unless somebody stopped it just now: the reconciler does the rest. */
const onlyBooks = ['RecordIncident', 'Conclude'];

/** What passes by itself, a lost lease and a stop have an answer everywhere. */
const hasAnswer = (error: string): boolean =>
  ['LeaseLost', 'ReleaseInterrupted', ...platformErrors].includes(error) ||
  (Object.hasOwn(errors, error) && errors[error as ErrorName].retry === 'backoff');

/** Reasons to wait for a person, and none to undo anything. */
const reasonsToWait = ['HoldRequested', 'ForeignChange', 'FreezeWindow', 'RollbackNotReady'];

const ends = new Set(
  Object.values(shippedMachines()).flatMap((machine) =>
    Object.entries((machine as { States: Record<string, { Type: string }> }).States)
      .filter(([, { Type }]) => Type === 'Fail' || Type === 'Succeed')
      .map(([name]) => name),
  ),
);

export const machineInvariants: readonly Invariant[] = [
  {
    name: 'every error is caught',
    ids: ['I5', 'I21'],
    says: 'An execution fails only in a state that says how it failed; what nobody may catch, and what befalls a state that only keeps books, aside.',
    broken({ before, after }) {
      for (const { arn, name, status, position, error } of Object.values(after.executions)) {
        if (status !== 'FAILED' || before.executions[arn]?.status === 'FAILED') continue;
        const { state } = position;
        if (ends.has(state) || uncatchable.includes(error ?? '')) continue;
        if (onlyBooks.includes(state) && !hasAnswer(error ?? '')) continue;
        return `${name} broke in ${state} with ${error}`;
      }
      return undefined;
    },
  },
  {
    name: 'a wait is decided once',
    ids: ['I9'],
    says: 'What a wait was decided to be is never changed.',
    broken({ before, after }) {
      if (before.ledger.waits === after.ledger.waits) return undefined;
      for (const one of after.ledger.waits) {
        const was = before.ledger.waits.find((other) => sameWait(one, other))?.decision ?? null;
        if (was !== null && !isDeepStrictEqual(was, one.decision))
          return `${one.state} was decided to be ${was.kind}, and is ${one.decision?.kind}: ${was.says}; ${one.decision?.says}`;
      }
      return undefined;
    },
  },
  {
    name: 'whoever lost the lease does nothing more',
    ids: ['J1', 'I10'],
    says: 'LeaseLost ends the execution; no other state is entered.',
    broken: ({ happenings, after }) => wentOn(happenings, after, ['LeaseLost'], () => true),
  },
  {
    name: 'what asks to wait undoes nothing',
    ids: ['I18', 'I22'],
    says: 'A hold, a foreign change, a freeze window or a baseline that is not ready holds the release and never rolls it back by itself.',
    broken: ({ happenings, before, after }) =>
      wentOn(happenings, after, reasonsToWait, (state, arn) => {
        // A plan that is refused has nothing to hold: nothing was touched.
        const was = before.executions[arn]?.position.state;
        return state === 'RestoreBaseline' && was !== 'PlanRelease';
      }),
  },
];

function wentOn(
  happenings: readonly Happening[],
  after: World,
  errors: readonly string[],
  isWrong: (state: string, arn: string) => boolean,
): string | undefined {
  for (const one of happenings) {
    if (one.kind !== 'event' || one.type !== 'TaskFailed' || !errors.includes(one.name)) continue;
    const execution = after.executions[one.arn];
    if (execution?.machine !== 'release' || execution.status !== 'RUNNING') continue;
    const { state } = execution.position;
    if (isWrong(state, one.arn)) return `after ${one.name} ${execution.name} goes on in ${state}`;
  }
  return undefined;
}
