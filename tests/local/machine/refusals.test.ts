import { describe, expect, it } from 'vitest';
import { parseMachine } from '../../../local/machine/definition.ts';
import { bench, callback, machineOf, task } from './harness.ts';

const end = { Type: 'Succeed' };
const pass = (more: object) => machineOf({ A: { Type: 'Pass', End: true, ...more } });

/** What is planted, and what the refusal must say. */
const refused: readonly (readonly [string, unknown, RegExp])[] = [
  ['no object', 'text', /the definition/],
  ['an unknown top-level field', machineOf({ A: end }, { Extra: 1 }), /^Extra: is not supported/],
  [
    'JSONPath for the machine',
    machineOf({ A: end }, { QueryLanguage: 'JSONPath' }),
    /QueryLanguage: "JSONPath" is not/,
  ],
  [
    'JSONPath by default',
    { StartAt: 'A', States: { A: end } },
    /State 'A': QueryLanguage: the default, JSONPath/,
  ],
  [
    'JSONPath for a state',
    machineOf({ A: { ...end, QueryLanguage: 'JSONPath' } }),
    /'A': QueryLanguage: "JSONPath"/,
  ],
  [
    'an expression as the time-out of the machine',
    machineOf({ A: end }, { TimeoutSeconds: '{% 1 %}' }),
    /TimeoutSeconds/,
  ],
  ['a start that does not exist', machineOf({ A: end }, { StartAt: 'B' }), /StartAt: there is no state 'B'/],
  [
    'a Next that does not exist',
    machineOf({ A: { Type: 'Pass', Next: 'B' } }),
    /'A': Next: there is no state 'B'/,
  ],
  ['a state that nothing leads to', machineOf({ A: end, B: end }), /State 'B': Type: no state leads here/],
  [
    'a Default that does not exist',
    machineOf({ A: { Type: 'Choice', Choices: [{ Condition: true, Next: 'B' }], Default: 'C' }, B: end }),
    /'A': Default: there is no state 'C'/,
  ],
  [
    'a Catch that leads nowhere',
    machineOf({ A: task('f', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }] }) }),
    /Catch.0.Next: there is no state 'C'/,
  ],
  [
    'a state name above 80 characters',
    machineOf({ ['A'.repeat(81)]: end }),
    /the name of a state has 1 to 80/,
  ],
  ['Map', machineOf({ A: { Type: 'Map', End: true } }), /State 'A': Type: "Map" is not supported/],
  [
    'Parallel',
    machineOf({ A: { Type: 'Parallel', End: true } }),
    /State 'A': Type: "Parallel" is not supported/,
  ],
  [
    'another integration',
    machineOf({ A: task('f', { Resource: 'arn:aws:states:::sqs:sendMessage' }) }),
    /'A': Resource: "arn:aws:states:::sqs:sendMessage" is not supported/,
  ],
  [
    'a function as Resource',
    machineOf({ A: task('f', { Resource: 'arn:aws:lambda:x:1:function:f' }) }),
    /Resource/,
  ],
  ['Parameters', machineOf({ A: task('f', { Parameters: {} }) }), /'A': Parameters: is a JSONPath field/],
  ['ResultPath', machineOf({ A: task('f', { ResultPath: '$.x' }) }), /'A': ResultPath: is a JSONPath field/],
  ['InputPath', pass({ InputPath: '$' }), /'A': InputPath: is a JSONPath field/],
  ['Result', pass({ Result: {} }), /'A': Result: is a JSONPath field/],
  [
    'ResultPath in a Catch',
    machineOf({
      A: task('f', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B', ResultPath: '$' }] }),
      B: end,
    }),
    /'A': Catch.0.ResultPath: is a JSONPath field/,
  ],
  [
    'Variable in a rule',
    machineOf({ A: { Type: 'Choice', Choices: [{ Variable: '$.x', Next: 'B' }] }, B: end }),
    /'A': Choices.0.Variable: is a JSONPath field/,
  ],
  ['Credentials', machineOf({ A: task('f', { Credentials: {} }) }), /'A': Credentials: is not supported/],
  [
    'Arguments of Lambda that we do not pass',
    machineOf({ A: task('f', { Arguments: { FunctionName: 'f', InvocationType: 'Event' } }) }),
    /'A': Arguments.InvocationType: is not supported/,
  ],
  [
    'a computed function name',
    machineOf({ A: task('f', { Arguments: { FunctionName: '{% $x %}' } }) }),
    /Arguments.FunctionName: must be constant/,
  ],
  ['neither Next nor End', machineOf({ A: { Type: 'Pass' } }), /'A': Next: one of Next and End/],
  [
    'both Next and End',
    machineOf({ A: { Type: 'Pass', Next: 'B', End: true }, B: end }),
    /'A': Next: one of Next and End/,
  ],
  ['Next on a Succeed', machineOf({ A: { ...end, Next: 'B' }, B: end }), /'A': Next: is not supported/],
  ['Assign on a Succeed', machineOf({ A: { ...end, Assign: { a: 1 } } }), /'A': Assign: is not supported/],
  ['Output on a Fail', machineOf({ A: { Type: 'Fail', Output: 1 } }), /'A': Output: is not supported/],
  ['Retry on a Pass', pass({ Retry: [] }), /'A': Retry: is not supported/],
  ['a Choice without rules', machineOf({ A: { Type: 'Choice', Choices: [] } }), /'A': Choices/],
  [
    'a Condition that is plain text',
    machineOf({ A: { Type: 'Choice', Choices: [{ Condition: 'true', Next: 'B' }] }, B: end }),
    /'A': Choices.0.Condition/,
  ],
  [
    'a Wait for nothing',
    machineOf({ A: { Type: 'Wait', End: true } }),
    /'A': Seconds: one of Seconds and Timestamp/,
  ],
  [
    'a Wait for two things',
    machineOf({ A: { Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', End: true } }),
    /'A': Seconds: one of/,
  ],
  ['a TimeoutSeconds of 0', machineOf({ A: task('f', { TimeoutSeconds: 0 }) }), /'A': TimeoutSeconds/],
  [
    'a heartbeat as long as the time-out',
    machineOf({ A: callback('f', { TimeoutSeconds: 5, HeartbeatSeconds: 5 }) }),
    /'A': HeartbeatSeconds: must be smaller/,
  ],
  [
    'an unknown jitter',
    machineOf({ A: task('f', { Retry: [{ ErrorEquals: ['A'], JitterStrategy: 'SOME' }] }) }),
    /'A': Retry.0.JitterStrategy/,
  ],
  [
    'a BackoffRate below 1',
    machineOf({ A: task('f', { Retry: [{ ErrorEquals: ['A'], BackoffRate: 0.5 }] }) }),
    /'A': Retry.0.BackoffRate/,
  ],
  [
    'an IntervalSeconds of 0',
    machineOf({ A: task('f', { Retry: [{ ErrorEquals: ['A'], IntervalSeconds: 0 }] }) }),
    /'A': Retry.0.IntervalSeconds/,
  ],
  [
    'a MaxDelaySeconds below the interval',
    machineOf({ A: task('f', { Retry: [{ ErrorEquals: ['A'], IntervalSeconds: 5, MaxDelaySeconds: 5 }] }) }),
    /MaxDelaySeconds: must be greater/,
  ],
  [
    'an empty ErrorEquals',
    machineOf({ A: task('f', { Retry: [{ ErrorEquals: [] }] }) }),
    /'A': Retry.0.ErrorEquals/,
  ],
  [
    'States.ALL beside another name',
    machineOf({ A: task('f', { Retry: [{ ErrorEquals: ['States.ALL', 'A'] }] }) }),
    /'A': Retry.ErrorEquals: States.ALL must stand alone/,
  ],
  [
    'States.ALL before another rule',
    machineOf({ A: task('f', { Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }] }) }),
    /States.ALL must stand alone, in the last rule/,
  ],
  [
    'an unknown States. name',
    machineOf({ A: task('f', { Retry: [{ ErrorEquals: ['States.Oops'] }] }) }),
    /States.Oops is not a name of Step Functions/,
  ],
  ['a JSONata syntax error', pass({ Output: '{% 1 + %}' }), /'A': Output: JSONata: S0207/],
  ['JSONata that only later versions have', pass({ Output: '{% $a ?? 1 %}' }), /'A': Output: JSONata: S0211/],
  ['an empty expression', pass({ Output: '{%  %}' }), /'A': Output: the JSONata expression is empty/],
  [
    'an expression with text around it',
    pass({ Output: 'v{% 1 %}' }),
    /'A': Output: a JSONata string starts with/,
  ],
  [
    'an expression with a space before it',
    pass({ Output: { a: [' {% 1 %}'] } }),
    /'A': Output.a.0: a JSONata string starts with/,
  ],
  ['an expression that is not closed', pass({ Output: '{% 1' }), /'A': Output: a JSONata string starts with/],
  ['$eval', pass({ Output: "{% $eval('1') %}" }), /'A': Output: \$eval is not available/],
  ['$eval as a value', pass({ Output: "{% $map(['1'], $eval) %}" }), /\$eval is not available/],
  ['$ at the top', pass({ Output: '{% $.x %}' }), /'A': Output: \$ has no value/],
  ['$$', pass({ Output: '{% $$.x %}' }), /\$\$ has no value/],
  ['a bare field name', pass({ Output: '{% version %}' }), /the field name version has no value/],
  [
    'a bare field name as an argument',
    pass({ Output: '{% $string(a.b) %}' }),
    /the field name a has no value/,
  ],
  ['an unknown member of $states', pass({ Output: '{% $states.output %}' }), /\$states has no member output/],
  ['$states.result in a Pass', pass({ Output: '{% $states.result %}' }), /\$states.result exists only/],
  [
    '$states.result in Arguments',
    machineOf({ A: task('f', { Arguments: { FunctionName: 'f', Payload: '{% $states.result %}' } }) }),
    /'A': Arguments.Payload: \$states.result exists only/,
  ],
  [
    '$states.result in a Catch',
    machineOf({
      A: task('f', { Catch: [{ ErrorEquals: ['A'], Next: 'B', Output: '{% $states.result %}' }] }),
      B: end,
    }),
    /'A': Catch.0.Output: \$states.result exists only/,
  ],
  [
    '$states.errorOutput outside of a Catch',
    machineOf({ A: task('f', { Output: '{% $states.errorOutput %}' }) }),
    /\$states.errorOutput exists only/,
  ],
  [
    'a token in a task without one',
    machineOf({
      A: task('f', { Arguments: { FunctionName: 'f', Payload: '{% $states.context.Task.Token %}' } }),
    }),
    /\$states.context.Task exists only/,
  ],
  ['the variable states', pass({ Assign: { states: 1 } }), /'A': Assign.states: is not a name/],
  ['a variable with a hyphen', pass({ Assign: { 'a-b': 1 } }), /'A': Assign.a-b: is not a name/],
];

const accepted: readonly (readonly [string, unknown])[] = [
  ['comments everywhere', machineOf({ A: { ...end, Comment: 'x' } }, { Comment: 'y', Version: '1.0' })],
  ['JSONata said by each state', { StartAt: 'A', States: { A: { ...end, QueryLanguage: 'JSONata' } } }],
  [
    'field names and $ inside of a predicate',
    pass({ Output: "{% $states.input.list[kind = 'a' and $.x > 1] %}" }),
  ],
  ['field names after a map or group', pass({ Output: '{% $states.input.list.{"a": b} %}' })],
  ['$ inside of a function', pass({ Output: '{% $map($states.input.l, function($v) { $v }) %}' })],
  [
    'errorOutput in a Catch',
    machineOf({
      A: task('f', {
        Catch: [{ ErrorEquals: ['A'], Next: 'A', Assign: { e: '{% $states.errorOutput %}' } }],
      }),
    }),
  ],
  [
    'States.ALL alone in the last rule',
    machineOf({ A: task('f', { Retry: [{ ErrorEquals: ['A'] }, { ErrorEquals: ['States.ALL'] }] }) }),
  ],
  ['unicode variable names', pass({ Assign: { größe_1: 1 } })],
];

describe('what the engine does not support', () => {
  it.each(refused)('refuses %s, and says where', (_, definition, says) => {
    expect(() => parseMachine(definition)).toThrow(says);
  });

  it.each(accepted)('takes %s', (_, definition) => {
    expect(() => parseMachine(definition)).not.toThrow();
  });

  it('names all objections at once', () => {
    const definition = machineOf({ A: { Type: 'Pass', Next: 'B', Output: '{% 1 + %}' } });
    expect(() => parseMachine(definition)).toThrow(/Next: .*\n.*Output: /);
  });

  it('does not open with a definition that it refuses, and names the machine', () => {
    expect(() => bench({ release: machineOf({ A: { Type: 'Map' } }) })).toThrow(
      expect.objectContaining({ name: 'InvalidDefinition', message: expect.stringContaining("'release'") }),
    );
  });

  it('does not open when a function is missing, a placeholder that was not filled in included', () => {
    const definition = machineOf({ A: task('${' + 'JudgeHealth}') });
    expect(() => bench({ m: definition })).toThrow(/there is no function '\$\{JudgeHealth\}'/);
  });

  it('does not open with a machine whose name AWS would refuse', () => {
    expect(() => bench({ 'a b': machineOf({ A: end }) })).toThrow(
      expect.objectContaining({ name: 'InvalidName' }),
    );
  });
});
