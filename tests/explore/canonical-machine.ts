import { parseMachine } from '../../local/machine/definition.ts';
import { told } from './canonical-values.ts';
import { shippedTask } from './kinds.ts';
import { goesBack } from './remember.ts';
import { shippedMachines } from './surroundings.ts';
import type { Execution, World } from './world.ts';

/** What the position of an execution means for its way from here on. */

export function executionMeaning(world: World, execution: Execution): unknown {
  const { status, name, position, called } = execution;
  const owned = world.ledger.endpoints.some((row) => row.owner?.executionArn === execution.arn);
  if (status !== 'RUNNING' && !owned) return [name, status, position.state];
  const { phase, variables, state } = position;
  const read = readFrom(state);
  const rest = Object.entries(variables).filter(([variable]) => read.has(variable));
  return [
    name,
    status,
    state,
    told(world, Object.fromEntries(rest)),
    failureMeaning(state, variables['failure']),
    retriesMeaning(state, position.retriesUsed),
    state === 'ClaimEndpoint' ? position.input : 0,
    phase.kind,
    phase.kind === 'waiting' ? phase.until - world.now : 0,
    phase.kind === 'task' ? [phase.submitted, called === phase.attempt, timerOf(world, phase.timeoutAt)] : 0,
    phase.kind === 'answered' ? told(world, phase.answer) : 0,
  ];
}

/** A hold asks what led to it; the incident asks whether it was a command. Its words are for people. */
function failureMeaning(state: string, failure: unknown): unknown {
  const { error } = (failure ?? {}) as { error?: string };
  if (state === 'Hold') return error;
  return (
    [...goesBack, 'RecordIncident'].includes(state) &&
    ['ReleaseInterrupted', 'ExecutionLost'].includes(error ?? '')
  );
}

/** A time-out of days never comes before what it waits for; it is told apart where it is near. */
const timerOf = (world: World, timeoutAt: number | undefined): number =>
  timeoutAt === undefined ? 0 : Math.min(600_000, timeoutAt - world.now);

/**
 * How often each rule was used. The next pause is the same from the sixth time on, and for a poll from the first: from
 * there on it only matters when the rule is used up, and the count is told in quarters of that.
 */
function retriesMeaning(state: string, used: readonly number[]): readonly number[] {
  const rules = shippedTask(state)?.Retry ?? [];
  return used.map((count, at) => {
    const rule = rules[at];
    if (rule === undefined) return count;
    const exact = rule.BackoffRate === 1 ? 0 : 6;
    const quarter = Math.ceil(rule.MaxAttempts / 4);
    return count <= exact || rule.MaxAttempts < 12 ? count : exact + 1 + Math.floor(count / quarter);
  });
}

interface Drawn {
  readonly Next?: string;
  readonly Default?: string;
  readonly Catch?: readonly { readonly Next: string }[];
  readonly Choices?: readonly { readonly Next: string }[];
}

/** The variables that each state, or one that can be come to from it, reads. What only the incident tells is for people. */
const readings = new Map(
  Object.values(shippedMachines())
    .map(parseMachine)
    .flatMap(({ States }) => Object.keys(States).map((name) => [name, variablesRead(States, name)] as const)),
);

const nothing: ReadonlySet<string> = new Set();
const readFrom = (state: string): ReadonlySet<string> => readings.get(state) ?? nothing;

function variablesRead(states: Readonly<Record<string, object>>, from: string): Set<string> {
  const reached = new Set([from]);
  const read = new Set<string>();
  for (const name of reached) {
    const state = states[name] as Drawn;
    if (name !== 'RecordIncident')
      for (const [, found = ''] of JSON.stringify(state).matchAll(/\$(\w+)/g)) read.add(found);
    const { Next, Default, Catch = [], Choices = [] } = state;
    for (const next of [Next, Default, ...Catch.map((one) => one.Next), ...Choices.map((one) => one.Next)])
      if (next !== undefined) reached.add(next);
  }
  // Told apart by itself, and by the visits of waits.
  for (const one of ['failure', 'visit']) read.delete(one);
  return read;
}
