import * as fc from 'fast-check';
import type * as z from 'zod';
import type { ChoiceState, Machine, TaskState } from '../../../local/machine/asl-schema.ts';
import { anErrorOutput } from '../../support/arbitraries.ts';
import { evaluateTemplate, type Scope } from './evaluate.ts';
import type { CheckName, Contracts, Finding, Samples } from './finding.ts';
import { edgesOf, isEnd } from './graph.ts';
import { routesOf } from './routes.ts';

/** Fixed, so that a finding can be seen again; the arbitraries themselves are tested with fresh seeds. */
const SAMPLES = { numRuns: 24, seed: 20_260_917 };

type World = Readonly<Record<string, unknown>>;
const drawn = new Map<Samples, { readonly worlds: readonly World[]; readonly inputs: readonly unknown[] }>();

/** Drawn once for each machine. */
function sampled({ samples }: Contracts) {
  const known = drawn.get(samples);
  if (known !== undefined) return known;
  const made = {
    worlds: fc.sample(samples.variables, SAMPLES),
    inputs: fc.sample(samples.input, SAMPLES),
  };
  drawn.set(samples, made);
  return made;
}

const answers = new Map<string, readonly unknown[]>();

/** What `$states.result` is: a call's answer comes wrapped by the Lambda integration, a token's comes as it is. */
export function resultsOf(state: string, contracts: Contracts): readonly unknown[] {
  const known = answers.get(state);
  if (known !== undefined) return known;
  const arbitrary = contracts.samples.outputs[state];
  const plain = arbitrary === undefined ? [] : fc.sample(arbitrary, SAMPLES);
  const results =
    contracts.states[state]?.kind === 'call'
      ? plain.map((Payload) => ({ ExecutedVersion: '$LATEST', Payload, StatusCode: 200 }))
      : plain;
  answers.set(state, results);
  return results;
}

const context = (state: string, token: boolean) => ({
  Execution: { Id: 'arn:aws:states:eu-west-1:123456789012:execution:release:one', Name: 'one' },
  State: { Name: state },
  ...(token ? { Task: { Token: 'a-token' } } : {}),
});

const at = <T>(items: readonly T[], index: number): T | undefined => items[index % items.length];

type Report = (check: CheckName, says: string) => void;
type Judged = readonly Omit<Finding, 'state'>[];
const judged = new Map<string, Judged>();

/**
 * Arguments, Assign, Output and Conditions evaluated over generated values and parsed by the contracts, state by state.
 * A state that is the same as in an earlier call is not judged again: the seeded defects change one state each.
 */
export async function checkValues(machine: Machine, contracts: Contracts): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const [name, state] of Object.entries(machine.States)) {
    if (state.Type !== 'Task' && state.Type !== 'Choice') continue;
    const readsInput = JSON.stringify(state).includes('$states.input');
    const inputs = readsInput ? await inputsOf(name, machine, contracts) : [];
    const key = JSON.stringify([name, state, inputs]);
    let judgement = judged.get(key);
    if (judgement === undefined) {
      const own = new Map<string, Judged[number]>();
      const report: Report = (check, says) => own.set(`${check} ${says}`, { check, says });
      if (state.Type === 'Task') await checkTask(name, state, inputs, contracts, report);
      else await checkChoice(name, state, inputs, machine, contracts, report);
      judgement = [...own.values()];
      judged.set(key, judgement);
    }
    found.push(...judgement.map((finding) => ({ ...finding, state: name })));
  }
  return found;
}

/** What a state may be given as `$states.input`: the outputs of the states before it. */
async function inputsOf(
  name: string,
  machine: Machine,
  contracts: Contracts,
  seen: readonly string[] = [],
): Promise<unknown[]> {
  const inputs: unknown[] = name === machine.StartAt ? [...sampled(contracts).inputs] : [];
  for (const edge of edgesOf(machine)) {
    const from = machine.States[edge.from];
    if (edge.to !== name || from === undefined || seen.includes(edge.from)) continue;
    if (from.Type === 'Choice')
      inputs.push(...(await inputsOf(edge.from, machine, contracts, [...seen, name])));
    else if (edge.kind === 'catch') inputs.push({ Error: 'StageFailed', Cause: '' });
    else if (from.Type === 'Task') {
      for (const [index, result] of resultsOf(edge.from, contracts).entries()) {
        const scope: Scope = {
          states: { result, context: context(edge.from, false) },
          variables: at(sampled(contracts).worlds, index) ?? {},
        };
        inputs.push(
          from.Output === undefined
            ? result
            : await evaluateTemplate(from.Output, scope).catch(() => undefined),
        );
      }
    }
  }
  return inputs.filter((input) => input !== undefined);
}

async function checkTask(
  name: string,
  task: TaskState,
  inputs: readonly unknown[],
  contracts: Contracts,
  report: Report,
): Promise<void> {
  const contract = contracts.states[name];
  if (contract === undefined) return;
  const waits = contract.kind === 'wait';
  const { worlds } = sampled(contracts);
  for (const [index, variables] of worlds.entries()) {
    const states = { input: at(inputs, index), context: context(name, waits) };
    await parsed(
      task.Arguments.Payload,
      { states, variables },
      contract.input,
      'arguments',
      'Payload',
      report,
    );
    const result = at(resultsOf(name, contracts), index);
    await checkAssign(task.Assign, { states: { ...states, result }, variables }, contracts, 'Assign', report);
    await defined(task.Output, { states: { ...states, result }, variables }, 'Output', report);
  }
  for (const [position, catcher] of (task.Catch ?? []).entries()) {
    const names = catcher.ErrorEquals.includes('States.ALL')
      ? [...contract.throws, 'States.Timeout', 'Lambda.Unknown', 'TypeError']
      : catcher.ErrorEquals;
    for (const [index, errorOutput] of fc.sample(anErrorOutput(names), SAMPLES).entries()) {
      const scope = {
        states: { input: at(inputs, index), context: context(name, waits), errorOutput },
        variables: at(worlds, index) ?? {},
      };
      await checkAssign(catcher.Assign, scope, contracts, `Catch ${position} Assign`, report);
      await defined(catcher.Output, scope, `Catch ${position} Output`, report);
    }
  }
}

async function parsed(
  template: unknown,
  scope: Scope,
  schema: z.ZodType,
  check: CheckName,
  what: string,
  report: Report,
): Promise<void> {
  try {
    const outcome = schema.safeParse(await evaluateTemplate(template, scope, what));
    const [issue] = outcome.error?.issues ?? [];
    if (issue !== undefined) report(check, `${what}.${issue.path.join('.')}: ${issue.message}`);
  } catch (error) {
    report(check, error instanceof Error ? error.message : String(error));
  }
}

async function defined(template: unknown, scope: Scope, what: string, report: Report): Promise<void> {
  if (template === undefined) return;
  try {
    await evaluateTemplate(template, scope, what);
  } catch (error) {
    report('output', error instanceof Error ? error.message : String(error));
  }
}

async function checkAssign(
  assign: Readonly<Record<string, unknown>> | undefined,
  scope: Scope,
  contracts: Contracts,
  what: string,
  report: Report,
): Promise<void> {
  for (const [name, template] of Object.entries(assign ?? {})) {
    const schema = contracts.variables[name];
    if (schema === undefined) report('assign', `${what}: ${name} is no variable of the contract`);
    else await parsed(template, scope, schema, 'assign', `${what}.${name}`, report);
  }
}

/** The rule that matches first (its position, or -1 for the Default). Throws when a Condition is not true or false. */
export async function chosen(choice: ChoiceState, scope: Scope): Promise<number> {
  let first = -1;
  for (const [position, rule] of choice.Choices.entries()) {
    const value = await evaluateTemplate(rule.Condition, scope, `Condition ${position}`);
    if (typeof value !== 'boolean')
      throw new Error(`Condition ${position} is ${JSON.stringify(value)}, not true or false`);
    if (value && first < 0) first = position;
  }
  return first;
}

export const targetOf = (choice: ChoiceState, position: number): string | undefined =>
  position < 0 ? choice.Default : choice.Choices[position]?.Next;

async function checkChoice(
  name: string,
  choice: ChoiceState,
  inputs: readonly unknown[],
  machine: Machine,
  contracts: Contracts,
  report: Report,
): Promise<void> {
  // A Choice all of whose targets are ends only names the end, after the endpoint is closed: nothing is left to restore.
  const targets = [...choice.Choices.map((rule) => rule.Next), choice.Default ?? ''];
  const onlyEnds = targets.every((target) => isEnd(machine.States[target]));
  if (choice.Default === undefined) report('choice', 'has no Default');
  else if (onlyEnds && machine.States[choice.Default]?.Type !== 'Fail')
    report('choice', 'the Default is a success');
  else if (!onlyEnds && choice.Default !== contracts.refuge)
    report('choice', `the Default goes to ${choice.Default}, not to ${contracts.refuge}`);
  const { worlds } = sampled(contracts);
  const wrong = (error: unknown) => report('choice', error instanceof Error ? error.message : String(error));
  for (const [index, variables] of worlds.entries()) {
    for (const input of [at(inputs, index), at(inputs, index + 1)]) {
      const scope: Scope = { states: { input, context: context(name, false) }, variables };
      try {
        const position = await chosen(choice, scope);
        const assign = position < 0 ? choice.Assign : choice.Choices[position]?.Assign;
        await checkAssign(assign, scope, contracts, `Assign of ${targetOf(choice, position)}`, report);
      } catch (error) {
        wrong(error);
      }
    }
  }
  for (const route of routesOf(name, contracts)) {
    const world = { ...worlds[0], ...route.variables };
    const scope = {
      states: { input: route.input ?? inputs[0], context: context(name, false) },
      variables: world,
    };
    const target = await chosen(choice, scope).then(
      (position) => targetOf(choice, position),
      () => undefined,
    );
    if (target !== route.to)
      report('routes', `for ${route.when} it goes to ${target ?? 'nowhere'}, not to ${route.to}`);
  }
}
