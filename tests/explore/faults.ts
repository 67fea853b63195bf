import type { TaskState } from '../../local/machine/asl-schema.ts';
import { catcherFor, planRetry } from '../../local/machine/retry.ts';
import { alertStates } from '../../src/contracts/alert-states.ts';
import { platformErrors, type StateContract, states } from '../../src/contracts/states.ts';
import { type Call, stores } from './calls.ts';
import type { Controller, Invoked } from './controller.ts';
import { canHappen } from './events.ts';
import { eventNames, type Fault } from './fault.ts';
import { shippedTask } from './kinds.ts';
import type { Due } from './schedule.ts';
import type { Live } from './world.ts';

/**
 * Which faults a step can meet. `raw` counts every name at every moment; the reduced set has one of each kind that the
 * machine (same Retry rule, same Catch) or the handler (same effects so far) can tell apart, which is computed here.
 */

/** Names that any Task may show besides what its contract throws. */
const everywhere = [
  ...platformErrors,
  'States.Timeout',
  'States.TaskFailed',
  'States.Runtime',
  'States.DataLimitExceeded',
  'SomethingUnknown',
];

const contracts: Readonly<Record<string, StateContract>> = { ...states, ...alertStates };

export function namesAt(state: string): string[] {
  const thrown: readonly string[] = contracts[state]?.throws ?? [];
  return [...new Set([...everywhere, ...thrown])];
}

/** One name for each pair of Retry rule and Catch target that the names of a state lead to. */
export function namesTold(task: TaskState, names: readonly string[]): string[] {
  const kinds = new Map<string, string>();
  for (const error of names) {
    const failure = { error, cause: '' };
    const retry = planRetry(task.Retry, failure, [], () => 0);
    const rule = retry ? retry.used.indexOf(1) : -1;
    const target = task.Catch?.[catcherFor(task.Catch, failure)]?.Next ?? 'none';
    // Of no Catch and no Retry, what the platform may not catch at all is one kind.
    const kind = `${rule}/${target}`;
    if (!kinds.has(kind)) kinds.set(kind, error);
  }
  return [...kinds.values()];
}

/** How many names each kind stands for, to count what was left out. */
export interface FaultSet {
  readonly faults: readonly Fault[];
  /** All faults at this step, none left out. */
  readonly raw: number;
}

/**
 * @param moments Calls at which the effects so far are others than at the moment before, and the end.
 */
export function faultsAt(
  controller: Controller,
  live: Live,
  due: Exclude<Due, { kind: 'rest' }>,
  { calls }: Pick<Invoked, 'calls'>,
  moments: readonly number[],
): FaultSet {
  const possible = eventNames.filter((event) => canHappen(event, live));
  // A person's rollback of what runs is an abort by another name: to every part that heeds them they are one.
  const events = possible
    .filter((event) => event !== 'rollback')
    .map((event): Fault => ({ kind: 'event', event }));
  const ports = portFaults(calls);
  const process =
    due.kind === 'call' ? taskFaults(controller, live, due, calls, moments) : entryFaults(calls, moments);
  return {
    faults: [...process, ...ports, ...events],
    raw: rawOf(due, { calls }) + possible.length,
  };
}

const end = (calls: readonly Call[]) => calls.length;

function taskFaults(
  { engine }: Controller,
  live: Live,
  { arn, state, phase }: Extract<Due, { kind: 'call' }>,
  calls: readonly Call[],
  moments: readonly number[],
): Fault[] {
  const execution = live.world.executions[arn];
  if (!execution) return [];
  const task = engine.taskOf(execution);
  const names = namesAt(state);
  // A mutant must not make one of what the shipped machine tells apart.
  const told = [...new Set([...namesTold(shippedTask(state) ?? task, names), ...namesTold(task, names)])];
  const waits = phase.token !== undefined;
  const faults: Fault[] = [];
  for (const call of moments) {
    for (const seen of told) {
      // A call that is not answered is given up by its time-out; a task that waits for its token has days of it.
      const silent = seen === 'States.Timeout' && !waits;
      faults.push({ kind: 'die', call, seen: silent ? 'silence' : seen });
    }
    if (call > 0 && call < end(calls)) faults.push({ kind: 'die', call, seen: 'crash' });
    const at = calls[call];
    if (!at?.writes) continue;
    for (const seen of givenUp) faults.push({ kind: 'zombie', call, sent: false, seen });
  }
  const unanswered = [...givenUp, ...(waits ? [] : ['silence'])];
  return [...faults, ...sentFaults(calls, unanswered)];
}

/** What the machine may be told of a call that lives on: it tries again, gives up, or is broken itself. */
const givenUp = ['Lambda.Unknown', 'SomethingUnknown', 'States.Runtime'];

/** Updates that are on their way when their sender ends. */
function sentFaults(calls: readonly Call[], all: readonly string[]): Fault[] {
  return calls.flatMap(({ method }, call) =>
    method === 'replace' ? all.map((seen): Fault => ({ kind: 'zombie', call, sent: true, seen })) : [],
  );
}

/** Nobody waits for what a tick or a subscriber answers: it is called again. */
function entryFaults(calls: readonly Call[], moments: readonly number[]): Fault[] {
  const seen = 'crash';
  const atMoments = moments.flatMap((call): Fault[] => {
    const dies: Fault[] = call < end(calls) ? [{ kind: 'die', call, seen }] : [];
    const stands: Fault[] = calls[call]?.writes ? [{ kind: 'zombie', call, sent: false, seen }] : [];
    return [...dies, ...stands];
  });
  return [...atMoments, ...sentFaults(calls, [seen])];
}

/** What a port may answer in the place of its answer: one of each retry rule, and what handlers ask for by name. */
function answersOf({ port, method, writes }: Call): [error: string, effect: boolean][] {
  if (stores.includes(port)) {
    return [
      ['LedgerUnavailable', false],
      ...(writes ? [['LedgerUnavailable', true] as [string, boolean]] : []),
    ];
  }
  if (port === 'incidents')
    return [
      ['MonteCarloUnavailable', false],
      ...(writes ? [['MonteCarloUnavailable', true] as [string, boolean]] : []),
    ];
  const answers: [string, boolean][] = [
    ['DatabricksUnavailable', false],
    ['DatabricksForbidden', false],
    ['DatabricksNotFound', false],
  ];
  if (writes) answers.push(['DatabricksUnavailable', true]);
  if (method === 'replace') answers.push(['DatabricksConflict', false]);
  return answers;
}

function portFaults(calls: readonly Call[]): Fault[] {
  return calls.flatMap((one, call): Fault[] => [
    ...answersOf(one).map(([error, effect]): Fault => ({ kind: 'port', call, error, effect })),
    ...(one.method === 'replace'
      ? [
          { kind: 'mishap' as const, call, mishap: { ends: 'failed' as const } },
          { kind: 'mishap' as const, call, mishap: { behindFor: 50_000 } },
        ]
      : []),
  ]);
}

/** All faults of a step's calls, none left out. */
export const rawOf = (due: Exclude<Due, { kind: 'rest' }>, { calls }: Pick<Invoked, 'calls'>): number =>
  rawProcess(due, calls) + rawPorts(calls);

/** Every name before, after and with a time-out after each call, and as a zombie that stands at it. */
function rawProcess(due: Exclude<Due, { kind: 'rest' }>, calls: readonly Call[]): number {
  const names = due.kind === 'call' ? namesAt(due.state).length : 1;
  return names * 4 * (calls.length + 1);
}

/** Of the workspace's errors every name, of a store's its one, with and without effect. */
const rawPorts = (calls: readonly Call[]): number =>
  calls.reduce((sum, { port, writes }) => sum + (stores.includes(port) ? 1 : 9) * (writes ? 2 : 1), 0);
