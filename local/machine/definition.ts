import type * as z from 'zod';
import { CALLBACK_RESOURCE, type Machine, MachineSchema, type State } from './asl-schema.ts';
import { objectionTo, type Place } from './expression-rules.ts';
import { isJsonObject, type JsonValue } from './json.ts';
import { isMachineError, MachineError } from './machine-error.ts';
import { objectionToErrorNames } from './retry.ts';

const JSONPATH_FIELDS =
  /^(InputPath|OutputPath|ResultPath|ResultSelector|Parameters|Result|ItemsPath|Variable|\w+Path)$/;
// UAX #31, as AWS asks of variable names.
const VARIABLE = /^[\p{ID_Start}][\p{ID_Continue}]{0,79}$/u;

/**
 * Reads a definition whose functions are known too.
 * @throws MachineError `InvalidDefinition`, with the name of the machine.
 */
export function checkDefinition(name: string, definition: unknown, functions: readonly string[]): Machine {
  try {
    const machine = parseMachine(definition);
    for (const [state, fields] of Object.entries(machine.States)) {
      if (fields.Type !== 'Task' || functions.includes(fields.Arguments.FunctionName)) continue;
      const says = `there is no function '${fields.Arguments.FunctionName}'`;
      throw new MachineError('InvalidDefinition', `State '${state}': Arguments.FunctionName: ${says}`);
    }
    return machine;
  } catch (error) {
    if (!isMachineError(error, 'InvalidDefinition')) throw error;
    throw new MachineError('InvalidDefinition', `State machine '${name}':\n${error.message}`, {
      cause: error,
    });
  }
}

type Report = (state: string | undefined, field: string, says: string) => void;

/**
 * Reads a state machine definition. Everything that this engine does not run is refused, with the state and the
 * field named, so that a machine never behaves differently here without a word.
 * @throws MachineError `InvalidDefinition` with all objections, one a line.
 */
export function parseMachine(definition: unknown): Machine {
  const objections: string[] = [];
  const report: Report = (state, field, says) => {
    objections.push(`${state === undefined ? '' : `State '${state}': `}${field}: ${says}`);
  };
  const parsed = MachineSchema.safeParse(definition);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) reportIssue(issue, definition, report);
  } else {
    checkTransitions(parsed.data, report);
    for (const [name, state] of Object.entries(parsed.data.States))
      checkState(name, state, parsed.data, report);
  }
  if (objections.length > 0 || !parsed.success) {
    throw new MachineError('InvalidDefinition', objections.join('\n'));
  }
  return parsed.data;
}

function reportIssue(issue: z.core.$ZodIssue, definition: unknown, report: Report): void {
  const [root, name, ...rest] = issue.path;
  const state = root === 'States' && typeof name === 'string' ? name : undefined;
  const path = state === undefined ? issue.path : rest;
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      const says = JSONPATH_FIELDS.test(key)
        ? 'is a JSONPath field; only JSONata is supported'
        : 'is not supported';
      report(state, [...path, key].join('.'), says);
    }
    return;
  }
  report(state, path.join('.') || 'the definition', issueText(issue, valueAt(definition, issue.path)));
}

function issueText(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_key') return 'the name of a state has 1 to 80 characters';
  if (issue.path.at(-1) === 'QueryLanguage')
    return `${JSON.stringify(found)} is not supported; only JSONata is`;
  if (issue.path.at(-1) === 'Type' || issue.path.at(-1) === 'Resource') {
    return `${JSON.stringify(found)} is not supported`;
  }
  return issue.message;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return value;
}

/** Every state that `state` can lead to, with the field that says so. */
export function transitionsOf(state: State): readonly (readonly [field: string, to: string])[] {
  const found: (readonly [string, string])[] = [];
  if ('Next' in state && state.Next !== undefined) found.push(['Next', state.Next]);
  if (state.Type === 'Choice') {
    for (const [index, rule] of state.Choices.entries()) found.push([`Choices.${index}.Next`, rule.Next]);
    if (state.Default !== undefined) found.push(['Default', state.Default]);
  }
  if (state.Type === 'Task') {
    for (const [index, catcher] of (state.Catch ?? []).entries())
      found.push([`Catch.${index}.Next`, catcher.Next]);
  }
  return found;
}

function checkTransitions(machine: Machine, report: Report): void {
  const exists = (name: string) => Object.hasOwn(machine.States, name);
  if (!exists(machine.StartAt)) report(undefined, 'StartAt', `there is no state '${machine.StartAt}'`);
  for (const [name, state] of Object.entries(machine.States)) {
    for (const [field, to] of transitionsOf(state)) {
      if (!exists(to)) report(name, field, `there is no state '${to}'`);
    }
  }
  const reached = new Set<string>();
  const open = [machine.StartAt];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = machine.States[name];
    if (state === undefined || reached.has(name)) continue;
    reached.add(name);
    open.push(...transitionsOf(state).map(([, to]) => to));
  }
  for (const name of Object.keys(machine.States)) {
    if (!reached.has(name)) report(name, 'Type', 'no state leads here');
  }
}

function checkState(name: string, state: State, machine: Machine, report: Report): void {
  if ((state.QueryLanguage ?? machine.QueryLanguage) !== 'JSONata') {
    report(
      name,
      'QueryLanguage',
      'the default, JSONPath, is not supported; say JSONata here or for the whole machine',
    );
  }
  if (state.Type === 'Task' || state.Type === 'Pass' || state.Type === 'Wait') {
    if ((state.Next === undefined) === (state.End === undefined))
      report(name, 'Next', 'one of Next and End is needed');
  }
  if (state.Type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)) {
    report(name, 'Seconds', 'one of Seconds and Timestamp is needed');
  }
  const hasToken = state.Type === 'Task' && state.Resource === CALLBACK_RESOURCE;
  const plain: Place = { hasAnswer: false, hasError: false, hasToken: false };
  for (const [field, value] of Object.entries(state)) {
    if (field === 'Retry' || field === 'Catch' || field === 'Choices' || field === 'Comment') continue;
    const answered = state.Type === 'Task' && (field === 'Output' || field === 'Assign');
    checkTemplate(
      name,
      field,
      value,
      { hasAnswer: answered, hasError: false, hasToken: hasToken && field === 'Arguments' },
      report,
    );
  }
  if (state.Type === 'Choice') {
    for (const [index, rule] of state.Choices.entries())
      checkPart(name, `Choices.${index}`, rule, plain, report);
  }
  if (state.Type === 'Task') checkErrorHandling(name, state, plain, report);
}

function checkErrorHandling(
  name: string,
  state: Extract<State, { Type: 'Task' }>,
  plain: Place,
  report: Report,
): void {
  if (state.Arguments.FunctionName.includes('{%')) {
    report(
      name,
      'Arguments.FunctionName',
      'must be constant, so that a missing function is found before the start',
    );
  }
  for (const field of ['Retry', 'Catch'] as const) {
    const says = objectionToErrorNames((state[field] ?? []).map((rule) => rule.ErrorEquals));
    if (says !== undefined) report(name, `${field}.ErrorEquals`, says);
  }
  for (const [index, retrier] of (state.Retry ?? []).entries()) {
    if (retrier.MaxDelaySeconds !== undefined && retrier.MaxDelaySeconds <= retrier.IntervalSeconds) {
      report(name, `Retry.${index}.MaxDelaySeconds`, 'must be greater than IntervalSeconds');
    }
  }
  for (const [index, catcher] of (state.Catch ?? []).entries()) {
    checkPart(name, `Catch.${index}`, catcher, { ...plain, hasError: true }, report);
  }
  const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
    report(name, 'HeartbeatSeconds', 'must be smaller than TimeoutSeconds');
  }
}

function checkPart(name: string, path: string, part: object, place: Place, report: Report): void {
  for (const [field, value] of Object.entries(part)) {
    if (field !== 'ErrorEquals' && field !== 'Next' && field !== 'Comment') {
      checkTemplate(name, `${path}.${field}`, value, place, report);
    }
  }
}

function checkTemplate(
  name: string,
  field: string,
  value: JsonValue | undefined,
  place: Place,
  report: Report,
): void {
  if (value === undefined) return;
  if (typeof value === 'string') {
    const says = objectionTo(value, place);
    if (says !== undefined) report(name, field, says);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      checkTemplate(name, `${field}.${index}`, item, place, report);
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (field.endsWith('Assign') && (!VARIABLE.test(key) || key === 'states')) {
        report(name, `${field}.${key}`, 'is not a name for a variable');
      }
      checkTemplate(name, `${field}.${key}`, item, place, report);
    }
  }
}
