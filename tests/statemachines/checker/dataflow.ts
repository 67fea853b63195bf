import type { Machine, State } from '../../../local/machine/asl-schema.ts';
import type { Finding } from './finding.ts';
import { edgesOf } from './graph.ts';
import { lintTemplate, type Place } from './jsonata-lint.ts';

interface Part {
  readonly what: string;
  readonly template: unknown;
  readonly place: Place;
  readonly hasToken?: boolean;
}

/** Every place of a state where an expression may stand. */
function partsOf(state: State): Part[] {
  switch (state.Type) {
    case 'Task':
      return [
        {
          what: 'Arguments',
          template: state.Arguments,
          place: 'arguments',
          hasToken: state.Resource.endsWith('.waitForTaskToken'),
        },
        { what: 'TimeoutSeconds', template: state.TimeoutSeconds, place: 'constant' },
        { what: 'Assign', template: state.Assign, place: 'afterTask' },
        { what: 'Output', template: state.Output, place: 'afterTask' },
        ...(state.Catch ?? []).flatMap((rule, at): Part[] => [
          { what: `Catch ${at} Assign`, template: rule.Assign, place: 'catch' },
          { what: `Catch ${at} Output`, template: rule.Output, place: 'catch' },
        ]),
      ];
    case 'Choice':
      return [
        ...state.Choices.flatMap((rule, at): Part[] => [
          { what: `Condition ${at}`, template: rule.Condition, place: 'choice' },
          { what: `Choice ${at} Assign`, template: rule.Assign, place: 'choice' },
          { what: `Choice ${at} Output`, template: rule.Output, place: 'choice' },
        ]),
        { what: 'Assign', template: state.Assign, place: 'choice' },
        { what: 'Output', template: state.Output, place: 'choice' },
      ];
    case 'Pass':
    case 'Wait':
      return [
        { what: 'Assign', template: state.Assign, place: 'choice' },
        { what: 'Output', template: state.Output, place: 'choice' },
      ];
    case 'Succeed':
      return [{ what: 'Output', template: state.Output, place: 'choice' }];
    case 'Fail':
      return [{ what: 'Error', template: [state.Error, state.Cause], place: 'constant' }];
  }
}

/**
 * Must-analysis: a variable is assigned in a state when every way into it assigned it. Greatest fixed point: all states
 * but the first begin with every variable, and each edge takes away what its source did not have.
 */
export function assignedOnEntry(machine: Machine, names: readonly string[]): Map<string, Set<string>> {
  const onEntry = new Map<string, Set<string>>(
    Object.keys(machine.States).map((name) => [name, new Set(name === machine.StartAt ? [] : names)]),
  );
  const edges = edgesOf(machine);
  for (let changed = true; changed; ) {
    changed = false;
    for (const edge of edges) {
      const before = onEntry.get(edge.from);
      const after = onEntry.get(edge.to);
      if (before === undefined || after === undefined) continue;
      for (const name of after) {
        if (!before.has(name) && !(name in edge.assign)) {
          after.delete(name);
          changed = true;
        }
      }
    }
  }
  return onEntry;
}

/** The dialect of every expression, and that each variable exists and is assigned wherever it is read. */
export function checkExpressions(machine: Machine, variableNames: readonly string[]): Finding[] {
  const found: Finding[] = [];
  const onEntry = assignedOnEntry(machine, variableNames);
  for (const [state, definition] of Object.entries(machine.States)) {
    for (const part of partsOf(definition)) {
      const { reads, objections } = lintTemplate(part.template, part.place, part.hasToken);
      for (const says of objections) found.push({ check: 'dialect', state, says: `${part.what}: ${says}` });
      for (const name of reads) {
        if (onEntry.get(state)?.has(name) === true) continue;
        const says = variableNames.includes(name)
          ? `${part.what} reads $${name}, which some way here does not assign`
          : `${part.what} reads $${name}, which is no variable of the contract`;
        found.push({ check: 'definite-assignment', state, says });
      }
    }
  }
  return found;
}
