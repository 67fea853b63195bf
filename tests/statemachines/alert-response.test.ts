import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Machine, MachineSchema } from '../../local/machine/asl-schema.ts';
import { parseMachine } from '../../local/machine/definition.ts';
import { alertStateNames } from '../../src/contracts/alert-states.ts';
import { stateNames } from '../../src/contracts/states.ts';
import { eventBound, MAX_EVENTS, MAX_PAYLOAD_BYTES, payloadBounds } from './checker/bounds.ts';
import { checkMachine } from './checker/checks.ts';
import { catchFor, type Defect, of, retryFor, type Machine as Spoilable } from './checker/defects/spoil.ts';
import { alertContracts, type Finding } from './checker/finding.ts';
import { tasksOf } from './checker/graph.ts';

const text = readFileSync(new URL('../../statemachines/alert-response.asl.json', import.meta.url), 'utf8');
const shipped: Machine = MachineSchema.parse(JSON.parse(text));
const copy = (): Spoilable => JSON.parse(text);

describe('the alert response', () => {
  it('has nothing that the checker finds', async () => {
    expect(await checkMachine(JSON.parse(text), alertContracts)).toEqual([]);
  });

  it('is read by the embedded engine, and valid by an independent validator', () => {
    expect(() => parseMachine(JSON.parse(text))).not.toThrow();
    const validator: unknown = createRequire(import.meta.url)('asl-validator');
    if (typeof validator !== 'function') throw new TypeError('asl-validator does not export a function');
    expect(validator(JSON.parse(text), { checkPaths: true, checkArn: true })).toMatchObject({
      isValid: true,
      errors: [],
    });
  });

  it('shares no state name with the release machine: each is a function', () => {
    const both: readonly string[] = [...alertStateNames, ...stateNames];
    expect(new Set(both).size).toBe(both.length);
    for (const name of alertStateNames) {
      const file = `${name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase()}.ts`;
      expect(existsSync(new URL(`../../functions/${file}`, import.meta.url)), file).toBe(true);
    }
  });

  it('stays below the limits of Step Functions at its worst', () => {
    const { worst } = eventBound(shipped);
    const largest = Math.max(
      ...payloadBounds(alertContracts).flatMap(({ input, output }) => [input, output]),
    );
    expect(worst).toBeLessThan(MAX_EVENTS);
    expect(largest).toBeLessThan(MAX_PAYLOAD_BYTES);
  });

  it('has asked Monte Carlo, or given that up, within 50 s: so much longer is a release not paused', () => {
    const [, task] = tasksOf(shipped).find(([name]) => name === 'ReadAlert') ?? [];
    const late = Number(task?.TimeoutSeconds);
    // Pauses with full jitter are at most as long as without.
    const pauses = (task?.Retry ?? []).map(({ ErrorEquals, IntervalSeconds, BackoffRate, MaxAttempts }) => {
      const each = Array.from({ length: MaxAttempts }, (_, at) => IntervalSeconds * BackoffRate ** at);
      return { names: ErrorEquals, sum: each.reduce((total, one) => total + one, 0), tries: MaxAttempts };
    });
    for (const { names, sum, tries } of pauses)
      expect(sum + (tries + 1) * late, names.join()).toBeLessThanOrEqual(50);
  });
});

/** Defects that the checker must find, each by the check that it names. */
const defects: readonly Defect[] = [
  [
    'a Default that loses the alert',
    'choice',
    (m) => (of(m, 'AfterAttribution')['Default'] = 'AlertAnswered'),
  ],
  ['a choice without a Default', 'choice', (m) => delete of(m, 'AfterAttribution')['Default']],
  [
    'a rule that sends what is to be obeyed to the end',
    'routes',
    (m) => {
      const [first] = of(m, 'AfterAttribution').Choices;
      if (first) first.Next = 'AlertAnswered';
    },
  ],
  [
    'an alert that cannot be confirmed and is dropped',
    'catch',
    (m) => {
      catchFor(m, 'ReadAlert', 'States.ALL').Next = 'AlertAnswered';
    },
  ],
  [
    'a response that failed and is dropped',
    'order',
    (m) => {
      catchFor(m, 'ApplyAlert', 'States.ALL').Next = 'AlertAnswered';
    },
  ],
  ['a comment before the response', 'order', (m) => (of(m, 'AttributeAlert')['Next'] = 'CommentAlert')],
  [
    'an unread alert that counts as confirmed by nobody',
    'assign',
    (m) => {
      catchFor(m, 'ReadAlert', 'States.ALL').Assign['reading'] = { standing: 'fine', raisedAt: null };
    },
  ],
  [
    'a reading that some way does not assign',
    'definite-assignment',
    (m) => delete catchFor(m, 'ReadAlert', 'States.ALL').Assign['reading'],
  ],
  [
    'a failure that the Default does not hand on',
    'definite-assignment',
    (m) => delete (of(m, 'AfterAttribution') as Partial<{ Assign: unknown }>).Assign,
  ],
  [
    'a time-out that the contract does not know',
    'time-out',
    (m) => (of(m, 'ReadAlert')['TimeoutSeconds'] = 60),
  ],
  [
    'the function of another state',
    'names',
    (m) => (of(m, 'ApplyAlert').Arguments.FunctionName = `\${ReadAlert}`),
  ],
  [
    'a payload that lacks the request',
    'arguments',
    (m) => delete of(m, 'ApplyAlert').Arguments.Payload['request'],
  ],
  [
    'retry of an error that nobody throws',
    'retry',
    (m) => {
      retryFor(m, 'AttributeAlert', 'LedgerUnavailable').ErrorEquals.push('MonteCarloUnavailable');
    },
  ],
  ['a way back', 'bounds', (m) => (of(m, 'CommentAlert')['Next'] = 'ReadAlert')],
];

describe('the checker finds', () => {
  let known: ReadonlySet<string> = new Set();
  const keyOf = (finding: Finding) => `${finding.check} ${finding.state} ${finding.says}`;
  const newly = async (spoiled: unknown): Promise<Set<string>> => {
    const found = await checkMachine(spoiled, alertContracts);
    return new Set(found.filter((finding) => !known.has(keyOf(finding))).map(({ check }) => check));
  };

  beforeAll(async () => {
    known = new Set((await checkMachine(JSON.parse(text), alertContracts)).map(keyOf));
  });

  it.each(defects)('%s, by %s', async (_what, check, spoil) => {
    const spoiled = copy();
    spoil(spoiled);
    expect(JSON.stringify(spoiled)).not.toBe(JSON.stringify(JSON.parse(text)));
    expect(await newly(spoiled)).toContain(check);
  });

  const rules = tasksOf(shipped).flatMap(([state, task]) => [
    ...(task.Catch ?? []).map((_, at) => ({ state, field: 'Catch' as const, at })),
    ...(task.Retry ?? []).map((_, at) => ({ state, field: 'Retry' as const, at })),
  ]);
  it.each(rules)('a removed $field of $state (rule $at)', async ({ state, field, at }) => {
    const spoiled = copy();
    spoiled.States[state]?.[field].splice(at, 1);
    expect((await newly(spoiled)).size).toBeGreaterThan(0);
  });

  it.each([0, 1])('a removed rule of AfterAttribution (%i)', async (at) => {
    const spoiled = copy();
    of(spoiled, 'AfterAttribution').Choices.splice(at, 1);
    expect((await newly(spoiled)).size).toBeGreaterThan(0);
  });
});
