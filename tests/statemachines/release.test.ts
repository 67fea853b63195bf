import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ChoiceState, type Machine, MachineSchema } from '../../local/machine/asl-schema.ts';
import { parseMachine } from '../../local/machine/definition.ts';
import { functionFile, stateNames } from '../../src/contracts/states.ts';
import { eventBound, MAX_EVENTS, MAX_PAYLOAD_BYTES, payloadBounds } from './checker/bounds.ts';
import { checkMachine } from './checker/checks.ts';
import { defects } from './checker/defects/all.ts';
import type { Machine as Spoilable } from './checker/defects/spoil.ts';
import { type Finding, shippedContracts } from './checker/finding.ts';
import { tasksOf } from './checker/graph.ts';
import { walkPaths } from './checker/paths.ts';
import { chosen, targetOf } from './checker/values.ts';

const text = readFileSync(new URL('../../statemachines/release.asl.json', import.meta.url), 'utf8');
const shipped: Machine = MachineSchema.parse(JSON.parse(text));
const copy = (): Spoilable => JSON.parse(text);

describe('the release machine', () => {
  it('has nothing that the checker finds', async () => {
    expect(await checkMachine(JSON.parse(text), shippedContracts)).toEqual([]);
  });

  it('is read by the embedded engine', () => {
    expect(() => parseMachine(JSON.parse(text))).not.toThrow();
  });

  it('is valid by an independent validator', () => {
    expect(validate(JSON.parse(text))).toEqual({ isValid: true, errors: [] });
  });

  it.each(stateNames)('has a function file for %s', (name) => {
    const file = new URL(`../../functions/${functionFile(name)}.ts`, import.meta.url);
    expect(existsSync(file), file.pathname).toBe(true);
  });

  it('enters at most 60 states in a release of 4 steps that nothing disturbs', async () => {
    expect((await happyPath(4)).length).toBeLessThanOrEqual(60);
  });

  it('stays below the limits of Step Functions at its worst', () => {
    const bound = eventBound(shipped);
    const payloads = payloadBounds(shippedContracts);
    const largest = Math.max(...payloads.flatMap(({ input, output }) => [input, output]));
    // Holds and rounds of AwaitBaseline come on top; people and deadlines bound them. There is room for this many.
    const holds = Math.floor((MAX_EVENTS - bound.worst) / bound.perHold);
    process.stdout.write(
      `release machine at worst: ${bound.worst} of ${MAX_EVENTS} events and room for ${holds} holds; ` +
        `largest payload ${largest} of ${MAX_PAYLOAD_BYTES} bytes\n`,
    );
    expect(bound.worst).toBeLessThan(MAX_EVENTS);
    expect(holds).toBeGreaterThanOrEqual(20);
    expect(largest).toBeLessThan(MAX_PAYLOAD_BYTES);
  });

  it('is walked on all its paths', async () => {
    const { visited } = await walkPaths(shipped, shippedContracts);
    expect(visited).toBeGreaterThan(1_000);
  });
});

describe('the checker finds', () => {
  let known: ReadonlySet<string> = new Set();
  const keyOf = (finding: Finding) => `${finding.check} ${finding.state} ${finding.says}`;
  /** Checks that find something in the spoiled file which they do not find in the shipped one. */
  const newly = async (spoiled: unknown): Promise<Set<string>> => {
    const found = await checkMachine(spoiled, shippedContracts);
    return new Set(found.filter((finding) => !known.has(keyOf(finding))).map(({ check }) => check));
  };

  beforeAll(async () => {
    known = new Set((await checkMachine(JSON.parse(text), shippedContracts)).map(keyOf));
  });

  it.each(defects)('%s, by %s', async (_what, check, spoil) => {
    const spoiled = copy();
    spoil(spoiled);
    expect(JSON.stringify(spoiled)).not.toBe(JSON.stringify(JSON.parse(text)));
    expect(await newly(spoiled)).toContain(check);
  });

  const rules = tasksOf(shipped).flatMap(([state, task]) => [
    ...(task.Catch ?? []).map((rule, at) => ({
      state,
      field: 'Catch' as const,
      at,
      names: rule.ErrorEquals,
    })),
    ...(task.Retry ?? []).map((rule, at) => ({
      state,
      field: 'Retry' as const,
      at,
      names: rule.ErrorEquals,
    })),
  ]);
  it.each(rules)('a removed $field of $state (rule $at)', async ({ state, field, at }) => {
    const spoiled = copy();
    spoiled.States[state]?.[field].splice(at, 1);
    expect((await newly(spoiled)).size).toBeGreaterThan(0);
  });

  it.each(tasksOf(shipped).map(([state]) => state))('%s without any Catch', async (state) => {
    const spoiled = copy();
    spoiled.States[state]?.Catch.splice(0);
    expect(await newly(spoiled)).toContain('lease-lost');
  });

  const choices = Object.entries(shipped.States).flatMap(([state, one]) =>
    one.Type === 'Choice' ? one.Choices.map((rule, at) => ({ state, at, to: rule.Next })) : [],
  );
  it.each(choices)('a removed rule of $state (to $to)', async ({ state, at }) => {
    const spoiled = copy();
    spoiled.States[state]?.Choices.splice(at, 1);
    expect((await newly(spoiled)).size).toBeGreaterThan(0);
  });
});

/** The states entered when every stage passes and every step is proven. */
async function happyPath(steps: number): Promise<string[]> {
  const shares = Array.from({ length: steps }, (_, at) => Math.round((100 * (at + 1)) / steps));
  const entered: string[] = [];
  let step = 0;
  for (let at = shipped.StartAt; ; ) {
    entered.push(at);
    const state = shipped.States[at];
    if (state === undefined || state.Type === 'Succeed' || state.Type === 'Fail') {
      expect(at).toBe('Promoted');
      return entered;
    }
    if (state.Type === 'Choice') {
      at = await decided(state, shares, step);
      if (at === 'ShiftTraffic') step += 1;
    } else {
      if (at === 'Promote') step = steps;
      at = state.Next ?? '';
    }
  }
}

async function decided(choice: ChoiceState, shares: number[], step: number): Promise<string> {
  const kind = step === shares.length ? 'retire' : step === shares.length - 1 ? 'promote' : 'advance';
  const variables = {
    ...{ release: { intent: 'release' }, decision: { kind, says: '' }, plan: { shares }, step },
    ...{ outcome: { kind: 'promoted', says: '' }, resume: 'Test' },
  };
  const position = await chosen(choice, { states: { input: {} }, variables });
  return targetOf(choice, position) ?? '';
}

/** asl-validator has no types of its own. Our placeholders are no ARNs, hence no check of those. */
function validate(definition: unknown): { isValid: boolean; errors: unknown } {
  const validator: unknown = createRequire(import.meta.url)('asl-validator');
  if (typeof validator !== 'function') throw new TypeError('asl-validator does not export a function');
  const { isValid, errors } = validator(definition, { checkPaths: true, checkArn: true });
  return { isValid, errors };
}
