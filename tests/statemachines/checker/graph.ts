import type { Machine, State, TaskState } from '../../../local/machine/asl-schema.ts';
import type { Finding } from './finding.ts';

export type Template = Readonly<Record<string, unknown>>;

/** One way from a state to the next, and what it assigns on the way. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** `next` after an answer, `catch` after an error, `rule` and `default` of a Choice. */
  readonly kind: 'next' | 'catch' | 'rule' | 'default';
  /** Position among the catchers or the rules; 0 else. */
  readonly at: number;
  /** Error names of a catch. */
  readonly errors: readonly string[];
  readonly assign: Template;
}

/**
 * All ways out of a state. A Catch does not run the state's own Assign (a failed state may leave none of it done), and
 * a Choice's own Assign belongs to its Default: a rule that matches assigns its own.
 */
export function edgesFrom(name: string, state: State): Edge[] {
  const edge = (to: string, kind: Edge['kind'], at: number, assign: Template = {}): Edge => ({
    ...{ from: name, to, kind, at, errors: [], assign },
  });
  switch (state.Type) {
    case 'Choice':
      return [
        ...state.Choices.map((rule, at) => edge(rule.Next, 'rule', at, rule.Assign)),
        ...(state.Default === undefined ? [] : [edge(state.Default, 'default', 0, state.Assign)]),
      ];
    case 'Task':
      return [
        ...(state.Next === undefined ? [] : [edge(state.Next, 'next', 0, state.Assign)]),
        ...(state.Catch ?? []).map((rule, at) => ({
          ...edge(rule.Next, 'catch', at, rule.Assign),
          errors: rule.ErrorEquals,
        })),
      ];
    case 'Pass':
    case 'Wait':
      return state.Next === undefined ? [] : [edge(state.Next, 'next', 0, state.Assign)];
    case 'Succeed':
    case 'Fail':
      return [];
  }
}

export const edgesOf = (machine: Machine): Edge[] =>
  Object.entries(machine.States).flatMap(([name, state]) => edgesFrom(name, state));

export const isEnd = (state: State | undefined): boolean =>
  state !== undefined && (state.Type === 'Succeed' || state.Type === 'Fail');

export const tasksOf = (machine: Machine): [string, TaskState][] =>
  Object.entries(machine.States).flatMap(([name, state]): [string, TaskState][] =>
    state.Type === 'Task' ? [[name, state]] : [],
  );

/** Everything reachable from `start`, itself included, without entering `avoided`. */
export function reachable(
  edges: readonly Edge[],
  start: string,
  avoided: readonly string[] = [],
): Set<string> {
  const seen = new Set<string>([start]);
  for (const state of seen) {
    for (const edge of edges) {
      if (edge.from === state && !avoided.includes(edge.to)) seen.add(edge.to);
    }
  }
  return seen;
}

/** Every target exists, every state is entered, every state can end, and only Succeed and Fail states end. */
export function checkTransitions(machine: Machine): Finding[] {
  const found: Finding[] = [];
  const report = (state: string, says: string) => found.push({ check: 'transitions', state, says });
  const edges = edgesOf(machine);
  const names = Object.keys(machine.States);
  if (!names.includes(machine.StartAt)) report('', `StartAt names no state: ${machine.StartAt}`);
  for (const edge of edges) {
    if (!names.includes(edge.to)) report(edge.from, `goes to ${edge.to}, which does not exist`);
  }
  const entered = reachable(edges, machine.StartAt);
  for (const [name, state] of Object.entries(machine.States)) {
    if (!entered.has(name)) report(name, 'is never entered');
    if (![...reachable(edges, name)].some((other) => isEnd(machine.States[other])))
      report(name, 'cannot end');
    if (state.Type === 'Task' || state.Type === 'Pass' || state.Type === 'Wait') {
      if (state.End === true) report(name, 'ends the machine; only Succeed and Fail states may');
      else if (state.Next === undefined) report(name, 'has no Next');
    }
  }
  return found;
}
